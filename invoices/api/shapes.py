"""What this field's tools read of a subscription: camelCase, decimals as texts, and who is asked for."""

from datetime import UTC, date, datetime, timedelta
from typing import Annotated

from django.http import Http404, HttpRequest
from ninja import Schema
from pydantic import ConfigDict, Field
from pydantic.alias_generators import to_camel

from subscriptions.api.caller import caller_of, get_organization
from subscriptions.models import Organization

LANGUAGE = "en"
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

OrganizationCode = Annotated[
    str | None, Field(max_length=50, description="Whose; needed with a platform’s key, else the key’s own is meant.")
]


class CamelSchema(Schema):
    """A shape whose fields are written as JavaScript does."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)


class Named(CamelSchema):
    """Something with a name."""

    id: str
    name: str


def organization_of(request: HttpRequest, code: str | None) -> Organization:
    """
    Return the organization that is asked about: the one that is named, else the key's own.

    :raises Http404: if it does not exist for the caller, or none is named by who is for all of them
    """
    if code is not None:
        return get_organization(request, code)
    own = caller_of(request).organization
    if own is None:
        raise Http404
    return own


def at_midnight(day: date | None) -> str | None:
    """Write a day as these tools do: as its midnight in UTC."""
    return None if day is None else f"{day.isoformat()}T00:00:00Z"


def milliseconds(instant: datetime) -> int:
    """Write an instant in milliseconds since 1970."""
    return (instant - EPOCH) // timedelta(milliseconds=1)
