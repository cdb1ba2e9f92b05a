"""Everything that bears on a period, in the form that the meters read: what is frequent in columns."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from usage.domain.calls import Calls, calls_of
from usage.domain.codes import Codes
from usage.domain.events import INTERACTIVE_CLIENTS, Login, Logout, RareFacts, UsageFacts
from usage.domain.instants import microseconds
from usage.domain.sessions import SessionMarks, Sessions, Stretch, pair_sessions
from usage.domain.texts import texts_of


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class UsageColumns:
    """The sessions, the calls, and what is rarer; each may reach over the ends of the period."""

    sessions: Sessions
    calls: Calls
    rare: RareFacts


def columns_of(facts: UsageFacts) -> UsageColumns:
    """Return facts in columns."""
    stretch = Stretch(
        logins=marks_of([login for login in facts.logins if login.client in INTERACTIVE_CLIENTS]),
        logouts=marks_of(facts.logouts),
    )
    return UsageColumns(
        sessions=pair_sessions([stretch], deletions=facts.deletions, people=Codes()),
        calls=calls_of(facts.calls),
        rare=facts,
    )


def marks_of(facts: Sequence[Login | Logout]) -> SessionMarks:
    """Return logins or logouts in columns."""
    return SessionMarks(
        texts_of([fact.user for fact in facts]),
        texts_of([fact.session for fact in facts]),
        np.array([microseconds(fact.at) for fact in facts], np.int64),
    )
