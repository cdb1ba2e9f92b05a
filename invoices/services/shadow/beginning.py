"""Puts an organization into shadow, and takes it live from a boundary on (ADR 42)."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from django.contrib.auth.models import User
from django.db import connection, transaction
from django.db.models import QuerySet

from invoices.choices import CycleState
from invoices.models import BillingCycle, Invoice, Shadow
from invoices.selectors.shadow import boundary_of
from invoices.services.shadow.opening import carry_over
from subscriptions.choices import AuditKind
from subscriptions.domain.violations import Violation, refuse
from subscriptions.domain.words import translatable
from subscriptions.models import Organization, Subscription, Trial
from subscriptions.selectors.agreements import lock_organization
from subscriptions.selectors.terms import get_terms
from subscriptions.services.auditing import Deed, record
from subscriptions.services.recording import Recording


class ShadowError(StrEnum):
    """Why an organization is not put into shadow, or not taken live."""

    NO_REASON = "no_reason"
    KNOWN = "known"
    BILLED = "billed"
    ON_TRIAL = "on_trial"
    LIVE = "live"
    NO_BOUNDARY = "no_boundary"


def shadow_violations(organization: Organization) -> list[Violation]:
    """Return why an organization cannot be put into shadow; nothing if it can."""
    return list(_shadow_violations(organization))


def _shadow_violations(organization: Organization) -> Iterator[Violation]:
    if Shadow.objects.filter(organization=organization).exists():
        message = translatable("It is in shadow already, or was: each organization moves in once.")
        yield Violation(code=ShadowError.KNOWN, field="organization", message=message)
    if Invoice.objects.filter(organization=organization).exists():
        message = translatable(
            "Documents have been issued for it: it is billed here, and nothing of it may be billed twice."
        )
        yield Violation(code=ShadowError.BILLED, field="organization", message=message)
    on_trial = Trial.objects.filter(organization=organization, removed_at__isnull=True).exists()
    if on_trial and not organization.subscriptions.exists():
        message = translatable("It is on trial: make its agreement first.")
        yield Violation(code=ShadowError.ON_TRIAL, field="organization", message=message)


def begin_shadow(organization: Organization, *, reason: str, by: User, now: datetime) -> Shadow:
    """
    Let an organization's cycles close as ever, and nothing be issued for it; its old system bills it meanwhile.

    :raises Refused: if it was in shadow before, is billed by us already, is on trial, or no reason is given
    """
    with transaction.atomic():
        _lock(organization.pk)
        refuse([*shadow_violations(organization), *_reason_violations(reason)])
        shadow = Shadow.objects.create(organization=organization, reason=reason.strip(), begun_at=now, begun_by=by)
        record(
            Deed(
                organization_id=organization.pk,
                kind=AuditKind.CYCLE,
                deed="shadow_begun",
                subject=shadow,
                by=by,
                at=now,
                reason=shadow.reason,
            )
        )
    return shadow


@dataclass(frozen=True, slots=True, kw_only=True)
class Launch:
    """From which day on an organization is really billed, and whether the advance from then on was billed before."""

    live_from: date
    ahead_is_billed: bool
    reason: str
    balances: str = ""
    """The key of the opening balances that were shown (`OpeningSums.key`)."""


def list_launch_days(organization_id: int, *, today: date) -> list[date]:
    """
    Return the boundaries from which an organization may go live, soonest first.

    They are the first days of the period that is not closed yet and of the one after it: what is closed in shadow the
    old system has billed. Without any period it is the day on which the first agreement begins, or today.
    """
    cycles = BillingCycle.objects.filter(organization_id=organization_id).exclude(state=CycleState.CLOSED)
    cycle = cycles.select_related("subscription").order_by("period_start", "pk").first()
    if cycle is not None:
        following = get_terms(cycle.subscription).period(cycle.index + 1)
        return [cycle.period_start, *([following.start] if following else [])]
    begins = Subscription.objects.filter(organization_id=organization_id, cycles__isnull=True)
    return [begins.order_by("effective_date").values_list("effective_date", flat=True).first() or today]


def go_live(shadow_id: int, launch: Launch, *, today: date, by: User, now: datetime) -> Shadow:
    """
    Let an organization really be billed from a boundary on, and book its opening balances; it cannot be taken back.

    If the advance from there on was not billed by the old system, and the period has begun, it opens with the next
    sweep like a first one.

    :raises Refused: if it is live already, the boundary is none of `list_launch_days`, no reason is given, or the
        opening balances cannot be booked as they were shown
    """
    with transaction.atomic():
        organization_id = Shadow.objects.values_list("organization_id", flat=True).get(pk=shadow_id)
        _lock(organization_id)
        shadow = lock_shadows([organization_id]).select_related("organization").get(pk=shadow_id)
        if shadow.live_from is not None:
            message = translatable("It has been taken live already.")
            refuse([Violation(code=ShadowError.LIVE, field="organization", message=message)])
        if launch.live_from not in list_launch_days(organization_id, today=today):
            message = translatable("A period was closed meanwhile, or none begins on that day: choose once more.")
            refuse([Violation(code=ShadowError.NO_BOUNDARY, field="live_from", message=message)])
        refuse(_reason_violations(launch.reason))
        shadow.live_from, shadow.ahead_is_billed = launch.live_from, launch.ahead_is_billed
        shadow.live_reason, shadow.live_at, shadow.live_by = launch.reason.strip(), now, by
        shadow.save(update_fields=["live_from", "ahead_is_billed", "live_reason", "live_at", "live_by"])
        _open_again(shadow, launch.live_from)
        # Numbers before the trail, as whoever issues documents does.
        recording = Recording(by=by, at=now)
        carry_over(organization_id, seen=launch.balances, reason=shadow.live_reason, recording=recording)
        record(
            Deed(
                organization_id=organization_id,
                kind=AuditKind.CYCLE,
                deed="taken_live",
                subject=shadow,
                by=by,
                at=now,
                facts={"first_day": launch.live_from.isoformat()},
                reason=shadow.live_reason,
            )
        )
    return shadow


def lock_shadows(organization_ids: Collection[int]) -> QuerySet[Shadow]:
    """Return the rows of organizations that move in, locked until the transaction ends once they are read."""
    rows = Shadow.objects.filter(organization__in=organization_ids).order_by("pk")
    return rows.select_for_update(of=("self",), no_key=True) if connection.features.has_select_for_update else rows


def _open_again(shadow: Shadow, live_from: date) -> None:
    """Let the period at the boundary open: its advance, which was kept in shadow, is ours to bill."""
    cycles = BillingCycle.objects.filter(organization=shadow.organization, period_start=live_from)
    for cycle in cycles.filter(state=CycleState.OPEN):
        if boundary_of(shadow).opens(cycle.period_start):
            cycle.state = CycleState.OPENING
            cycle.save(update_fields=["state"])


def _lock(organization_id: int) -> None:
    """Let no cycle of an organization open or close until this transaction ends, in the order in which closes lock."""
    if connection.features.has_select_for_update:
        cycles = BillingCycle.objects.filter(organization_id=organization_id).exclude(state=CycleState.CLOSED)
        list(cycles.select_for_update(of=("self",)).order_by("cutoff_at", "pk").values_list("pk"))
    lock_organization(organization_id)
    if connection.features.has_select_for_update:
        rows = Subscription.objects.filter(organization_id=organization_id).order_by("pk")
        list(rows.select_for_update(of=("self",)).values_list("pk"))


def _reason_violations(reason: str) -> list[Violation]:
    if reason.strip():
        return []
    message = translatable("Say why: it is kept with the organization.")
    return [Violation(code=ShadowError.NO_REASON, field="reason", message=message)]
