"""Whose events a sender may report, and until when (BR-19)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from msgspec import UNSET, UnsetType

from subscriptions.domain.trial import suspended_from
from subscriptions.models import Organization, Trial
from subscriptions.selectors.trials import get_trial_facts, with_trial_facts


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why an event does not come in, in one word of `REJECTION_REASONS` and in a sentence for the sender."""

    reason: str
    message: str


@dataclass(frozen=True, slots=True)
class Scope:
    """One organization, or all of them for a platform (organization empty)."""

    organization: Organization | None

    @property
    def organization_id(self) -> int | None:
        """Return the one organization, if it is one."""
        return None if self.organization is None else self.organization.pk

    def resolve(self, codes: Iterable[str | UnsetType]) -> dict[str | UnsetType, int | Refusal]:
        """Return the organization that each name on the wire stands for, or why it stands for none."""
        if self.organization is None:
            return _resolve_for_platform(set(codes))
        own: dict[str | UnsetType, int | Refusal] = {
            UNSET: self.organization.pk,
            self.organization.code: self.organization.pk,
        }
        # The same answer whether the other organization exists or not: a key must not find out who else is here.
        return {code: own.get(code, _FOREIGN) for code in set(codes)}


@dataclass(frozen=True, slots=True)
class Standing:
    """Until when an organization may report: a trial that has ended may not any more."""

    suspended_from: datetime | None

    def refusal(self, received_at: datetime) -> Refusal | None:
        """Return why what is received at an instant does not come in, if it does not."""
        return _SUSPENDED if self.suspended_from is not None and received_at >= self.suspended_from else None


GONE = Refusal("unknown_organization", "organization: it has just been removed.")
"""The organization was there when its name was read, and is not any more."""


def get_standings(organization_ids: Iterable[int]) -> Mapping[int, Standing]:
    """Return the standing of each of these organizations that exists (BR-19)."""
    found = Organization.objects.filter(pk__in=set(organization_ids)).order_by()
    rows = list(found.values_list("pk", "trial__pk"))
    standings = {pk: Standing(None) for pk, _trial_id in rows}
    trial_ids = [trial_id for _pk, trial_id in rows if trial_id is not None]
    if not trial_ids:
        return standings
    for trial in with_trial_facts(Trial.objects.filter(pk__in=trial_ids)):
        if trial.organization_id is not None:
            standings[trial.organization_id] = Standing(suspended_from(get_trial_facts(trial, last_login_at=None)))
    return standings


_FOREIGN = Refusal("foreign_organization", "organization: is not the organization of this key.")
_UNNAMED = Refusal("invalid", "organization: is missing; a platform key names it in each event.")
_SUSPENDED = Refusal("suspended", "organization: its trial has ended, so nothing of it is taken in.")
_UNKNOWN = Refusal("unknown_organization", "organization: there is none of this code.")


def _resolve_for_platform(codes: set[str | UnsetType]) -> dict[str | UnsetType, int | Refusal]:
    names = [code for code in codes if isinstance(code, str)]
    known = dict(Organization.objects.filter(code__in=names).order_by().values_list("code", "pk")) if names else {}
    answer: dict[str | UnsetType, int | Refusal] = {name: known.get(name, _UNKNOWN) for name in names}
    answer[UNSET] = _UNNAMED
    return answer
