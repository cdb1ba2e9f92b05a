"""Credit notes by hand: what was given back of an invoice, and the way to give back more of it (BR-76)."""

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from moneyed import Money

from invoices.documents import get_credited
from invoices.domain.crediting import UncreditableError, is_over_the_limit
from invoices.forms import CreditForm
from invoices.models import Invoice
from invoices.services.crediting import (
    CreditRefusedError,
    find_credit_note,
    issue_credit,
    may_be_credited,
    preview_credit,
)
from invoices.services.switch import IssuingStoppedError
from subscriptions.admin.base import FactAdmin
from subscriptions.admin.parts import current_language, page_action
from subscriptions.admin.roles import person
from subscriptions.domain.formatting import format_money
from subscriptions.selectors.clock import database_now
from subscriptions.views.access import make_sure_of, second_person_for

if TYPE_CHECKING:
    PageOfADocument = FactAdmin
else:
    PageOfADocument = object

CREDIT_FIELDSETS: list[Any] = [
    (_("Credited by hand"), {"fields": ["given_back"]}),
    (_("Credit note by hand"), {"fields": [("credits", "issued_by"), "reason"]}),
]
CREDIT_FIELDS = ["given_back", "credits", "issued_by", "reason"]


class CreditNotes(PageOfADocument):
    """What an invoice's page shows of its credit notes, a credit note's of its invoice, and how one is issued."""

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        shown = {"given_back": obj is not None and obj.credits.exists(), "reason": hasattr(obj, "credit")}
        fieldsets = super().get_fieldsets(request, obj)
        return [part for part in fieldsets if all(shown.get(str(name), True) for name in part[1]["fields"])]

    def has_credit_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        if object_id is None:
            return False
        invoice = self.get_object(request, object_id)
        return may_be_credited(invoice) or self._issued_just_now(request, invoice) is not None

    @admin.display(description=_("credited by hand"))
    def given_back(self, invoice: Invoice) -> str:
        credited = get_credited(invoice, language=current_language())
        return render_to_string("admin/seatbill/credited.html", {"credited": credited})

    @admin.display(description=_("credits"))
    def credits(self, invoice: Invoice) -> str:
        original = invoice.credit.original
        return render_to_string("admin/seatbill/link.html", {"url": _page(original), "words": original.number})

    @admin.display(description=_("issued by"), empty_value="–")
    def issued_by(self, invoice: Invoice) -> Any:
        return invoice.credit.issued_by

    @admin.display(description=_("reason"))
    def reason(self, invoice: Invoice) -> str:
        return invoice.credit.reason

    @page_action(description=_("Issue a credit note"), icon="undo", permissions=["credit"])
    def issue_credit_note(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask what to give back, show the document that it comes to, and issue it once it is confirmed."""
        invoice = self.get_object(request, object_id)
        issued = self._issued_just_now(request, invoice)
        if issued is not None:
            words = _("%(number)s was issued already; nothing more was given back.")
            self.message_user(request, words % {"number": issued.number}, messages.INFO)
            return HttpResponseRedirect(_page(issued))
        form = CreditForm(request.POST or None, invoice=invoice)
        if not form.is_valid() or "change" in request.POST:
            return self._credit_page(request, invoice, "form", {"form": form, "lines": list(form.lines())})
        if "confirmed" not in request.POST:
            preview = preview_credit(invoice, form.request(), now=database_now(), language=current_language())
            left = {"before": self._money(preview.left_before), "after": self._money(preview.left_after)}
            return self._credit_page(request, invoice, "preview", {"form": form, "document": preview.document, **left})
        return self._issue_credit(request, invoice, form)

    def _credit_page(self, request: HttpRequest, invoice: Invoice, step: str, more: dict[str, Any]) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "original": invoice,
            "title": _("Credit note for %(number)s") % {"number": invoice.number},
            "credited": get_credited(invoice, language=current_language()),
            "back": _page(invoice),
            **more,
        }
        return TemplateResponse(request, f"admin/seatbill/credit_{step}.html", context)

    def _issue_credit(self, request: HttpRequest, invoice: Invoice, form: CreditForm) -> HttpResponse:
        self._approve(request, invoice, form)
        try:
            issued = issue_credit(
                invoice_id=invoice.pk, request=form.request(), issued_by=person(request), now=database_now()
            )
        except IssuingStoppedError:
            words = _("Nothing was issued: issuing is switched off, or the organization is parked.")
            self.message_user(request, words, messages.ERROR)
            return HttpResponseRedirect(_page(invoice))
        except (CreditRefusedError, UncreditableError):
            words = _("%(number)s has been credited meanwhile: look at what is left of it, and ask again.")
            self.message_user(request, words % {"number": invoice.number}, messages.ERROR)
            return HttpResponseRedirect(_page(invoice))
        self.log_change(request, invoice, f"Credited by {issued.number}")
        words = _("%(number)s is issued: it gives back %(total)s of %(original)s.")
        names = {
            "number": issued.number,
            "total": self._money(Money(issued.total, issued.currency)),
            "original": invoice.number,
        }
        self.message_user(request, words % names, messages.SUCCESS)
        return HttpResponseRedirect(_page(issued))

    def _approve(self, request: HttpRequest, invoice: Invoice, form: CreditForm) -> None:
        """Ask for a second person where more than the limit is given back of one invoice, in however many parts."""
        preview = preview_credit(invoice, form.request(), now=database_now(), language=current_language())
        limit = Decimal(settings.CREDIT_LIMIT)
        if not is_over_the_limit(total=invoice.total, left_after=preview.left_after.amount, limit=limit):
            make_sure_of(request)
            return
        words = {
            "amount": self._money(preview.left_before - preview.left_after),
            "left": self._money(preview.left_after),
            "limit": self._money(Money(limit, invoice.currency)),
        }
        points = [
            _("%(amount)s is given back; %(left)s is left of it then.") % words,
            _("One person alone may give back %(limit)s of an invoice.") % words,
            _("Because: %(reason)s") % {"reason": form.cleaned_data["reason"]},
        ]
        subject = _("Credit note for %(number)s") % {"number": invoice.number}
        second_person_for(request, subject=subject, points=points)

    def _issued_just_now(self, request: HttpRequest, invoice: Invoice) -> Invoice | None:
        """Return what the person has issued by the same confirmation: a button was pressed twice."""
        place = request.POST.get("place", "")
        if "confirmed" not in request.POST or not place.isdecimal():
            return None
        return find_credit_note(invoice, place=int(place), issued_by=person(request))

    def _money(self, amount: Money) -> str:
        return format_money(amount, current_language())


def _page(invoice: Invoice) -> str:
    return reverse("admin:invoices_invoice_change", args=[invoice.pk])
