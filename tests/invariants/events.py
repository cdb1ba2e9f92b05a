"""An event is stored once, for ever, and so is its identity (BR-25)."""

from django.db.models import Count

from usage.models import EventIdentity, UsageEvent


def assert_events_are_stored_once() -> None:
    """Assert that each identity has one event and each event an identity, organization by organization."""
    events = UsageEvent.objects.values("organization_id").order_by("organization_id")
    stored = events.annotate(all=Count("pk"), distinct=Count("identity", distinct=True))
    counted = {row["organization_id"]: (row["all"], row["distinct"]) for row in stored}
    identities = EventIdentity.objects.values("organization_id").annotate(all=Count("identity"))
    known = {row["organization_id"]: (row["all"], row["all"]) for row in identities}
    assert counted == known
