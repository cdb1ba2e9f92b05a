"""Who asks: whoever lets a request in says so, and the nouns read only what that caller may."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from django.db.models import QuerySet
from django.http import Http404, HttpRequest
from ninja import Path
from pydantic import Field

from subscriptions.models import Organization

Code = Annotated[str, Path(description="The organization, by its code.", max_length=50, examples=["acme"])]
"""How an address names an organization."""


@dataclass(frozen=True, slots=True)
class Caller:
    """
    A program that was let in: for its one organization, or for all (None); when it asked, and how it is known.

    `name` tells callers apart: what one of them sent under an idempotency key is not another's.
    """

    organization: Organization | None
    asked_at: datetime
    name: str

    def list_organizations(self) -> QuerySet[Organization]:
        """Return the organizations that exist for it."""
        everyone = Organization.objects.all()
        return everyone if self.organization is None else everyone.filter(pk=self.organization.pk)


def caller_of(request: HttpRequest) -> Caller:
    """Return who was let in."""
    caller: Caller = request.auth  # type: ignore[attr-defined]
    return caller


def get_organization(request: HttpRequest, code: str) -> Organization:
    """
    Return the organization that an address names.

    :raises Http404: if it does not exist for the caller
    """
    caller = caller_of(request)
    if caller.organization is not None and caller.organization.code == code:
        return caller.organization
    # A NUL cannot be asked for.
    found = None if "\x00" in code else caller.list_organizations().filter(code=code).first()
    if found is None:
        raise Http404
    return found


Number = Annotated[int, Field(ge=1, le=2**31 - 1)]
"""A place in a list, from 1."""
