"""A company that moves in: who is in shadow, how ours compares with what its old system billed, line by line."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from invoices.admin.workbench.shape import looker_of
from invoices.choices import VERDICTS
from invoices.documents.explanation import ROWS_ON_A_PAGE, evidence_table
from invoices.documents.moving_in import (
    OBSTACLES,
    ComparedRow,
    PeriodInWords,
    Voice,
    compared_row,
    period_in_words,
    verdict_in_words,
)
from invoices.documents.opening import opening_row, sums_in_words
from invoices.domain.moving_in.side_by_side import Standing
from invoices.exports.moving_in import PeriodRows, differences_csv
from invoices.exports.names import file_stem
from invoices.forms import VerdictForm
from invoices.models import Shadow, ShadowBill
from invoices.selectors.opening import list_carried, list_waiting, sums_of_rows
from invoices.services.shadow.comparing import Comparison, Period, compare, compare_all
from invoices.services.shadow.counting import how_it_was_counted
from invoices.services.shadow.judging import judge
from invoices.services.shadow.showing import find_shadow_explanation, get_shadow_document
from subscriptions.admin.parts import current_language
from subscriptions.admin.roles import person, works_on_all
from subscriptions.domain.formatting import format_day, format_days
from subscriptions.domain.violations import Refused
from subscriptions.forms.fields import words_of
from subscriptions.selectors.catalog import get_product_names
from subscriptions.selectors.clock import database_now
from subscriptions.tables import Keyset, text

BY_NAME = Keyset(column="organization__name", parse=text, size=25)

DIFFERENCES_SHOWN, AGREEING_SHOWN = 100, 300
"""So many rows of a period are on its page; the file has all."""

OPENINGS_SHOWN = 200
"""So many opening balances are on the page of an organization."""

EXPORTED_AT_ONCE = 50
"""So many organizations are compared at a time while a file is written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PeriodRow:
    """A closed period as it is listed, and its address."""

    days: str
    url: str
    bill_url: str
    words: PeriodInWords


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganizationRow:
    """An organization that moves in, as it is listed."""

    name: str
    url: str
    state: str
    is_live: bool
    periods: str
    largest: Sequence[str]
    obstacles: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A row with what was decided about it, by whom, and the address of its explanation; empty where there is none."""

    row: ComparedRow
    verdict: str = ""
    words: str = ""
    note: str = ""
    by: str = ""
    why_url: str = ""


class MovingInPages:
    """Adds what staff read while a company moves in; it belongs to no row of the model."""

    admin_site: Any
    message_user: Any

    def moving_in_urls(self) -> list[URLPattern]:
        """Return the addresses of the pages."""
        wrap, one = self.admin_site.admin_view, "moving-in/<int:pk>/"
        bill = f"{one}bills/<int:bill_pk>/"
        return [
            path("moving-in/", wrap(self.moving_in), name="invoices_moving_in"),
            path("moving-in/differences.csv", wrap(self.all_differences), name="invoices_moving_in_file"),
            path(one, wrap(self.moving_in_of), name="invoices_moving_in_of"),
            path(f"{one}differences.csv", wrap(self.differences), name="invoices_moving_in_file_of"),
            path(f"{one}periods/<int:cycle_pk>/", wrap(self.moving_in_period), name="invoices_moving_in_period"),
            path(bill, wrap(self.shadow_bill), name="invoices_shadow_bill"),
            path(f"{bill}lines/<int:number>/", wrap(self.shadow_line), name="invoices_shadow_line"),
        ]

    def moving_in(self, request: HttpRequest) -> HttpResponse:
        """Show every organization that moves in: how many periods agree, what differs most, whether it is ready."""
        page = BY_NAME.page(_own(request).filter(live_from__isnull="live" not in request.GET), request.GET.dict())
        compared = compare_all([shadow.organization_id for shadow in page.rows])
        context = {
            "title": _("Moving in"),
            "page": page,
            "rows": [_organization_row(shadow, compared[shadow.organization_id]) for shadow in page.rows],
            "shows_live": "live" in request.GET,
        }
        return self._moving_in_page(request, "moving_in", context)

    def moving_in_of(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show an organization's periods in shadow, newest first."""
        shadow = _shadow(request, pk)
        comparison = compare(shadow.organization_id)
        periods = [_period_row(shadow, period) for period in reversed(comparison.periods)]
        context = {
            "title": shadow.organization.name,
            "row": _organization_row(shadow, comparison),
            "periods": periods,
            "openings": _openings(shadow),
            **_opening_balances(shadow),
            "ahead": len(comparison.ahead),
            "apart": [_apart(line) for line in comparison.apart[:ROWS_ON_A_PAGE]],
            "apart_count": len(comparison.apart),
        }
        return self._moving_in_page(request, "moving_in_organization", context | {"shadow": shadow})

    def moving_in_period(self, request: HttpRequest, pk: int, cycle_pk: int) -> HttpResponse:
        """Lay a period's shadow bill beside what the old system billed, and keep what a person says of a difference."""
        shadow = _shadow(request, pk)
        period = _period(shadow, cycle_pk)
        here = reverse("admin:invoices_moving_in_period", args=[shadow.organization_id, cycle_pk])
        if request.method == "POST":
            return self._judge(request, period, here)
        voice = _voice(period.bill.currency)
        matches = period.compared.sides.matches
        different = [match for match in matches if match.is_different]
        counted = how_it_was_counted(period, different[:DIFFERENCES_SHOWN], language=voice.language)
        same = [match for match in matches if not match.is_different]
        context = {
            "title": shadow.organization.name,
            "shadow": shadow,
            "days": _days(period),
            "words": period_in_words(period.compared, voice=voice),
            "bill": period.bill,
            "different": [
                _judged(compared_row(match, counted=counted.get(match.key, []), voice=voice), period, match.key)
                for match in different[:DIFFERENCES_SHOWN]
            ],
            "more_different": max(0, len(different) - DIFFERENCES_SHOWN),
            "same": [compared_row(match, counted=[], voice=voice) for match in same[:AGREEING_SHOWN]],
            "more_same": max(0, len(same) - AGREEING_SHOWN),
            "verdicts": VERDICTS,
            "is_imported": period.compared.standing is not Standing.NOT_BILLED,
        }
        return self._moving_in_page(request, "moving_in_period", context)

    def shadow_bill(self, request: HttpRequest, pk: int, bill_pk: int) -> HttpResponse:
        """Show what a close or an opening would have issued."""
        shadow, bill = _shadow(request, pk), _bill(request, pk, bill_pk)
        address = reverse("admin:invoices_shadow_bill", args=[pk, bill_pk])
        context = {
            "title": shadow.organization.name,
            "shadow": shadow,
            "bill": bill,
            "days": format_days(bill.cycle.period_start, _last_day(bill), current_language()),
            "document": get_shadow_document(bill, language=current_language()),
            "lines_url": f"{address}lines/",
        }
        return self._moving_in_page(request, "shadow_bill", context)

    def shadow_line(self, request: HttpRequest, pk: int, bill_pk: int, number: int) -> HttpResponse:
        """Answer "why this quantity?" for a line of a shadow bill (BR-77)."""
        shadow, bill = _shadow(request, pk), _bill(request, pk, bill_pk)
        explanation = find_shadow_explanation(bill, number=number, language=current_language())
        if explanation is None:
            raise Http404
        context = {
            "title": explanation.line.description,
            "shadow": shadow,
            "explanation": explanation,
            "evidence": evidence_table(explanation, limit=ROWS_ON_A_PAGE),
            "back": reverse("admin:invoices_shadow_bill", args=[pk, bill_pk]),
        }
        return self._moving_in_page(request, "shadow_line", context)

    def all_differences(self, request: HttpRequest) -> StreamingHttpResponse:
        """Hand out every line of every organization that moves in as CSV."""
        return _file(_exported(_own(request).filter(live_from__isnull=True)), "moving-in")

    def differences(self, request: HttpRequest, pk: int) -> StreamingHttpResponse:
        """Hand out every line of an organization as CSV."""
        shadow = _shadow(request, pk)
        return _file(_exported(Shadow.objects.filter(pk=shadow.pk)), shadow.organization.code)

    def _judge(self, request: HttpRequest, period: Period, here: str) -> HttpResponse:
        form = VerdictForm(request.POST)
        if not form.is_valid():
            for errors in form.errors.values():
                self.message_user(request, errors[0], messages.ERROR)
            return HttpResponseRedirect(here)
        try:
            row = judge(form.judgement(), period=period, by=person(request), now=database_now())
        except Refused as refused:
            for reason in refused.reasons:
                self.message_user(request, str(words_of(reason).message), messages.ERROR)
            return HttpResponseRedirect(f"{here}#row-{form.cleaned_data['place']}")
        self.message_user(request, gettext("Kept: %(verdict)s.") % {"verdict": verdict_in_words(row.verdict)})
        return HttpResponseRedirect(f"{here}#row-{form.cleaned_data['place']}")

    def _moving_in_page(self, request: HttpRequest, name: str, context: dict[str, Any]) -> HttpResponse:
        shared = {
            **self.admin_site.each_context(request),
            "content_title": _("Moving in"),
            "may_move": works_on_all(request),
        }
        return TemplateResponse(request, f"admin/seatbill/{name}.html", shared | context)


