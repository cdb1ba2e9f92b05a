"""The events of a random story: people, calls, resources and numbers, told late, twice, or taken back."""

from datetime import timedelta, timezone

from tests.reference.clock import instant

INSTANT = timedelta(microseconds=1)
SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
SESSION_LENGTHS = [
    timedelta(0), INSTANT, SECOND, MINUTE, 30 * MINUTE, 30 * MINUTE - INSTANT, 30 * MINUTE + SECOND, HOUR,
    8 * HOUR, 8 * HOUR, DAY - SECOND, DAY, DAY + SECOND, 3 * DAY, None, None,
]  # fmt: skip
HOLDING_LENGTHS = [
    timedelta(0),
    SECOND,
    2 * HOUR,
    4 * HOUR - SECOND,
    4 * HOUR,
    DAY,
    10 * DAY,
    40 * DAY,
    None,
    None,
    None,
]
CALL_SECONDS = [0, 1, 6, 7, 34, 55, 60, 113, 1800, 3599, 3600, 7200, 90_000]
REMOTES = ["+12125550100", "+13105550100", "+33142278186", "+33612345678", "+4930123456", "+81355550100"]
CLIENTS = ["desktop", "desktop", "web", "mobile", "api", "integration"]


class EventTeller:
    """Tells what happened; `stops` are the instants at which periods begin."""

    def __init__(self, rng, *, stops, zone, grace, edition, licensing, tier, products):
        self.rng = rng
        self.stops, self.zone, self.grace = stops, zone, grace
        self.edition, self.licensing, self.tier, self.products = edition, licensing, tier, products
        self.told = []
        self.sessions = 0
        self.late = rng.choice([0, 10, 30, 90])
        self.repeated = rng.choice([0, 4, 4, 25])
        self.taken_back = rng.choice([0, 4, 4, 30, 70])
        # Where all happens early and is corrected late, what is left to invoice is negative.
        self.busy_periods = rng.choice([1, 2, len(stops) - 1, len(stops) - 1])

    def events(self):
        users = ["ann", "bob", "carl", "dora", "ed", "fay"][: self.rng.choice([0, 2, 3, 4, 6])]
        for user in users:
            self._licenses_of(user)
            self._sessions_of(user)
        if users:
            for _ in range(self.rng.choice([0, 1, 2, 3])):
                self._meeting(users)
            if self._chance(20):
                self._tell("user.deleted", self.rng.choice(users), self._moment())
        if self._chance(25):
            self._blink()
        if self.edition == "2016" or self._chance(10):
            self._queues(users)
        self._calls()
        self._resources()
        self._numbers()
        self._disturb()
        self.rng.shuffle(self.told)
        return self.told

    def _chance(self, percent):
        return self.rng.random() * 100 < percent

    def _moment(self):
        """Return an instant: somewhere in a busy period, or at the edge of one."""
        return self._moment_in(self.rng.randrange(min(self.busy_periods, len(self.stops) - 1)))

    def _any_moment(self):
        """Return an instant of any period, more likely one of the later ones."""
        places = range(len(self.stops) - 1)
        return self._moment_in(max(self.rng.choice(places), self.rng.choice(places)))

    def _moment_in(self, place):
        start, end = self.stops[place], self.stops[place + 1]
        if self._chance(55):
            return start + self.rng.randrange(int((end - start) / MINUTE)) * MINUTE
        edge = self.rng.choice(
            [timedelta(0), SECOND, -SECOND, -INSTANT, 30 * MINUTE, -30 * MINUTE, -4 * HOUR, -DAY, -DAY - SECOND, DAY]
        )
        return start + edge

    def _tell(self, kind, subject, at, **data):
        event = {
            "specversion": "1.0",
            "id": f"e-{len(self.told) + 1}",
            "source": "/platform",
            "type": kind,
            "subject": subject,
            "time": _written(at),
        }
        if data:
            event["data"] = data
        if self._chance(self.late):
            event["received"] = _written(self._receipt(at))
        self.told.append(event)
        return event

    def _receipt(self, at):
        """Return when a late (or early) event reaches us: at a cut-off, a second later, or periods later."""
        cutoffs = [stop + self.grace for stop in self.stops if stop + self.grace >= at] or [at]
        cutoff = cutoffs[min(self.rng.choice([0, 0, 0, 1, 2, 3, 4]), len(cutoffs) - 1)]
        return cutoff + self.rng.choice([timedelta(0), SECOND, SECOND, -SECOND, 3 * DAY, -2 * DAY])

    def _licenses_of(self, user):
        usual = [self.tier, self.tier, self.tier, "communicate", *self.products]
        if self._chance(92):
            begun = self.rng.choice([self.stops[0] - 5 * DAY, self.stops[0] - 5 * DAY, self.stops[0], self._moment()])
            self._tell("license.assigned", user, begun, product=self.rng.choice(usual))
        for _ in range(self.rng.choice([0, 0, 1, 2, 3])):
            product, begun = self.rng.choice(usual), self._moment()
            self._tell("license.assigned", user, begun, product=product)
            length = self.rng.choice(HOLDING_LENGTHS)
            if length is not None:
                self._tell("license.unassigned", user, begun + length, product=product)
            if self._chance(20):
                self._tell("license.assigned", user, begun + (length or HOUR), product=product)

    def _sessions_of(self, user):
        for _ in range(self.rng.choice([0, 1, 3, 5])):
            self._session(user, self._moment(), self.rng.choice(SESSION_LENGTHS))

    def _session(self, user, begun, length):
        self.sessions += self._chance(90)
        session = f"s-{self.sessions}"
        self._tell("user.logged_in", user, begun, session=session, client=self.rng.choice(CLIENTS))
        if length is not None:
            self._tell("user.logged_out", user, begun + length, session=session)

    def _blink(self):
        """Let somebody be in, and somebody else have a license, for the one instant at which a period begins."""
        begun = self.rng.choice(self.stops[:-1])
        self._tell("license.assigned", "gil", self.stops[0] - DAY, product=self.tier)
        self._session("gil", begun, timedelta(0))
        self._session("hal", begun - HOUR, 8 * HOUR)
        self._tell("license.assigned", "hal", begun, product=self.tier)
        self._tell("license.unassigned", "hal", begun, product=self.tier)

    def _meeting(self, users):
        """Let several people be in together for half an hour or nearly so, sometimes broken for a second."""
        begun = self._moment()
        for user in users:
            if not self._chance(80):
                continue
            length = self.rng.choice([30 * MINUTE, 30 * MINUTE, 30 * MINUTE - SECOND, 15 * MINUTE, HOUR])
            if self._chance(25):
                self._session(user, begun, 15 * MINUTE)
                self._session(user, begun + 15 * MINUTE + self.rng.choice([timedelta(0), SECOND]), length)
            else:
                self._session(user, begun, length)

    def _queues(self, users):
        for user in users:
            if self._chance(65):
                begun = self._moment()
                self._tell("queue.joined", user, begun)
                if self._chance(70):
                    self._tell("queue.left", user, begun + self.rng.choice([timedelta(0), SECOND, HOUR, 20 * DAY]))

    def _calls(self):
        for number in range(self.rng.choice([0, 0, 2, 5])):
            self._tell(
                "call.completed", f"c-{number}", self._moment(),
                direction=self.rng.choice(["outbound", "outbound", "inbound", "toll_free"]),
                remote=self.rng.choice(REMOTES),
                seconds=self.rng.choice(CALL_SECONDS),
            )  # fmt: skip
        if self.edition == "2016" and self._chance(50):
            ended = self._moment()
            for number in range(self.rng.choice([3, 6])):
                self._tell(
                    "call.completed", f"m-{number}", ended + self.rng.choice([timedelta(0), SECOND, 5 * MINUTE]),
                    direction="outbound", remote="+12125550100", seconds=self.rng.choice([3600, 3601, 1800]),
                )  # fmt: skip

    def _resources(self):
        for _ in range(self.rng.choice([0, 0, 1, 3])):
            kind = self.rng.choice(["ivr", "byoc", "transcription"])
            seconds = self.rng.choice([60, 61, 59, 6000, 6001, 180, 105_000, 105_001, 300_000])
            self._tell(f"{kind}.completed", "flow", self._moment(), seconds=seconds)
        for _ in range(self.rng.choice([0, 0, 1])):
            self._tell("api.requested", "app", self._moment(), count=self.rng.choice([0, 1, 101, 75_000, 400_000]))
        at = self._moment()
        for _ in range(self.rng.choice([0, 0, 1, 3])):
            self._tell("storage.measured", "disk", at, gigabytes=self.rng.choice([0, 1, "17.5", "100.000001", 70, 3]))
            if self._chance(60):
                at = self._moment()

    def _numbers(self):
        for number in range(self.rng.choice([0, 0, 1, 3])):
            subject, at = f"+1212555{number:04}", self._moment()
            product = self.rng.choice(["did-number", "did-number", "toll-free-number"])
            for _ in range(self.rng.choice([1, 2, 3, 5])):
                kind = self.rng.choice(["number.activated", "number.activated", "number.released"])
                self._tell(kind, subject, at, product=product)
                at += self.rng.choice([timedelta(0), SECOND, HOUR, DAY, 9 * DAY, 31 * DAY])
                if self._chance(10):
                    product = "toll-free-number"

    def _disturb(self):
        """Say things twice, differently, or take them back."""
        for event in list(self.told):
            if self._chance(self.repeated):
                self._say_again(event)
            if self._chance(self.taken_back):
                self._retract(event["source"], event["id"], self._any_moment())
        if self._chance(15):
            self._retract("/elsewhere", "never-sent", self._any_moment())
        for event in [told for told in self.told if told["type"] == "event.retracted"]:
            if self._chance(20):
                self._retract(event["source"], event["id"], self._any_moment())

    def _say_again(self, event):
        again = dict(event)
        again.pop("received", None)
        if self._chance(40):
            again["subject"] = f"{event['subject']}0" if event["type"].startswith("number") else "zoe"
        elif self._chance(30):
            again["time"] = _in_another_zone(event["time"])
        elif self._chance(20):
            again["source"] = "/elsewhere"
        shift = self.rng.choice([-3 * DAY, SECOND, HOUR, 31 * DAY])
        again["received"] = _written(instant(event.get("received", event["time"])) + shift)
        self.told.append(again)

    def _retract(self, source, event_id, at):
        self._tell("event.retracted", "correction", at, source=source, id=event_id)


def _in_another_zone(text):
    return instant(text).astimezone(timezone(timedelta(hours=5, minutes=30))).isoformat()


def _written(at):
    return at.isoformat().replace("+00:00", "Z")
