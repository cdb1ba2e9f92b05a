"""What a form points out without refusing it, in words (BR-03, BR-79)."""

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from subscriptions.domain.formatting import country_name, currency_name
from subscriptions.domain.notices import Notice, NoticeCode, agreement_notices, issuer_notices
from subscriptions.models import IssuingEntity, Subscription
from subscriptions.selectors.clock import latest_local_date
from subscriptions.selectors.parties import list_currencies_invoiced, list_currencies_paid_in


def notices_of_subscription(subscription: Subscription) -> list[str]:
    """Return what is unusual about an agreement, a sentence for each."""
    found = agreement_notices(
        net_days=subscription.net_days,
        cutoff_hours=subscription.cutoff_hours,
        currency=subscription.currency,
        paid_in=list_currencies_paid_in(subscription.issuing_entity_id),
    )
    return [_in_words(notice) for notice in found]


def notices_of_issuing_entity(entity: IssuingEntity) -> list[str]:
    """Return what customers will miss on an issuing entity's documents, a sentence for each."""
    found = issuer_notices(
        country=entity.country,
        tax_ids=entity.tax_ids,
        invoices_in=list_currencies_invoiced(entity.pk),
        paid_in=list_currencies_paid_in(entity.pk),
        on=latest_local_date(),
    )
    return [_in_words(notice) for notice in found]


def _in_words(notice: Notice) -> str:
    language = get_language() or "en"
    if notice.code is NoticeCode.NET_DAYS:
        if notice.subject == "0":
            return _("Invoices are due on the day they bear, not 30 days later as usual.")
        return _("Payment terms are net %(days)s, not the usual net 30.") % {"days": notice.subject}
    if notice.code is NoticeCode.CUTOFF_HOURS:
        return _("Usage is awaited for %(hours)s hours after a period’s end, not the usual 6.") % {
            "hours": notice.subject
        }
    if notice.code is NoticeCode.NO_BANK_ACCOUNT:
        return _(
            "The issuing entity has no bank account in %(currency)s: invoices cannot say where to pay. Add one to the "
            "issuing entity."
        ) % {"currency": currency_name(notice.subject, language)}
    if notice.code is NoticeCode.NO_REGISTRATION_NUMBER:
        return _(
            "None of the tax ids is a registration number in Japan: customers cannot deduct the consumption tax "
            "without a qualified invoice, which has to name it. Add it, such as “登録番号 T7123456789012”."
        )
    return _(
        "None of the tax ids is a VAT number of %(country)s: under reverse charge an invoice has to name it. Add it, "
        "such as “VAT DE136695976”."
    ) % {"country": country_name(notice.subject, language)}
