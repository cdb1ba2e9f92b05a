"""What was consumed: fair use, call ports, voice and phone numbers (BR-40 to BR-43)."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from math import ceil

from tests.reference.clock import instant, local_day
from tests.reference.counting import TIERS
from tests.reference.money import half_up

RESOURCES = ["api-requests", "basic-ivr", "byoc-cloud", "data-storage", "voice-transcription"]
TIMED = {"basic-ivr": "ivr.completed", "byoc-cloud": "byoc.completed", "voice-transcription": "transcription.completed"}
NAMED = {
    "communicate": {
        "byoc-cloud": "1000", "data-storage": "5", "basic-ivr": "500", "api-requests": "10000",
        "voice-transcription": "100",
    },
    "purecloud-1": {"byoc-cloud": "5000", "data-storage": "17.5", "basic-ivr": "1750", "api-requests": "75000"},
    "purecloud-2": {"byoc-cloud": "5000", "data-storage": "25", "basic-ivr": "2500", "api-requests": "110000"},
    "purecloud-3": {
        "byoc-cloud": "5000", "data-storage": "32.5", "basic-ivr": "3250", "api-requests": "140000",
        "voice-transcription": "5000",
    },
}  # fmt: skip
CONCURRENT = {
    "communicate": NAMED["communicate"],
    "purecloud-1": {"byoc-cloud": "6500", "data-storage": "22.75", "basic-ivr": "2275", "api-requests": "97500"},
    "purecloud-2": {"byoc-cloud": "6500", "data-storage": "32.5", "basic-ivr": "3250", "api-requests": "143000"},
    "purecloud-3": {
        "byoc-cloud": "6500", "data-storage": "42.25", "basic-ivr": "4225", "api-requests": "182000",
        "voice-transcription": "6500",
    },
}  # fmt: skip


def allowance(license_code, resource, *, model, overrides):
    """Return what one license (one hour of a tier, where hours are billed) brings of a resource."""
    catalog = CONCURRENT if model == "concurrent" else NAMED
    stated = overrides.get(license_code, {}).get(resource, catalog.get(license_code, {}).get(resource, "0"))
    per_hour = 111 if model == "hourly" and license_code in TIERS else 1
    return Fraction(str(stated)) / per_hour


def over_allotment(facts, period, resource, *, seats, model, overrides):
    """Return the whole units of a resource that were used above the allotment; ``seats`` by license."""
    allotment = sum(
        number * allowance(code, resource, model=model, overrides=overrides) for code, number in seats.items()
    )
    return max(0, ceil(used(facts, period, resource) - allotment))


def used(facts, period, resource):
    """Return the minutes, requests or average gigabytes of a resource, exact."""
    if resource == "data-storage":
        return _average_storage(facts, period)
    kind, datum, unit = (
        ("api.requested", "count", 1) if resource == "api-requests" else (TIMED[resource], "seconds", 60)
    )
    events = [event for event in facts.of_type(kind) if period.holds(instant(event["time"]))]
    return sum((Fraction(str(event["data"][datum])) for event in events), Fraction(0)) / unit


def _average_storage(facts, period):
    readings = defaultdict(Fraction)
    for event in facts.of_type("storage.measured"):
        at = instant(event["time"])
        readings[at] = max(readings[at], Fraction(str(event["data"]["gigabytes"])))
    moments = sorted({period.start, period.end} | {at for at in readings if period.holds(at)})
    if period.start == period.end:
        return Fraction(0)
    area = Fraction(0)
    for since, till in pairwise(moments):
        known = [at for at in readings if at <= since]
        area += (readings[max(known)] if known else 0) * _seconds(till - since)
    return area / _seconds(period.end - period.start)


def excess_port_hours(facts, period, included):
    """Return the whole hours that ports above the included ones were busy (BR-41)."""
    busy = []
    for call in facts.of_type("call.completed"):
        ended = instant(call["time"])
        begun = ended - timedelta(microseconds=int(Fraction(str(call["data"]["seconds"])) * 1_000_000))
        busy.append((max(begun, period.start), min(ended, period.end)))
    busy = [(begun, ended) for begun, ended in busy if begun < ended]
    moments = sorted({moment for span in busy for moment in span})
    excess = Fraction(0)
    for since, till in pairwise(moments):
        calls = sum(begun <= since and till <= ended for begun, ended in busy)
        excess += max(0, calls - included) * _seconds(till - since)
    return ceil(excess / 3600)


def _seconds(length):
    return Fraction(length // timedelta(microseconds=1), 1_000_000)


@dataclass(frozen=True)
class Traffic:
    """What a voice line bears: adjusted minutes, and the sum of its calls at four decimals."""

    direction: str
    destination: str
    per_minute: Decimal
    minutes: Decimal
    amount: Decimal


def rated_calls(facts, period, deck):
    """Return the Traffic of the period, and whether a call matches no prefix (BR-42)."""
    minutes, amounts, unrated = defaultdict(Decimal), defaultdict(Decimal), False
    for call in facts.of_type("call.completed"):
        if deck is None or not period.holds(instant(call["time"])):
            continue
        data = call["data"]
        matching = [
            rate
            for rate in deck["rates"]
            if rate["direction"] == data["direction"] and data["remote"].startswith(rate["prefix"])
        ]
        if not matching:
            unrated = True
            continue
        rate = max(matching, key=lambda candidate: len(candidate["prefix"]))
        step = deck.get("increment_seconds", 6)
        adjusted = ceil(Fraction(str(data["seconds"])) / step) * step
        key = data["direction"], rate["destination"], Decimal(str(rate["per_minute"]))
        minutes[key] += Decimal(adjusted) / 60
        amounts[key] += half_up(Fraction(adjusted, 60) * Fraction(key[2]), 4)
    return [
        Traffic(direction, destination, _as_first_written(deck, key), minutes[key], amounts[key])
        for key in minutes
        for direction, destination, _ in [key]
    ], unrated


def _as_first_written(deck, key):
    """Return the rate of a line with the precision of the first prefix that has it."""
    found = [(rate["direction"], rate["destination"], Decimal(str(rate["per_minute"]))) for rate in deck["rates"]]
    return found[found.index(key)][2]


def number_setups(facts, period):
    """Return how many activations of each product the period holds (BR-43)."""
    found = defaultdict(int)
    for event in facts.of_type("number.activated"):
        if period.holds(instant(event["time"])):
            found[event["data"]["product"]] += 1
    return dict(found)


def number_days(facts, period, zone):
    """Return how many numbers of each (product, days active in the period) there were (BR-43)."""
    days_of = defaultdict(set)
    for event in facts.of_type("number.activated"):
        begun = instant(event["time"])
        if begun >= period.end:
            continue
        releases = [
            instant(other["time"])
            for other in facts.of_type("number.released")
            if other["subject"] == event["subject"]
            and other["data"]["product"] == event["data"]["product"]
            and instant(other["time"]) >= begun
        ]
        released_on = local_day(min(releases), zone) if releases else None
        each = max(period.first_day, local_day(begun, zone))
        while each <= period.last_day and (released_on is None or each < released_on):
            days_of[event["subject"], event["data"]["product"]].add(each)
            each += timedelta(days=1)
    found = defaultdict(int)
    for (_, product), days in days_of.items():
        found[product, len(days)] += 1
    return dict(found)
