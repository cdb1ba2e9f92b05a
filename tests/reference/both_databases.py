"""
Plays random stories on SQLite and on PostgreSQL, and compares every document, down to the last word on it.

    DATABASE_URL=postgres://… .venv/bin/python -m tests.reference.both_databases 200
"""

import argparse
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from typing import Any

import django
from django.conf import settings

ON_SQLITE = "sqlite://:memory:"


def documents_of(seed: int) -> dict[str, Any]:
    """Play a random story and return its result, and each document as it is printed and as it is kept."""
    from django.db import transaction  # noqa: PLC0415 - Django is set up by now
    from django.db.models import Min  # noqa: PLC0415

    from invoices.documents import get_invoice_document  # noqa: PLC0415
    from invoices.models import Invoice  # noqa: PLC0415
    from invoices.services.simulation.play import perform  # noqa: PLC0415
    from invoices.services.simulation.reading import parse_story  # noqa: PLC0415
    from invoices.services.simulation.result import get_result  # noqa: PLC0415
    from subscriptions.models import Order, Shipment  # noqa: PLC0415
    from tests.reference.stories import random_story  # noqa: PLC0415

    written = parse_story(random_story(seed))
    with transaction.atomic():
        result = get_result(written, perform(written.story))
        issued = Invoice.objects.order_by("issuing_entity", "document_type", "sequence")
        printed = [
            {"language": language} | asdict(get_invoice_document(invoice, language=language))
            for invoice in issued
            for language in ("en", "ja")
        ]
        kept = [
            {
                "number": invoice.number,
                "issued_at": invoice.issued_at,
                "frozen": invoice.frozen,
                "charge_keys": [line.charge_key for line in invoice.lines.order_by("position")],
                "rules": invoice.terms_snapshot.rule_version,
                "terms": invoice.terms_snapshot.terms,
            }
            for invoice in issued
        ]
        first = {
            model.__name__.lower(): model.objects.aggregate(Min("pk"))["pk__min"] or 0 for model in (Order, Shipment)
        }
        transaction.set_rollback(True)
    played = {"seed": seed, "result": result.as_json(), "printed": printed, "kept": kept}
    comparable: dict[str, Any] = json.loads(_without_keys(json.dumps(played, default=str), first))
    return comparable


def _without_keys(told: str, first: Mapping[str, int]) -> str:
    """Count orders from the first of the story, and forget which rows its rates are: PostgreSQL reuses no key."""
    counted = re.sub(r"\b(order|shipment)\|(\d+)", lambda key: f"{key[1]} {int(key[2]) - first[key[1]]}", told)
    return re.sub(r'("(latest_rate_id|rate_deck_version_id)": )\d+', r"\1true", counted)


def played_on(database_url: str, seeds: range) -> Iterator[dict[str, Any]]:
    """Begin to play stories in a process of its own, on a throwaway database of the kind that the address names."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.reference.both_databases", "--play", str(seeds.start), str(seeds.stop)],
        cwd=settings.BASE_DIR,
        env=dict(os.environ) | {"DATABASE_URL": database_url, "DJANGO_SETTINGS_MODULE": "tests.settings"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
    )
    return _read(process)


def _read(process: "subprocess.Popen[str]") -> Iterator[dict[str, Any]]:
    with process:
        assert process.stdout
        for line in process.stdout:
            yield json.loads(line)
    assert process.returncode == 0, "the stories could not be played; its errors stand above"


def compare(on_sqlite: Iterable[dict[str, Any]], on_postgresql: Iterable[dict[str, Any]]) -> tuple[int, list[str]]:
    """Return how many documents were compared, and one line for each place in which the two databases differ."""
    from invoices.services.simulation.result import differences  # noqa: PLC0415 - Django is set up by now

    documents, found = 0, list[str]()
    for sqlite, postgresql in zip(on_sqlite, on_postgresql, strict=True):
        documents += len(postgresql["kept"])
        found += [f"story {sqlite['seed']}: {line}" for line in differences(postgresql, sqlite)]
    return documents, found


def main() -> int:
    """Play stories, or compare them; return the exit status."""
    parser = argparse.ArgumentParser(description="Compare random stories on SQLite and on PostgreSQL.")
    parser.add_argument("stories", nargs="?", type=int, default=200, help="how many")
    parser.add_argument("--first", type=int, default=0, help="the number of the first story")
    parser.add_argument("--play", nargs=2, type=int, metavar=("FIRST", "END"), help="play them, as JSON")
    options = parser.parse_args()
    django.setup()
    if options.play:
        return _play(range(*options.play))
    began = time.monotonic()
    seeds = range(options.first, options.first + options.stories)
    documents, found = compare(played_on(ON_SQLITE, seeds), played_on(os.environ["DATABASE_URL"], seeds))
    sys.stdout.write("".join(f"{line}\n" for line in found))
    sys.stdout.write(
        f"{len(seeds)} stories, {documents} documents, {len(found)} differences, {time.monotonic() - began:.0f} s\n"
    )
    return 1 if found else 0


def _play(seeds: range) -> int:
    from invoices.services.simulation.stage import throwaway_database  # noqa: PLC0415 - Django is set up by now

    with throwaway_database():
        for seed in seeds:
            sys.stdout.write(json.dumps(documents_of(seed), sort_keys=True) + "\n")
    return 0


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    sys.exit(main())
