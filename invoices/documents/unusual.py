"""What is unusual about an expected bill, in words; in the language that is active."""

from collections.abc import Sequence

from django.utils.translation import get_language, ngettext_lazy
from django.utils.translation import gettext_lazy as _
from moneyed import Money

from invoices.domain.unusual import Finding, Oddity
from subscriptions.domain.formatting import format_money, format_percentage, format_quantity
from subscriptions.domain.money import round_half_up

SENTENCES = {
    Oddity.WOULD_BE_HELD: ngettext_lazy(
        "It would be held: there is %(count)s reason to be mended.",
        "It would be held: there are %(count)s reasons to be mended.",
        "count",
    ),
    Oddity.ADVANCE_DIFFERS: _("The advance differs from commitment × price, which is %(usual)s."),
    Oddity.NO_USAGE: ngettext_lazy(
        "No usage at all, where there was some in the period before.",
        "No usage at all, where there was some in each of the last %(count)s periods.",
        "count",
    ),
    Oddity.WOULD_BE_CREDIT: _("It would be a credit note: more is given back than charged."),
    Oddity.MANY_CORRECTIONS: _("Corrections of earlier periods come to %(usual)s, more than half of all the rest."),
    Oddity.NEW_ARREARS: ngettext_lazy(
        "There are arrears, where the period before had none.",
        "There are arrears, where the last %(count)s periods had none.",
        "count",
    ),
    Oddity.NO_ARREARS: ngettext_lazy(
        "There are no arrears, where the period before had %(usual)s.",
        "There are no arrears, where the median of the last %(count)s is %(usual)s.",
        "count",
    ),
    Oddity.MORE_ARREARS: ngettext_lazy(
        "The arrears are %(times)s times those of the period before, which were %(usual)s.",
        "The arrears are %(times)s times the median of the last %(count)s arrears, which is %(usual)s.",
        "count",
    ),
    Oddity.LESS_ARREARS: ngettext_lazy(
        "The arrears are only %(percent)s of those of the period before, which were %(usual)s.",
        "The arrears are only %(percent)s of the median of the last %(count)s arrears, which is %(usual)s.",
        "count",
    ),
    Oddity.GREATER_ADVANCE: _("The advance is %(times)s times the last one, which was %(usual)s."),
    Oddity.SMALLER_ADVANCE: _("The advance is only %(percent)s of the last one, which was %(usual)s."),
    Oddity.FIRST_BILL: _("There is nothing to compare it with: it is the first close of this agreement."),
}


def unusual_in_words(findings: Sequence[Finding], *, currency: str) -> list[str]:
    """Return a sentence for each finding."""
    return [_in_words(finding, currency) for finding in findings]


def _in_words(finding: Finding, currency: str) -> str:
    language = get_language() or "en"
    return SENTENCES[finding.oddity] % {
        "count": finding.past,
        "usual": "" if finding.usual is None else format_money(Money(finding.usual, currency), language),
        "times": format_quantity(round_half_up(finding.times, 1), language),
        "percent": format_percentage(round_half_up(100 / finding.times, 0), language),
    }
