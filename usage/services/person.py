"""Finds what one person did and held in a period, and what the meters make of it."""

from dataclasses import dataclass

from usage.domain.activity import Activity, activity
from usage.domain.bearing import SESSION_KINDS, pool_kinds
from usage.domain.known_period import KnownPeriod
from usage.domain.snapshot import PersonUse, count_usage
from usage.selectors.columns import Asked, AskedPeriod, get_usage_columns


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundPerson:
    """
    A person in a period.

    `use` is what the meters made of them, None if they never logged in; `add_ons` are those they count for.
    """

    user: str
    done: Activity
    use: PersonUse | None
    add_ons: frozenset[str]


def find_person(known: KnownPeriod, *, user: str) -> FoundPerson | None:
    """
    Return a person by the platform's id; None if they neither logged in nor held anything in the period.

    No event of anybody else is read.
    """
    asked = Asked(
        organization_id=known.organization_id,
        kinds=SESSION_KINDS | pool_kinds(known.terms),
        received_until=known.received_until,
        user=user,
    )
    columns = get_usage_columns(AskedPeriod(asked=asked, window=known.window, calls=known.window))
    done = activity(columns, period=known.window)
    if not done.sessions and not done.held:
        return None
    # The meter that bills everyone, over one person: they are counted alike.
    count = count_usage(columns, terms=known.terms, period=known.period, window=known.window, deck=None)
    return FoundPerson(
        user=user,
        done=done,
        use=next(iter(count.people), None),
        add_ons=frozenset(add_on for add_on, holders in count.add_on_holders.items() if user in holders),
    )
