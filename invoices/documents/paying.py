"""What a person is told who pays an invoice online: whether they can, how it went, and what to do next (BR-81)."""

from dataclasses import dataclass

from django.utils.translation import get_language
from django.utils.translation import gettext as _
from moneyed import Money

from invoices.domain.card_payments import AttemptState, Obstacle, Way
from invoices.models import CardPayment, Invoice
from subscriptions.documents import Fact, printable
from subscriptions.domain.formatting import currency_name, format_day, format_money


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentPage:
    """
    How a payment online went; `tone` is that of a notice, `facts` are its receipt.

    `waits`: it may change any moment. `may_try_again`: nothing was taken, and it can be tried once more.
    """

    title: str
    tone: str
    words: tuple[str, ...]
    facts: tuple[Fact, ...] = ()
    waits: bool = False
    may_try_again: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PayingOnline:
    """How an invoice is paid online: what the button says and where it leads; or why there is none."""

    button: str
    url: str
    why_not: str


def paying_online(
    way: Way | None, obstacle: Obstacle | None, invoice: Invoice, *, url: str, limit: Money
) -> PayingOnline:
    """Return how an invoice is paid online, or why it is not; `url` is where it is paid."""
    language = get_language() or "en"
    why_not = "" if way else obstacle_words(obstacle, currency=invoice.currency, limit=limit, language=language)
    return PayingOnline(button=way_words(way) if way else "", url=url, why_not=why_not)


def obstacle_words(obstacle: Obstacle | None, *, currency: str, limit: Money, language: str) -> str:
    """Say why an invoice cannot be paid by card, and what to do instead; None: cards are not taken at all."""
    words = {
        Obstacle.NOT_AN_INVOICE: _("A credit note is not paid: it lowers what you owe."),
        Obstacle.PAID: _("Nothing is open of this invoice: there is nothing to pay."),
        Obstacle.COUNTRY: _(
            "Paying by card is for organizations in the United States. Please pay to our bank account."
        ),
        Obstacle.CURRENCY: _(
            "Only invoices in US dollars are paid by card, and this one is in %(currency)s. Please pay to our bank "
            "account."
        ),
        Obstacle.ABOVE_LIMIT: _(
            "Up to %(limit)s an invoice can be paid by card. Please pay this one by ACH to our bank account."
        ),
    }
    if obstacle is None:
        return _("Paying online is not offered here. Please pay to the bank account on the invoice.")
    amount = format_money(limit, language)
    return words[obstacle] % {"limit": amount, "currency": currency_name(currency, language)}


def way_words(way: Way) -> str:
    """Return what the button says that leads to paying online."""
    return _("Pay by card") if way is Way.CARD else _("Pay from a bank account")


def payment_page(attempt: CardPayment, *, turned_back: bool, language: str) -> PaymentPage:
    """Return how a try to pay an invoice stands; `turned_back`: the person left the gateway's page without paying."""
    state = AttemptState(attempt.state)
    if state is AttemptState.STARTED and turned_back:
        return PaymentPage(
            title=_("Nothing was paid"),
            tone="",
            words=(_("You left the payment page, and nothing was taken. The invoice is open as before."),),
            may_try_again=True,
        )
    told = {
        AttemptState.STARTED: _waiting,
        AttemptState.PROCESSING: _on_its_way,
        AttemptState.PAID: _paid,
        AttemptState.DECLINED: _declined,
        AttemptState.EXPIRED: _expired,
        AttemptState.REVERSED: _taken_back,
        AttemptState.DOUBTFUL: _looked_at,
        AttemptState.SETTLED: _looked_at,
    }
    return told[state](attempt, language)


def _amount(attempt: CardPayment, language: str) -> str:
    return format_money(Money(attempt.amount, attempt.currency), language)


def _waiting(attempt: CardPayment, language: str) -> PaymentPage:
    return PaymentPage(
        title=_("Your payment is being confirmed"),
        tone="",
        words=(
            _("This takes a few seconds as a rule, and this page shows it by itself. Please do not pay a second time."),
            _("If you close the page nothing is lost: the invoice says that it is paid as soon as it is."),
        ),
        waits=True,
    )


def _on_its_way(attempt: CardPayment, language: str) -> PaymentPage:
    return PaymentPage(
        title=_("Your payment is on its way"),
        tone="",
        words=(
            _(
                "A bank takes up to four business days. The invoice stays open until the money is there; you need not "
                "do anything."
            ),
        ),
    )


def _paid(attempt: CardPayment, language: str) -> PaymentPage:
    payment = attempt.payment
    assert payment is not None
    return PaymentPage(
        title=_("Paid, thank you"),
        tone="success",
        words=(_("The payment is in your statement of account, and nothing is left for you to do."),),
        facts=(
            Fact(label=_("Amount"), value=_amount(attempt, language)),
            Fact(label=_("Invoice"), value=printable(attempt.invoice.number)),
            Fact(label=_("Paid on"), value=format_day(payment.received_on, language)),
            Fact(label=_("Paid by"), value=str(payment.get_method_display())),
            Fact(label=_("Reference"), value=printable(payment.reference)),
        ),
    )


def _declined(attempt: CardPayment, language: str) -> PaymentPage:
    return PaymentPage(
        title=_("The payment was declined"),
        tone="error",
        words=(
            _("Nothing was taken, and the invoice is open as before."),
            _(
                "The bank that issued the card does not tell us why. Try another card, or ask that bank to let the "
                "payment pass and try again. You can also pay to the bank account on the invoice."
            ),
        ),
        may_try_again=True,
    )


def _expired(attempt: CardPayment, language: str) -> PaymentPage:
    return PaymentPage(
        title=_("The payment page has expired"),
        tone="warning",
        words=(_("Nothing was taken, and the invoice is open as before. Begin again whenever you like."),),
        may_try_again=True,
    )


def _taken_back(attempt: CardPayment, language: str) -> PaymentPage:
    return PaymentPage(
        title=_("The payment was taken back"),
        tone="warning",
        words=(_("It was refunded or disputed, and what it had paid is open again."),),
    )


def _looked_at(attempt: CardPayment, language: str) -> PaymentPage:
    return PaymentPage(
        title=_("We are looking at your payment"),
        tone="warning",
        words=(
            _(
                "What the bank reported does not fit what was asked for, so a person looks at it. Please do not pay a "
                "second time: we will write to you if anything is needed."
            ),
        ),
    )
