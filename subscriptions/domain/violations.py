"""What forbids an agreement: every reason at once, each naming the field to mend (BR-12, BR-13, BR-16, BR-30)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from datetime import date
from decimal import Decimal
from enum import StrEnum

from subscriptions.domain.catalog import CONTACT_CENTER_TIERS, LICENSE_RANK
from subscriptions.domain.terms import AgreedPrice, ContractTerms, LicensingModel
from subscriptions.domain.words import translatable


class TermsError(StrEnum):
    """Why an agreement is refused."""

    TWO_TIERS = "two_tiers"
    SEVERAL_REGIONS = "several_regions"
    NOT_MULTI_SHIFT = "not_multi_shift"
    ENDS_BEFORE_IT_BEGINS = "ends_before_it_begins"
    CANCELLED_AFTER_ITS_END = "cancelled_after_its_end"
    NEGATIVE = "negative"
    NO_COMMITMENT = "no_commitment"
    OVERLAPS = "overlaps"
    RATES_IN_ANOTHER_CURRENCY = "rates_in_another_currency"
    NO_RATES = "no_rates"
    UNPRICED = "unpriced"
    NOTHING_CHANGES = "nothing_changes"
    MONTH_TO_MONTH = "month_to_month"
    NEVER_IN_FORCE = "never_in_force"
    NO_REASON = "no_reason"
    SAME_TIER = "same_tier"
    NO_TIER = "no_tier"
    ENDED = "ended"
    ENDS_IN_THE_PAST = "ends_in_the_past"
    NOT_CANCELLED = "not_cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """One reason to refuse an agreement: the field to mend and what to do, in words."""

    code: StrEnum
    field: str
    message: str
    words: Mapping[str, date | str | None] = dataclass_field(default_factory=dict)
    """What stands for each `%(name)s` in the message."""


class Refused(Exception):  # noqa: N818 - it is an answer, not a fault
    """Something was not done, for these reasons."""

    def __init__(self, reasons: Sequence[Violation]) -> None:
        """Keep every reason."""
        super().__init__("; ".join(reason.message % reason.words for reason in reasons))
        self.reasons = tuple(reasons)


def refuse(reasons: Sequence[Violation]) -> None:
    """
    Go on if there is no reason not to.

    :raises Refused: with every reason there is
    """
    if reasons:
        raise Refused(reasons)


def violations(terms: ContractTerms, *, regions: Sequence[str], multi_shift: bool) -> list[Violation]:
    """Return everything that forbids an agreement, all at once (BR-12, BR-13, BR-16, BR-30)."""
    return [
        *_tier_violations(terms),
        *(violation for agreed in terms.prices for violation in _price_violations(agreed, terms)),
        *_concurrent_violations(terms, regions, multi_shift),
        *_date_violations(terms),
    ]


def _tier_violations(terms: ContractTerms) -> Iterator[Violation]:
    committed = sorted(
        {agreed.product for agreed in terms.prices if agreed.commitment > 0} & set(CONTACT_CENTER_TIERS),
        key=LICENSE_RANK.__getitem__,
    )
    if len(committed) > 1:
        yield Violation(
            code=TermsError.TWO_TIERS,
            field="prices",
            message=translatable("An agreement has at most one of PureCloud 1, 2 and 3; keep one of %(committed)s."),
            words={"committed": ", ".join(committed)},
        )


def _price_violations(agreed: AgreedPrice, terms: ContractTerms) -> Iterator[Violation]:
    place = f"prices.{agreed.product}"
    yield from figure_violations(place, (agreed.commitment, agreed.price, agreed.overage_price, agreed.setup_price))
    if agreed.commitment > 0 and not terms.may_commit_to(agreed.product):
        yield no_commitment_violation(place)


def reason_violations(reason: str) -> list[Violation]:
    """Refuse a decision without a reason."""
    if reason.strip():
        return []
    message = translatable("Say why: it is kept for whoever asks later.")
    return [Violation(code=TermsError.NO_REASON, field="reason", message=message)]


def no_commitment_violation(place: str) -> Violation:
    """Refuse a commitment to what is billed by use alone (BR-30)."""
    message = translatable("Only licenses and add-ons have a commitment; resources, voice and numbers have a price.")
    return Violation(code=TermsError.NO_COMMITMENT, field=place, message=message)


def figure_violations(place: str, figures: Iterable[Decimal | None]) -> Iterator[Violation]:
    """Refuse commitments and prices that are no figures or less than nothing."""
    if any(figure is not None and (not figure.is_finite() or figure < 0) for figure in figures):
        yield Violation(
            code=TermsError.NEGATIVE,
            field=place,
            message=translatable(
                "Commitments and prices are finite and not negative; a credit is given by a credit note."
            ),
        )


def _concurrent_violations(terms: ContractTerms, regions: Sequence[str], multi_shift: bool) -> Iterator[Violation]:
    if terms.licensing_model is not LicensingModel.CONCURRENT:
        return
    if len(set(regions)) != 1:
        yield Violation(
            code=TermsError.SEVERAL_REGIONS,
            field="regions",
            message=translatable(
                "Concurrent licensing needs an organization in exactly one region; name one, or license by name."
            ),
        )
    if not multi_shift:
        yield Violation(
            code=TermsError.NOT_MULTI_SHIFT,
            field="multi_shift",
            message=translatable(
                "Concurrent licensing is for multi-shift staffing, not follow-the-sun: record the organization's "
                "statement that it works in shifts, or license by name."
            ),
        )


def _date_violations(terms: ContractTerms) -> Iterator[Violation]:
    last = terms.last_service_date
    if last is not None and last < terms.effective_date:
        yield Violation(
            code=TermsError.ENDS_BEFORE_IT_BEGINS,
            field="last_service_date",
            message=translatable("The last service day lies before the effective date, %(effective_date)s."),
            words={"effective_date": terms.effective_date},
        )
    if last is not None and terms.cancelled_on is not None and terms.cancelled_on > last:
        yield Violation(
            code=TermsError.CANCELLED_AFTER_ITS_END,
            field="cancelled_on",
            message=translatable("A cancellation is recorded on its last service day at the latest."),
        )
