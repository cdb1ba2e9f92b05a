"""What in a period's use is worth a look, in words."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from usage.documents.reader import Reader
from usage.domain.snapshot import ExceptionCode
from usage.domain.so_far import Exceptional, SoFar


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """Something to look at: what it is, what to do, and whom or what it concerns."""

    title: str
    advice: str
    subjects: Sequence[str]
    more: int


def remarks_on(so_far: SoFar, reader: Reader) -> list[Remark]:
    """Return the exceptions of a period, one remark for each kind (BR-12, BR-20, BR-23)."""
    return [_remark(code, found, reader) for code, found in so_far.exceptions.items()]


def _remark(code: ExceptionCode, found: Exceptional, reader: Reader) -> Remark:
    number, subjects = found.number, found.first
    if code is ExceptionCode.MIXED_TIERS:
        subjects = [reader.product(tier) for tier in subjects[0].split(",")]
        number = len(subjects)
    title, advice = _words(code, number)
    return Remark(title=title, advice=advice, subjects=subjects, more=number - len(subjects))


def _words(code: ExceptionCode, number: int) -> tuple[str, str]:
    if code is ExceptionCode.MIXED_TIERS:
        return (
            _("More than one contact-center license is assigned"),
            _("An agreement has one of PureCloud 1, 2 and 3. Take the other ones away, or talk to us about a change."),
        )
    if code is ExceptionCode.UNLICENSED_USER:
        title = ngettext(
            "%(number)s person logged in without a license", "%(number)s people logged in without a license", number
        )
        return title % {"number": number}, _("They are not counted. Assign a license, or close the account.")
    title = ngettext("%(number)s session never ended", "%(number)s sessions never ended", number)
    return (
        title % {"number": number},
        _("No logout was reported within 24 hours, so the session was taken to end then. Is a client left running?"),
    )
