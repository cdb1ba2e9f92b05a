"""Finds what one person did and held in a period, and what the meters make of it."""

from dataclasses import dataclass

from usage.domain.activity import Activity, activity
from usage.domain.known_period import KnownPeriod
from usage.domain.snapshot import PersonUse, count_usage
from usage.selectors import get_session_facts, get_state_facts


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
    """Return a person by the platform's id; None if they neither logged in nor held anything in the period."""
    facts = get_state_facts(known, user=user)
    sessions = get_session_facts(known, window=known.window, user=user)
    facts.logins.extend(sessions.logins)
    facts.logouts.extend(sessions.logouts)
    done = activity(facts, period=known.window)
    if not done.sessions and not done.held:
        return None
    # The meter that bills everyone, over one person: they are counted alike.
    count = count_usage(facts, terms=known.terms, period=known.period, window=known.window, deck=None)
    return FoundPerson(
        user=user,
        done=done,
        use=next(iter(count.people), None),
        add_ons=frozenset(add_on for add_on, holders in count.add_on_holders.items() if user in holders),
    )
