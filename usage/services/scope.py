"""Whose events a sender may report."""

from collections.abc import Iterable
from dataclasses import dataclass

from msgspec import UNSET, UnsetType

from subscriptions.models import Organization


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


_FOREIGN = Refusal("foreign_organization", "organization: is not the organization of this key.")
_UNNAMED = Refusal("invalid", "organization: is missing; a platform key names it in each event.")
_UNKNOWN = Refusal("unknown_organization", "organization: there is none of this code.")


def _resolve_for_platform(codes: set[str | UnsetType]) -> dict[str | UnsetType, int | Refusal]:
    names = [code for code in codes if isinstance(code, str)]
    known = dict(Organization.objects.filter(code__in=names).values_list("code", "pk")) if names else {}
    answer: dict[str | UnsetType, int | Refusal] = {name: known.get(name, _UNKNOWN) for name in names}
    answer[UNSET] = _UNNAMED
    return answer
