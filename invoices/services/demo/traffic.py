"""What an organization uses beside seats: calls, minutes, requests, storage and phone numbers, and what goes wrong."""

from datetime import date, datetime, timedelta

from invoices.services.demo.story import Story
from invoices.services.demo.telephony import own_numbers, remote_number
from subscriptions.domain.catalog import DID_NUMBER, TOLL_FREE_NUMBER
from subscriptions.domain.period import index_holding, period_start


def use(story: Story) -> None:
    """Write down everything that machines reported."""
    _activate_numbers(story)
    for day in story.days():
        _call(story, day)
        _use_resources(story, day)
    _make_mistakes(story)


def _call(story: Story, day: date) -> None:
    traffic, rng = story.customer.traffic, story.rng
    for _ in range(int(traffic.calls * story.pace(day) * rng.uniform(0.75, 1.25))):
        at = story.local(day, traffic.open_from) + timedelta(hours=rng.triangular(0.1, traffic.open_hours, 3))
        _report_call(story, at, seconds=int(rng.lognormvariate(5.0, 0.85)) + 9)
    if traffic.surge and (day.day == 17 or day == story.start + timedelta(days=5)):
        for hour in range(3):
            for _ in range(traffic.surge):
                at = story.local(day, 11 + hour) + story.minutes(0, 60)
                _report_call(story, at, seconds=int(traffic.surge_seconds * rng.uniform(0.6, 1.4)))


def _report_call(story: Story, at: datetime, *, seconds: int) -> None:
    traffic, rng = story.customer.traffic, story.rng
    toll_free = "toll_free" if traffic.toll_free_numbers else "inbound"
    direction = rng.choice(("outbound", "outbound", "inbound", "inbound", toll_free))
    foreign = direction == "outbound" and traffic.abroad and rng.random() < 0.06
    country = rng.choice(traffic.abroad) if foreign else traffic.home
    data = {"direction": direction, "remote": remote_number(rng, country), "seconds": seconds}
    if at < story.horizon:
        story.report("call.completed", f"call-{rng.getrandbits(40):010x}", at, data)


def _activate_numbers(story: Story) -> None:
    """Activate the numbers on the first day, but for one that comes and one that goes later."""
    traffic = story.customer.traffic
    for product, count, toll_free in (
        (DID_NUMBER, traffic.direct_numbers, False),
        (TOLL_FREE_NUMBER, traffic.toll_free_numbers, True),
    ):
        for place, number in enumerate(own_numbers(traffic.home, count, toll_free=toll_free)):
            later = place and place == count - 1
            day = story.some_day(0.35, 0.6) if later else story.start
            at = story.local(day, 10) + story.minutes(0, 30)
            story.report("number.activated", number, at, {"product": product})
            if place == 1 and count > 3:
                released = story.local(story.some_day(0.7, 0.9), 15)
                story.report("number.released", number, released, {"product": product})


def _use_resources(story: Story, day: date) -> None:
    traffic, rng, pace = story.customer.traffic, story.rng, story.pace(day)
    _measure_storage(story, day)
    for event_type, subject, minutes in (
        ("ivr.completed", "ivr", traffic.ivr_minutes),
        ("byoc.completed", "byoc", traffic.byoc_minutes),
        ("transcription.completed", "transcription", _transcription(story, day)),
    ):
        _use_minutes(story, event_type, subject, day, minutes * pace)
    for hour in (6, 12, 18, 23) if traffic.api_requests else ():
        at = story.local(day, hour) + story.minutes(1, 3)
        count = int(traffic.api_requests * pace * rng.uniform(0.18, 0.32))
        if count and at < story.horizon:
            story.report("api.requested", "api", at, {"count": count})


def _use_minutes(story: Story, event_type: str, subject: str, day: date, minutes: float) -> None:
    """Report a day's minutes every other hour: the platform adds up short recordings of one flow."""
    traffic, rng = story.customer.traffic, story.rng
    parts = max(1, traffic.open_hours // 2)
    for part in range(parts):
        at = story.local(day, traffic.open_from + 2 * part + 2) + story.minutes(0, 2)
        seconds = int(60 * minutes / parts * rng.uniform(0.7, 1.3))
        if seconds and at < story.horizon:
            story.report(event_type, f"{subject}-{rng.getrandbits(40):010x}", at, {"seconds": seconds})


def _transcription(story: Story, day: date) -> int:
    """Return the minutes of a day: none before the period that ended last began."""
    whole = index_holding(max(story.start, story.last_day), effective_date=story.start)
    switched_on = period_start(effective_date=story.start, index=max(0, whole - 1))
    return story.customer.traffic.transcription_minutes if day >= switched_on else 0


def _measure_storage(story: Story, day: date) -> None:
    traffic = story.customer.traffic
    at = story.local(day, 2.5)
    if not traffic.storage_gigabytes or at >= story.horizon:
        return
    stored = traffic.storage_gigabytes + traffic.storage_growth * (day - story.start).days + story.rng.uniform(-2, 2)
    story.report("storage.measured", "storage", at, {"gigabytes": f"{stored:.2f}"})


def _make_mistakes(story: Story) -> None:
    """
    Let the platform report what it should not have: a reading that it takes back, a call that we cannot take.

    The reading is a hundred times too high, for an hour; the call's number is withheld, and waits to be replayed.
    """
    wrong_on = story.some_day(0.5, 0.7)
    at = story.local(wrong_on, 14)
    if at + timedelta(hours=2) >= story.horizon:
        return
    gigabytes = f"{story.customer.traffic.storage_gigabytes * 100:.2f}"
    wrong = story.report("storage.measured", "storage", at, {"gigabytes": gigabytes})
    named = {"source": story.source, "id": wrong}
    story.report("event.retracted", "storage", at + timedelta(hours=1), named)
    if story.customer.traffic.surge:
        withheld = {"direction": "inbound", "remote": "anonymous", "seconds": 212}
        story.report("call.completed", f"call-{story.rng.getrandbits(40):010x}", at, withheld)