def _own(request: HttpRequest) -> QuerySet[Shadow]:
    """Return who moves in, of the organizations that the person works on."""
    return looker_of(request).own(Shadow.objects.select_related("organization", "begun_by", "live_by"))


def _shadow(request: HttpRequest, pk: int) -> Shadow:
    """Return an organization that moves in; what is not the person's does not exist (BR-93)."""
    return get_object_or_404(_own(request), organization=pk)


def _bill(request: HttpRequest, pk: int, bill_pk: int) -> ShadowBill:
    rows = ShadowBill.objects.filter(organization=_shadow(request, pk).organization_id)
    beside = ("organization", "subscription", "terms_snapshot", "cycle__subscription", "cycle__usage_snapshot")
    return get_object_or_404(rows.select_related(*beside), pk=bill_pk)


def _period(shadow: Shadow, cycle_pk: int) -> Period:
    for period in compare(shadow.organization_id).periods:
        if period.cycle.pk == cycle_pk:
            return period
    raise Http404


def _voice(currency: str) -> Voice:
    language = current_language()
    return Voice(language=language, names=get_product_names(language), currency=currency)


def _days(period: Period) -> str:
    return format_days(period.cycle.period_start, _last_day(period.bill), current_language())


def _last_day(bill: ShadowBill) -> date:
    return date.fromordinal(bill.cycle.period_end.toordinal() - 1)


