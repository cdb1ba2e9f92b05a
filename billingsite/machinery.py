"""What tells a load balancer, a monitor and a person whether the machinery runs: health, metrics, the page about it."""

import json
import logging
from collections.abc import Callable, Iterator, Mapping
from functools import wraps
from http import HTTPStatus

from django.conf import settings
from django.contrib import admin
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db import Error, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from invoices.services.machinery import Machinery, Totals, get_totals, look_at_machinery
from subscriptions.selectors.attention import Bounded
from subscriptions.selectors.clock import database_now
from subscriptions.selectors.heartbeats import Silence
from subscriptions.selectors.people import is_lead

logger = logging.getLogger(__name__)

View = Callable[[HttpRequest], HttpResponse]


def for_leads(view: View) -> View:
    """Let leads and superusers in, ask whoever is not logged in to do so, and refuse everyone else."""

    @wraps(view)
    def only_leads(request: HttpRequest) -> HttpResponse:
        if not is_lead(request.user):
            raise PermissionDenied
        return view(request)

    return login_required(only_leads)


@require_safe
@never_cache
def health(request: HttpRequest) -> HttpResponse:
    """Answer whether this process can serve: 200 while the database answers, else 503; nothing more is told."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Error as error:
        logger.error("The database did not answer: %s", error)  # noqa: TRY400 - the same trace every few seconds
        connection.close()
        return JsonResponse({"status": "degraded"}, status=HTTPStatus.SERVICE_UNAVAILABLE)
    return JsonResponse({"status": "ok"})


@require_safe
@never_cache
@for_leads
def health_detail(request: HttpRequest) -> HttpResponse:
    """Answer how each part of the machinery is; its `status` is `degraded` while somebody has to look after it."""
    return JsonResponse(_detail(look_at_machinery(now=database_now())))


@require_safe
@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """Answer with figures in Prometheus's text format, to leads and to who shows METRICS_TOKEN."""
    return _figures(request) if _has_token(request) else for_leads(_figures)(request)


@require_safe
@never_cache
def page(request: HttpRequest) -> HttpResponse:
    """Show a lead how the machinery is, and what to do where it is not well."""
    if not is_lead(request.user):
        raise PermissionDenied
    machinery = look_at_machinery(now=database_now())
    context = admin.site.each_context(request) | {"title": _("Machinery"), "machinery": machinery}
    return render(request, "admin/seatbill/machinery.html", context)


def _detail(machinery: Machinery) -> dict[str, object]:
    left = machinery.left
    return {
        "status": "ok" if machinery.is_well else "degraded",
        "database": "ok",
        "broker": "ok" if machinery.broker_answers else "unreachable",
        "silent": [silence.value for silence in machinery.silences],
        "last_beat": machinery.signs.beat,
        "last_worker": machinery.signs.worker,
        "last_tick": machinery.signs.tick,
        "workers": dict(machinery.workers),
        "oldest_due_cycle": left.oldest_due_at,
        "held_cycles": _bounded(left.held),
        "pdfs_pending": _bounded(left.pdfs_pending),
        "pdfs_failed": _bounded(left.pdfs_failed),
        "mails_pending": _bounded(left.mail_pending),
        "mails_failed": _bounded(left.mail_failed),
        "next_month_has_partition": machinery.next_month_has_partition,
        "books_verified": machinery.books_verified_at,
        "books_faults": machinery.books_faults,
        "issuing_off_since": machinery.issuing_off_since,
        "parked": _bounded(machinery.parked),
    }


def _bounded(count: Bounded) -> int | str:
    return f"{count.count} or more" if count.or_more else count.count


# --- Metrics --------------------------------------------------------------------------------------------------------


def _has_token(request: HttpRequest) -> bool:
    shown = request.headers.get("Authorization", "").removeprefix("Bearer ")
    return bool(settings.METRICS_TOKEN) and constant_time_compare(shown, settings.METRICS_TOKEN)


def _figures(request: HttpRequest) -> HttpResponse:
    text = "".join(f"{line}\n" for line in _lines(look_at_machinery(now=database_now()), get_totals()))
    return HttpResponse(text, content_type="text/plain; version=0.0.4; charset=utf-8")


def _lines(machinery: Machinery, totals: Totals) -> Iterator[str]:
    left, signs, now = machinery.left, machinery.signs, machinery.now
    yield from _metric("documents_issued_total", "counter", "Documents issued.", {"": totals.documents})
    yield from _metric("events_stored", "gauge", "Events stored, estimated.", {"": totals.events})
    states = {"opening": left.opening, "open": left.open, "held": left.held}
    of_cycles = {f'{{state="{name}"}}': count.count for name, count in states.items()}
    yield from _metric("cycles", "gauge", "Cycles that are not closed, counted up to 1,000.", of_cycles)
    for name, words, count in (
        ("pdfs_pending", "PDFs to be rendered", left.pdfs_pending),
        ("pdfs_failed", "PDFs that failed and are tried again", left.pdfs_failed),
        ("mails_pending", "Mails to be sent", left.mail_pending),
        ("mails_failed", "Mails that failed and are tried again", left.mail_failed),
    ):
        yield from _metric(name, "gauge", f"{words}, counted up to 1,000.", {"": count.count})
    since = {
        "beat": signs.beat,
        "worker": signs.worker,
        "tick": signs.tick,
        "books_verified": machinery.books_verified_at,
        "oldest_due_cycle": left.oldest_due_at,
    }
    ages = {f'{{of="{name}"}}': round((now - at).total_seconds(), 1) for name, at in since.items() if at is not None}
    yield from _metric("seconds_since", "gauge", "Seconds since it was last seen, or fell due.", ages)
    silent = {f'{{of="{silence.value}"}}': int(silence in machinery.silences) for silence in Silence}
    yield from _metric("silent", "gauge", "Whether it gives no sign of life.", silent)
    yield from _metric("broker_up", "gauge", "Whether the broker answers.", {"": int(machinery.broker_answers)})
    off = machinery.issuing_off_since is not None
    yield from _metric("issuing_off", "gauge", "Whether all issuing is switched off.", {"": int(off)})
    yield from _metric("parked", "gauge", "Organizations for which nothing is issued.", {"": machinery.parked.count})
    if machinery.books_faults is not None:
        yield from _metric("books_faults", "gauge", "Faults found in the books.", {"": machinery.books_faults})


def _metric(name: str, kind: str, words: str, values: Mapping[str, float]) -> Iterator[str]:
    yield f"# HELP seatbill_{name} {words}"
    yield f"# TYPE seatbill_{name} {kind}"
    for labels, value in values.items():
        yield f"seatbill_{name}{labels} {json.dumps(value)}"
