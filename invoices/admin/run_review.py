"""The run review: what closes next, the most unusual first, before anything is issued."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext_lazy as _

from invoices.admin.workbench.billing import expected_until, period_of
from invoices.admin.workbench.shape import Looker, looker_of, row_url
from invoices.documents.unusual import unusual_in_words
from invoices.models import BillingCycle, ExpectedBill
from invoices.selectors.attention import DUE_DAYS, list_due_by, until_end_of
from invoices.selectors.expected import OLD_AFTER, expected_of, findings_of, list_beginning, with_unusualness
from subscriptions.admin.parts import current_language, shown_money
from subscriptions.domain.formatting import format_day
from subscriptions.models import Subscription
from subscriptions.tables import Keyset

TOMORROW = 1
BEGINNING_SHOWN = 50
BY_UNUSUALNESS = Keyset(column="unusualness", parse=int, descending=True, size=50)


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """What is expected of a bill, in words; `is_old` tells that nobody has worked it out within a day."""

    advance: str
    arrears: str
    corrections: str
    total: str
    unusual: Sequence[str]
    as_of: datetime
    is_old: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewRow:
    """
    A close, or a first advance, with what is expected of it; `expected` is None where nothing is known.

    `has_failed` tells that the last attempt to work it out did not succeed.
    """

    organization: str
    what: str
    url: str
    comes_at: datetime | None
    preview_url: str
    expected: Expectation | None
    has_failed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DayChoice:
    """A day up to which one may look."""

    words: Any
    url: str
    is_current: bool


class RunReviewPage:
    """Adds the run review to a model's pages; it belongs to no row."""

    admin_site: Any

    def review_urls(self) -> list[URLPattern]:
        """Return the address of the page."""
        return [path("review/", self.admin_site.admin_view(self.review), name="invoices_run_review")]

    def review(self, request: HttpRequest) -> HttpResponse:
        """Show what opens or closes until the end of a day; it reads only what was worked out before."""
        looker = looker_of(request)
        days = {str(each): each for each in DUE_DAYS}.get(request.GET.get("days", ""), TOMORROW)
        until = until_end_of(days, now=looker.now)
        cycles = with_unusualness(list_due_by(looker.own(BillingCycle.objects.all()), until=until))
        page = BY_UNUSUALNESS.page(cycles, request.GET.dict())
        beginning = list_beginning(looker.own(Subscription.objects.all()), until=until)[:BEGINNING_SHOWN]
        context = {
            **self.admin_site.each_context(request),
            "content_title": _("Run review"),
            "title": _("Run review"),
            "due": expected_until(looker, days, words=_("Closes until then")),
            "days": [_day(each, looker, chosen=days) for each in DUE_DAYS],
            "until": format_day((until - timedelta(days=1)).date(), current_language()),
            "page": page,
            "rows": [_closing(cycle, looker) for cycle in page.rows],
            "beginning": [_beginning(subscription, looker) for subscription in beginning],
        }
        return TemplateResponse(request, "admin/seatbill/run_review.html", context)


def _day(days: int, looker: Looker, *, chosen: int) -> DayChoice:
    near = {0: _("Today"), 1: _("Tomorrow")}
    day = (looker.now + timedelta(days=days)).date()
    return DayChoice(
        words=near.get(days) or format_day(day, current_language()),
        url=f"{reverse('admin:invoices_run_review')}?days={days}",
        is_current=days == chosen,
    )


def _closing(cycle: BillingCycle, looker: Looker) -> ReviewRow:
    return ReviewRow(
        organization=str(cycle.organization),
        what=period_of(cycle),
        url=row_url("invoices_billingcycle", cycle.pk),
        comes_at=cycle.cutoff_at,
        preview_url=reverse("admin:invoices_preview", args=[cycle.subscription_id]),
        expected=_expectation(expected_of(cycle), looker),
        has_failed=_has_failed(cycle.subscription),
    )


def _beginning(subscription: Subscription, looker: Looker) -> ReviewRow:
    day = format_day(subscription.effective_date, current_language())
    row: ExpectedBill | None = getattr(subscription, "expected_bill", None)
    return ReviewRow(
        organization=str(subscription.organization),
        what=str(_("begins on %(day)s") % {"day": day}),
        url=row_url("subscriptions_subscription", subscription.pk),
        comes_at=None,
        preview_url=reverse("admin:invoices_preview", args=[subscription.pk]),
        expected=_expectation(row, looker),
        has_failed=_has_failed(subscription),
    )


def _has_failed(subscription: Subscription) -> bool:
    row: ExpectedBill | None = getattr(subscription, "expected_bill", None)
    return row is not None and row.failed_at is not None


def _expectation(row: ExpectedBill | None, looker: Looker) -> Expectation | None:
    if row is None or row.as_of is None:
        return None

    def shown(amount: Decimal) -> str:
        return shown_money(amount, row.currency)

    return Expectation(
        advance=shown(row.advance),
        arrears=shown(row.arrears),
        corrections=shown(row.corrections) if row.corrections else "",
        total=shown(row.total),
        unusual=unusual_in_words(findings_of(row), currency=row.currency),
        as_of=row.as_of,
        is_old=row.as_of <= looker.now - OLD_AFTER,
    )
