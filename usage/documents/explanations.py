"""What each word of the Subscription Admin view means under an agreement (BR-20 to BR-22, BR-30)."""

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from subscriptions.domain.period import BillingPeriod
from subscriptions.domain.policy import BillingPolicy
from subscriptions.domain.terms import CommercialModel, ContractTerms, LicensingModel


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """A word on the page and what it means for this agreement."""

    word: str
    meaning: str


def explanations_of(terms: ContractTerms, period: BillingPeriod) -> list[Explanation]:
    """Return the words of the page and their meaning, in the order in which they are read."""
    return [*_how_people_are_counted(terms), *_what_is_billed(terms, period), _until_when(terms)]


def explanations_of_closed(terms: ContractTerms, period: BillingPeriod, *, known_by: str) -> list[Explanation]:
    """Return the words of a closed period's page; `known_by` is when its numbers were settled."""
    settled = Explanation(
        word=_("Settled"),
        meaning=_(
            "These are the numbers that the invoice of this period was made from, with what was reported by "
            "%(moment)s. They do not change any more: what is reported later stands on a later invoice. Every time on "
            "this page is in the billing time zone of your agreement."
        )
        % {"moment": known_by},
    )
    return [*_how_people_are_counted(terms), *_what_is_billed(terms, period), settled]


def _how_people_are_counted(terms: ContractTerms) -> list[Explanation]:
    if terms.licensing_model is LicensingModel.NAMED:
        return [Explanation(word=_("In use"), meaning=how_people_are_counted(terms.policy))]
    named = Explanation(word=_("In use (Collaborate, Communicate)"), meaning=how_people_are_counted(terms.policy))
    if terms.licensing_model is LicensingModel.HOURLY:
        return [Explanation(word=_("Hours"), meaning=how_hours_are_counted()), named]
    return [Explanation(word=_("Concurrent"), meaning=how_a_peak_is_counted(terms.policy)), named]


def how_people_are_counted(policy: BillingPolicy) -> str:
    """Say who counts by name (BR-20)."""
    counted = _(
        "Everyone who was logged in through the desktop, web or mobile client at any moment of the period counts once, "
        "at the highest license they held in it. Integrations, API clients and people who never logged in do not count."
    )
    if not policy.minimum_assignment:
        return counted
    return counted + " " + _("A license held for less than four hours in the period does not count.")


def how_a_peak_is_counted(policy: BillingPolicy) -> str:
    """Say what the concurrent peak is (BR-21)."""
    half_an_hour = (
        _("at the same time for 30 minutes or longer, added up over the period")
        if policy.peak_accumulates
        else _("at the same time for 30 minutes or longer without a break")
    )
    meaning = _(
        "The most people with PureCloud 1, 2 or 3 who were logged in %(half_an_hour)s. A person with several sessions "
        "counts once. The peak is billed at the highest of these licenses that anyone among them held."
    ) % {"half_an_hour": half_an_hour}
    if not policy.pool_needs_queue:
        return meaning
    return meaning + " " + _("Only those who were on queue in the period take part.")


def how_hours_are_counted() -> str:
    """Say how hours add up (BR-22)."""
    return _(
        "The time that all people of a contact-center license were logged in, added up and rounded up to the whole "
        "hour. Overlapping sessions of one person count once."
    )


def _what_is_billed(terms: ContractTerms, period: BillingPeriod) -> list[Explanation]:
    if terms.commercial_model is CommercialModel.MONTH_TO_MONTH:
        return [
            Explanation(
                word=_("Committed"),
                meaning=_("Your agreement is month to month: nothing is committed, use is invoiced afterwards."),
            )
        ]
    if terms.in_ramp(period.index):
        return [
            Explanation(
                word=_("Committed"),
                meaning=_("This period belongs to the ramp: nothing is committed yet."),
            )
        ]
    return [
        Explanation(word=_("Committed"), meaning=_("What you agreed to take; it is invoiced in advance.")),
        Explanation(
            word=_("Over"),
            meaning=_("Use above the commitment. It is invoiced after the period, at the overage price."),
        ),
    ]


def _until_when(terms: ContractTerms) -> Explanation:
    hours = ngettext("%(count)s hour", "%(count)s hours", terms.cutoff_hours) % {"count": terms.cutoff_hours}
    return Explanation(
        word=_("End of the period"),
        meaning=_(
            "Every time on this page is in the billing time zone of your agreement. The invoice is made %(hours)s "
            "after the period ends, with what was reported by then; these numbers may still rise until then."
        )
        % {"hours": hours},
    )
