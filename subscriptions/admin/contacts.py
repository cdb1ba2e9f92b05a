"""What organizations ask to change about their billing contacts, and every change that was made (BR-84)."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from subscriptions.admin.base import FactAdmin, FactInline
from subscriptions.admin.filters import BY_ORGANIZATION
from subscriptions.admin.guided import CONFIRMED, GuidedAdmin, Page
from subscriptions.admin.parts import badge, page_action
from subscriptions.admin.roles import person
from subscriptions.choices import AuditKind, ContactAction, RequestState
from subscriptions.forms import ChangeContactForm, DeclineForm
from subscriptions.models import BillingContact, ContactChange, ContactRequest, Organization
from subscriptions.selectors.clock import database_now
from subscriptions.services.contacts import ContactError, Proposal, change_contacts, decline_request
from subscriptions.views.access import make_sure_of


class BillingContactInline(FactInline):
    model = BillingContact
    fields = ["name", "email", "language"]
    verbose_name_plural = _("Billing contacts: each invoice is sent to them (changed by the button above)")


class ContactChangeInline(FactInline):
    model = ContactChange
    fields = ["changed_at", "action", "old_email", "new_email", "changed_by", "reason"]
    ordering = ["-changed_at"]
    per_page = 20
    verbose_name_plural = _("Changes of the billing contacts")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("changed_by")


class ChangesContacts(GuidedAdmin):
    """Changes a billing contact step by step, by hand or as it was asked for."""

    def change_contact_of(
        self, request: HttpRequest, organization: Organization, *, asked: ContactRequest | None, back: str
    ) -> HttpResponse:
        """Ask what happens to which contact and why, then do it and tell both addresses."""
        form = ChangeContactForm(request.POST or None, organization=organization, asked=asked)
        subject = f"{organization}: {asked}" if asked else organization
        if form.is_valid() and request.POST.get(CONFIRMED) != "yes":
            points = [*_what_changes(form.proposal()), _("Because: %(reason)s") % form.cleaned_data]
            title, button = _("Change this contact?"), _("Change the contact")
            return self.page(
                request, Page(title=title, subject=subject, points=points, button=button, back=back), form=form
            )
        if form.is_valid():
            make_sure_of(request)
            try:
                change_contacts(
                    form.proposal(),
                    organization=organization,
                    reason=form.cleaned_data["reason"],
                    changed_by=person(request),
                    now=database_now(),
                    request=asked,
                )
            except ContactError as error:
                form.add_error("email", str(error))
            else:
                self.message_user(request, " ".join(map(str, _what_changes(form.proposal()))), messages.SUCCESS)
                return HttpResponseRedirect(back)
        message = _(
            "Each invoice is mailed to the billing contacts. The address that was and the one that is are told by "
            "mail, and the change is kept with your name and your reason."
        )
        page = Page(
            subject=subject,
            title=_("Change a billing contact"),
            message=f"{message} {_asked_in_words(asked)}" if asked and asked.note else message,
            button=_("Continue"),
            back=back,
            confirms=False,
        )
        return self.page(request, page, form=form)


@admin.register(ContactRequest)
class ContactRequestAdmin(ChangesContacts, FactAdmin):
    audited_as = AuditKind.CONTACT
    when_empty = _("Customers ask here for a change of who receives their invoices. No one has asked.")
    list_display = ["asked_for", "organization", "state_badge", "asked_by", "asked_at"]
    list_filter = ["state", BY_ORGANIZATION]
    list_select_related = ["organization", "asked_by"]
    search_fields = ["^email", "^name"]
    search_help_text = _("Organization, or the beginning of a name or address")
    fieldsets = [
        (None, {"fields": [("organization", "action", "contact"), ("name", "email", "language"), "note"]}),
        (_("Asked"), {"fields": [("asked_by", "asked_at")]}),
        (_("Answer"), {"fields": [("state", "decided_by", "decided_at"), "answer"]}),
    ]
    actions_detail = ["apply", "decline"]

    def has_decide_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        return object_id is not None and self.get_object(request, object_id).state == RequestState.OPEN

    @page_action(description=_("Change the contact"), icon="contact_mail", permissions=["decide"])
    def apply(self, request: HttpRequest, object_id: str) -> HttpResponse:
        asked = self.get_object(request, object_id)
        return self.change_contact_of(request, asked.organization, asked=asked, back=_page_of(asked))

    @page_action(description=pgettext_lazy("request", "Decline"), icon="block", permissions=["decide"])
    def decline(self, request: HttpRequest, object_id: str) -> HttpResponse:
        asked = self.get_object(request, object_id)
        form = DeclineForm(request.POST or None)
        if form.is_valid():
            make_sure_of(request)
            try:
                decline_request(asked, answer=form.cleaned_data["answer"], by=person(request), now=database_now())
            except ContactError as error:
                self.message_user(request, str(error), messages.ERROR)
            else:
                self.message_user(request, _("The request is declined; your reason stands beside it."))
            return HttpResponseRedirect(_page_of(asked))
        page = Page(
            subject=f"{asked.organization}: {asked}",
            title=_("Decline this request?"),
            message=_("Nothing changes. Whoever asked reads your reason on the page of the billing contacts."),
            button=pgettext_lazy("request", "Decline"),
            back=_page_of(asked),
            confirms=False,
        )
        return self.page(request, page, form=form)

    @admin.display(description=_("asked for"))
    def asked_for(self, asked: ContactRequest) -> str:
        return str(asked)

    @badge(description=_("state"), colors={"open": "warning", "done": "success", "declined": ""}, ordering="state")
    def state_badge(self, asked: ContactRequest) -> tuple[str, Any]:
        return asked.state, asked.get_state_display()


def _what_changes(proposal: Proposal) -> list[Any]:
    """Say who gets the next invoice, and who is told."""
    old = proposal.contact.email if proposal.contact else ""
    words = {"old": old, "new": proposal.email, "name": proposal.name}
    if proposal.action is ContactAction.REMOVE:
        return [
            _("%(old)s gets no invoice any more, beginning with the next one.") % words,
            _("%(old)s is told by mail.") % words,
        ]
    if proposal.action is ContactAction.ADD:
        return [
            _("%(new)s (%(name)s) gets each invoice, beginning with the next one.") % words,
            _("%(new)s is told by mail.") % words,
        ]
    return [
        _("%(new)s (%(name)s) gets each invoice instead of %(old)s, beginning with the next one.") % words,
        _("Both addresses are told by mail: %(old)s and %(new)s.") % words,
    ]


def _asked_in_words(asked: ContactRequest) -> str:
    words = _("%(person)s writes: “%(note)s”")
    return str(words) % {"person": asked.asked_by.get_full_name() or asked.asked_by.get_username(), "note": asked.note}


def _page_of(asked: ContactRequest) -> str:
    return reverse("admin:subscriptions_contactrequest_change", args=[asked.pk])