def _organization_row(shadow: Shadow, comparison: Comparison) -> OrganizationRow:
    standings = [period.compared.standing for period in comparison.periods]
    standings = [standing for standing in standings if standing is not Standing.NOT_BILLED]
    agreeing = sum(standing in {Standing.AGREES, Standing.ACCEPTED} for standing in standings)
    count = len(standings)
    agree = ngettext("%(agreeing)s of %(count)s compared", "%(agreeing)s of %(count)s compared", count)
    day = format_day(shadow.live_from or shadow.begun_at.date(), current_language())
    return OrganizationRow(
        name=shadow.organization.name,
        url=reverse("admin:invoices_moving_in_of", args=[shadow.organization_id]),
        state=str((_("Live from %(day)s") if shadow.live_from else _("In shadow since %(day)s")) % {"day": day}),
        is_live=shadow.live_from is not None,
        periods=agree % {"agreeing": agreeing, "count": count} if count else "",
        largest=_largest(comparison),
        obstacles=[str(OBSTACLES[obstacle]) for obstacle in comparison.obstacles],
    )


def _largest(comparison: Comparison) -> list[str]:
    """Write the largest difference in each currency: nothing is added or compared across them (BR-83)."""
    found: dict[str, Period] = {}
    for period in comparison.periods:
        if period.compared.standing is Standing.NOT_BILLED or not period.compared.largest:
            continue
        before = found.get(period.bill.currency)
        if before is None or abs(before.compared.largest) < abs(period.compared.largest):
            found[period.bill.currency] = period
    return [
        Voice(language=current_language(), names={}, currency=currency).change(period.compared.largest)
        for currency, period in sorted(found.items())
    ]


