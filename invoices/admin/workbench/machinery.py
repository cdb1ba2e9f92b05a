"""What did not get through: rejected events, mail, webhooks, PDFs."""

from django.utils.translation import gettext_lazy as _

from invoices.admin.workbench.shape import Looker, Section, number_of
from invoices.models import Invoice, RenderedPdf
from invoices.selectors.attention import Undelivered, list_undelivered
from subscriptions.choices import PdfState
from subscriptions.domain.webhook import DeliveryState, EndpointState
from subscriptions.models import OutgoingMail, Quote, QuotePdf, WebhookDelivery, WebhookEndpoint
from subscriptions.selectors.attention import list_by_pdf, list_failed_mail
from subscriptions.selectors.webhooks import list_given_up, list_switched_off
from usage.models import RejectedEvent
from usage.selectors.events import list_rejected_waiting


def rejected_events(looker: Looker) -> Section:
    """Return the events that were rejected and wait to be sent again."""
    rows = list_rejected_waiting(looker.own(RejectedEvent.objects.all()))
    return Section(
        key="rejected-events",
        title=_("Rejected events"),
        numbers=[
            number_of(rows, "usage_rejectedevent", _("Rejected usage events"), is_bad=True, replayed_at__isempty="1")
        ],
    )


def mail(looker: Looker) -> Section:
    """Return the mail that failed, and the documents that go to nobody."""
    nobody = list_undelivered(looker.own(Invoice.objects.all()), Undelivered.NOBODY)
    failed = list_failed_mail(looker.own(OutgoingMail.objects.all()))
    return Section(
        key="mail",
        title=_("Mail"),
        numbers=[
            number_of(
                failed,
                "subscriptions_outgoingmail",
                _("Mail that failed and is tried again"),
                is_bad=True,
                delivery="failed",
            ),
            number_of(
                nobody,
                "invoices_invoice",
                _("Documents without a billing contact to go to"),
                mail=Undelivered.NOBODY.value,
            ),
        ],
    )


def webhooks(looker: Looker) -> Section:
    """Return the endpoints of webhooks that were switched off, and the messages that were given up."""
    return Section(
        key="webhooks",
        title=_("Webhooks"),
        numbers=[
            number_of(
                list_switched_off(looker.own(WebhookEndpoint.objects.all())),
                "subscriptions_webhookendpoint",
                _("Webhooks that were switched off, as nothing arrived any more"),
                is_bad=True,
                state=EndpointState.OFF.value,
            ),
            number_of(
                list_given_up(looker.own(WebhookDelivery.objects.all())),
                "subscriptions_webhookdelivery",
                _("Webhook messages that were given up"),
                state=DeliveryState.GIVEN_UP.value,
            ),
        ],
    )


def pdfs(looker: Looker) -> Section:
    """Return the documents and quotes without a PDF: those of which it failed, and those of which it is being made."""
    invoices, quotes = looker.own(Invoice.objects.all()), looker.own(Quote.objects.all())
    of_invoices, of_quotes = RenderedPdf.objects.all(), QuotePdf.objects.all()
    failed, waiting = PdfState.FAILED, PdfState.WAITING
    return Section(
        key="pdfs",
        title=_("PDFs"),
        numbers=[
            number_of(list_by_pdf(rows, pdfs, state), page, words, is_bad=state is failed, pdf=state.value)
            for rows, pdfs, state, page, words in (
                (invoices, of_invoices, failed, "invoices_invoice", _("Invoices whose PDF failed")),
                (quotes, of_quotes, failed, "subscriptions_quote", _("Quotes whose PDF failed")),
                (invoices, of_invoices, waiting, "invoices_invoice", _("Invoices whose PDF is being made")),
                (quotes, of_quotes, waiting, "subscriptions_quote", _("Quotes whose PDF is being made")),
            )
        ],
    )
