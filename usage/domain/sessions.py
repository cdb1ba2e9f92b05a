"""Times logged in, in columns: logins paired with what ends them (BR-23)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from itertools import accumulate, pairwise

import numpy as np

from subscriptions.domain.period import Window
from usage.domain.codes import Codes
from usage.domain.events import UserFact
from usage.domain.instants import LAST, MICROSECOND, Numbers, Truths, instant_at, microseconds
from usage.domain.intervals import Interval
from usage.domain.spans import Marks, Spans, first_ends
from usage.domain.texts import Texts, texts_of, together

LONGEST_SESSION = timedelta(hours=24)
"""A session that nothing ended ends after this long (BR-23)."""

_NO_NUMBERS: Numbers = np.empty(0, np.int64)


@dataclass(frozen=True, slots=True, eq=False)
class SessionMarks:
    """Logins, or logouts: a row each, with its user and session."""

    users: Texts
    sessions: Texts
    at: Numbers

    @classmethod
    def joined(cls, parts: Sequence["SessionMarks"]) -> "SessionMarks":
        """Return the rows of some in one."""
        return cls(
            together([part.users for part in parts]),
            together([part.sessions for part in parts]),
            np.concatenate([part.at for part in parts]),
        )

    def of(self, rows: Numbers) -> "SessionMarks":
        """Return some of the rows."""
        if not len(rows):
            return NO_MARKS
        return SessionMarks(texts_of(self.users.at(rows)), texts_of(self.sessions.at(rows)), self.at[rows])


NO_MARKS = SessionMarks(texts_of([]), texts_of([]), _NO_NUMBERS)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Stretch:
    """
    The logins through the desktop, web or mobile client and the logouts of a stretch of time, in no order.

    What a later stretch holds happened at `until` or later.
    """

    logins: SessionMarks
    logouts: SessionMarks
    until: int = LAST


@dataclass(frozen=True, slots=True)
class Unended:
    """An interactive session that only the 24 hours closed, at `at`."""

    user: str
    session: str
    at: datetime


@dataclass(frozen=True, slots=True)
class TimesOfUser:
    """When a user first logged in and was last seen, and how long they were in, overlapping sessions once."""

    first_login_at: datetime
    last_seen_at: datetime
    logged_in: timedelta


@dataclass(frozen=True, eq=False, kw_only=True)
class Sessions(Mapping[str, Sequence[Interval]]):
    """
    The sessions of everyone, overlaps included; by user as intervals, for a few of them.

    The key of a span is its user's code among `people`, who may have none.
    """

    people: Codes
    spans: Spans
    unended: Sequence[Unended]

    def __getitem__(self, user: str) -> Sequence[Interval]:
        """Return the sessions of a user."""
        place = self.people.place(user)
        own = self.spans.of(self.spans.key == (-1 if place is None else place))
        if not len(own.key):
            raise KeyError(user)
        return own.intervals()

    def __iter__(self) -> Iterator[str]:
        """Yield the users who have sessions."""
        return iter(self.times)

    def __len__(self) -> int:
        """Return how many users have sessions."""
        return len(self.times)

    def within(self, window: Window) -> "Sessions":
        """Return the parts of the sessions inside a window, and those of them that only the 24 hours closed there."""
        unended = [found for found in self.unended if found.at in window]
        return Sessions(people=self.people, spans=self.spans.within(window), unended=unended)

    @cached_property
    def united(self) -> Spans:
        """Return the times at which each user was logged in, in order of user and time, overlapping sessions once."""
        return self.spans.united()

    def disjoint(self, users: Iterable[str]) -> Spans:
        """Return the times at which each of some users was logged in."""
        return self.united.of(self.people.among(users)[self.united.key])

    def users_in(self, spans: Spans, interval: Interval) -> frozenset[str]:
        """Return the users of those of some spans that reach into an interval."""
        there = (spans.start < microseconds(interval.end)) & (spans.end > microseconds(interval.start))
        names = list(self.people)
        return frozenset(names[place] for place in np.unique(spans.key[there]).tolist())

    @cached_property
    def times(self) -> Mapping[str, TimesOfUser]:
        """Return the times of each user who has sessions."""
        disjoint = self.united
        if not len(disjoint.key):
            return {}
        first = np.flatnonzero(np.concatenate(([True], disjoint.key[1:] != disjoint.key[:-1])))
        last = np.concatenate((first[1:], [len(disjoint.key)])) - 1
        names = list(self.people)
        columns = (
            disjoint.key[first],
            disjoint.start[first],
            disjoint.end[last],
            np.add.reduceat(disjoint.end - disjoint.start, first),
        )
        return {
            names[place]: TimesOfUser(instant_at(begun), instant_at(seen), timedelta(microseconds=spent))
            for place, begun, seen, spent in zip(*(column.tolist() for column in columns), strict=True)
        }


@dataclass(frozen=True, slots=True, eq=False)
class Ended:
    """Sessions that have ended, and those of them that only the 24 hours closed."""

    spans: Spans
    unended: Sequence[Unended]


@dataclass(slots=True, eq=False, kw_only=True)
class Pairing:
    """
    Pairs logins with what ends them, stretch after stretch of time: a logout, a deletion or the 24 hours (BR-23).

    `still_open` are the logins that nothing had ended by the end of the last stretch.
    """

    people: Codes
    deletions: Sequence[UserFact]
    still_open: SessionMarks = NO_MARKS

    def add(self, stretches: Iterable[Stretch]) -> Ended:
        """Return the sessions that end in some stretches; no more than one of them is held at once."""
        users = self.people.add([fact.user for fact in self.deletions]).tolist()
        gone = _marks([(user, microseconds(fact.at)) for user, fact in zip(users, self.deletions, strict=True)])
        found: list[Spans] = []
        unended: list[Unended] = []
        for stretch in stretches:
            logins = SessionMarks.joined([self.still_open, stretch.logins])
            user = _user_keys(logins, stretch.logouts, self.people)
            session = _session_keys(logins, stretch.logouts, user, len(self.people))
            end, is_unended = _ends(logins, stretch.logouts, user, session, gone)
            # A deletion is known beforehand: a logout of a later stretch may have come before it.
            is_open = end >= stretch.until
            found.append(Spans(user[: len(end)], logins.at, end).of(~is_open))
            unended += _unended(logins.of(np.flatnonzero(is_unended & ~is_open)))
            self.still_open = logins.of(np.flatnonzero(is_open))
        return Ended(stacked(found), unended)


def pair_sessions(stretches: Iterable[Stretch], *, deletions: Sequence[UserFact], people: Codes) -> Sessions:
    """
    Return the sessions that logins open, however long ago; they end with a logout, a deletion or the 24 hours (BR-23).

    The stretches come in order of time; no more than one of them is held at once.
    """
    ended = Pairing(people=people, deletions=deletions).add(stretches)
    return Sessions(people=people, spans=ended.spans, unended=ended.unended)


def pair_each(stretches: Sequence[Stretch], *, deletions: Sequence[Sequence[UserFact]]) -> list[Sessions]:
    """
    Return the sessions of each of some organizations, as `pair_sessions` does of one in one stretch, in one pass.

    What two of them call their users and sessions has nothing to do with each other.
    """
    logins = SessionMarks.joined([one.logins for one in stretches])
    logouts = SessionMarks.joined([one.logouts for one in stretches])
    user, first, people = _users_of_each(stretches, together([logins.users, logouts.users]))
    gone = [
        (begin + place, microseconds(fact.at))
        for begin, known, facts in zip(first, people, deletions, strict=True)
        for fact in facts
        if (place := known.place(fact.user)) is not None
    ]
    session = _session_keys(logins, logouts, user, sum(map(len, people)))
    end, is_unended = _ends(logins, logouts, user, session, _marks(gone))
    found = []
    bounds = pairwise(accumulate((len(one.logins.at) for one in stretches), initial=0))
    for one, known, begin, (start, stop) in zip(stretches, people, first, bounds, strict=True):
        spans = Spans(user[start:stop] - begin, logins.at[start:stop], end[start:stop])
        unended = _unended(one.logins.of(np.flatnonzero(is_unended[start:stop])))
        found.append(Sessions(people=known, spans=spans, unended=unended))
    return found


def _users_of_each(stretches: Sequence[Stretch], users: Texts) -> tuple[Numbers, list[int], list[Codes]]:
    """
    Return a number for the user of each login and then of each logout, and the first number and the users of each
    organization, whose numbers lie side by side.
    """
    counts = [len(marks.at) for marks in (*(one.logins for one in stretches), *(one.logouts for one in stretches))]
    of = np.repeat(np.tile(np.arange(len(stretches)), 2), counts)
    number, row = users.numbered()
    names = users.at(row.tolist())
    distinct, user = np.unique(of * len(names) + number, return_inverse=True)
    first = np.searchsorted(distinct, np.arange(len(stretches) + 1) * len(names)).tolist()
    own = [names[place] for place in (distinct % max(1, len(names))).tolist()]
    return user, first[:-1], [Codes(own[begin:end]) for begin, end in pairwise(first)]


def _marks(found: Sequence[tuple[int, int]]) -> Marks:
    return Marks(np.array([key for key, _at in found], np.int64), np.array([at for _key, at in found], np.int64))


def _ends(
    logins: SessionMarks, logouts: SessionMarks, user: Numbers, session: Numbers, gone: Marks
) -> tuple[Numbers, Truths]:
    """
    Return when each login ends, and whether only the 24 hours end it.

    `user` and `session` hold a number for that of each login and then of each logout, `gone` users who were deleted.
    """
    count = len(logins.at)
    ended = np.minimum(
        first_ends(Marks(session[:count], logins.at), Marks(session[count:], logouts.at)),
        first_ends(Marks(user[:count], logins.at), gone),
    )
    longest = logins.at + LONGEST_SESSION // MICROSECOND
    # An end reported at the 24th hour is an end: only its absence is worth a look.
    return np.minimum(ended, longest), ended > longest


def _user_keys(logins: SessionMarks, logouts: SessionMarks, people: Codes) -> Numbers:
    """Return the user of each login and logout."""
    users = together([logins.users, logouts.users])
    number, row = users.numbered()
    return people.add(users.at(row.tolist()))[number]


def _session_keys(logins: SessionMarks, logouts: SessionMarks, user: Numbers, users: int) -> Numbers:
    """Return a number for the session of each login and logout, of so many users: the same for the same."""
    session, row = together([logins.sessions, logouts.sessions]).numbered()
    if (user[row][session] != user).any():
        # Two users have a session of one name.
        session = np.unique(session * users + user, return_inverse=True)[1]
    return session


def _unended(logins: SessionMarks) -> list[Unended]:
    every = range(len(logins.at))
    ends = (instant_at(at) + LONGEST_SESSION for at in logins.at.tolist())
    return [Unended(*found) for found in zip(logins.users.at(every), logins.sessions.at(every), ends, strict=True)]


def stacked(spans: Sequence[Spans]) -> Spans:
    """Return the rows of several columns in one."""
    none = [_NO_NUMBERS]
    return Spans(
        np.concatenate([own.key for own in spans] or none),
        np.concatenate([own.start for own in spans] or none),
        np.concatenate([own.end for own in spans] or none),
    )