def _period_row(shadow: Shadow, period: Period) -> PeriodRow:
    voice = Voice(language=current_language(), names={}, currency=period.bill.currency)
    return PeriodRow(
        days=_days(period),
        url=reverse("admin:invoices_moving_in_period", args=[shadow.organization_id, period.cycle.pk]),
        bill_url=reverse("admin:invoices_shadow_bill", args=[shadow.organization_id, period.bill.pk]),
        words=period_in_words(period.compared, voice=voice),
    )


def _openings(shadow: Shadow) -> list[tuple[str, str]]:
    """Return from when on first advances would have been billed, and where they are shown."""
    rows = ShadowBill.objects.filter(organization=shadow.organization_id, is_opening=True).select_related("cycle")
    return [
        (
            format_day(row.cycle.period_start, current_language()),
            reverse("admin:invoices_shadow_bill", args=[shadow.organization_id, row.pk]),
        )
        for row in rows.defer("frozen").order_by("cycle__period_start")
    ]


def _opening_balances(shadow: Shadow) -> dict[str, Any]:
    """Return what was entered of an organization, or what was carried over of it, once it was."""
    waiting, carried = list_waiting(shadow.organization_id), list_carried(shadow.organization_id)
    is_carried = shadow.live_from is not None
    rows = list((carried if is_carried else waiting)[: OPENINGS_SHOWN + 1])
    return {
        "is_carried": is_carried,
        "opening_rows": [opening_row(balance) for balance in rows[:OPENINGS_SHOWN]],
        "more_openings": (carried if is_carried else waiting).count() - OPENINGS_SHOWN if rows[OPENINGS_SHOWN:] else 0,
        "opening_sums": [] if is_carried else sums_in_words(sums_of_rows(waiting)),
        "has_old_invoices": shadow.organization.old_invoices.filter(withdrawn_at__isnull=True).exists(),
    }


def _apart(line: Any) -> dict[str, str]:
    voice = Voice(language=current_language(), names={}, currency=line.invoice.currency)
    return {
        "number": line.invoice.number,
        "what": line.product or line.description,
        "days": format_days(line.service_start, line.service_end, voice.language),
        "amount": voice.money(line.amount),
    }


def _judged(row: ComparedRow, period: Period, key: tuple[int | None, int | None]) -> Judged:
    verdict, our_line = period.judged.get(key), period.our_lines.get(key[0] or 0)
    why = ""
    if our_line is not None:
        why = reverse(
            "admin:invoices_shadow_line", args=[our_line.organization_id, our_line.bill_id, our_line.position + 1]
        )
    if verdict is None:
        return Judged(row=row, why_url=why)
    by, at = verdict.judged_by, verdict.judged_at
    who = gettext("%(person)s on %(day)s") % {
        "person": by.get_full_name() or by.get_username(),
        "day": format_day(at.date(), current_language()),
    }
    return Judged(
        row=row,
        verdict=verdict.verdict,
        words=verdict_in_words(verdict.verdict),
        note=verdict.note,
        by=who,
        why_url=why,
    )


def _exported(shadows: QuerySet[Shadow]) -> Iterator[PeriodRows]:
    """Yield compared periods, some organizations at a time."""
    codes = dict(shadows.order_by("organization__code").values_list("organization_id", "organization__code"))
    keys = list(codes)
    for first in range(0, len(keys), EXPORTED_AT_ONCE):
        for pk, comparison in compare_all(keys[first : first + EXPORTED_AT_ONCE]).items():
            for period in comparison.periods:
                yield PeriodRows(
                    organization=codes[pk],
                    currency=period.bill.currency,
                    compared=period.compared,
                    notes={key: verdict.note for key, verdict in period.judged.items()},
                )


def _file(periods: Iterator[PeriodRows], name: str) -> StreamingHttpResponse:
    response = StreamingHttpResponse(differences_csv(periods), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{file_stem(name)}-differences.csv"'
    return response
