"""Guided actions: a page that asks, a page that says what it will mean, and only then it is done."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse

from subscriptions.admin.base import RowAdmin
from subscriptions.domain.violations import Refused, Violation
from subscriptions.forms.fields import words_of

CONFIRMED = "confirmed"


@dataclass(frozen=True, kw_only=True)
class Page:
    """
    A page of a guided action.

    `subject` is what the action is about, by default the row on whose page its button is; `points` say what it will
    mean, `reasons` why it cannot be done, `elsewhere` (a label and an address) what can be done instead. Its button
    sends the answer, or confirms it; without one there is nothing to confirm; where it `waits`, what it will mean is
    still being worked out, and its button asks again. `selected` are the rows of a list's action, which it needs again.
    """

    title: Any
    subject: Any = ""
    message: Any = ""
    points: Sequence[Any] = ()
    reasons: Sequence[Violation] = ()
    button: Any = ""
    back: str
    confirms: bool = True
    waits: bool = False
    elsewhere: tuple[Any, str] | None = None
    selected: Sequence[Any] = ()


class GuidedAdmin(RowAdmin):
    """An admin page with guided actions."""

    def guide(
        self,
        request: HttpRequest,
        *,
        form: forms.Form,
        ask: Page,
        preview: Callable[[], Page],
        do: Callable[[], str],
    ) -> HttpResponse:
        """
        Ask, say what the answer will mean, and do it when it is confirmed.

        `preview` and `do` are called with a valid form only; `do` returns what was done, in words.
        """
        if not form.is_bound or not form.is_valid():
            return self.page(request, ask, form=form)
        if request.POST.get(CONFIRMED) != "yes":
            return self.page(request, preview(), form=form)
        return self.carry_out(request, do, back=ask.back)

    def page(self, request: HttpRequest, page: Page, *, form: forms.BaseForm | None = None) -> HttpResponse:
        """Show a page of a guided action; one that confirms carries the form with it, unseen."""
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": page.title,
            "page": page,
            "subject": page.subject or self.subject_of_page(request),
            "reasons": [words_of(reason).message for reason in page.reasons],
            "form": form,
            "action": request.POST.get("action", "") if page.selected else "",
            "media": self.media + form.media if form else self.media,
        }
        return TemplateResponse(request, "admin/seatbill/guided.html", context)

    def carry_out(self, request: HttpRequest, do: Callable[[], str], *, back: str) -> HttpResponse:
        """Do something, say what was done or why it could not be, and go back."""
        try:
            # What is done and its entry in the audit trail: both or neither.
            with transaction.atomic():
                done = do()
            self.message_user(request, done, messages.SUCCESS)
        except Refused as refused:
            for reason in refused.reasons:
                self.message_user(request, str(words_of(reason).message), messages.ERROR)
        return HttpResponseRedirect(back)
