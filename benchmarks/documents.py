"""P9: the PDF of an invoice beside bare WeasyPrint, and the file of its calls beside a bare `csv.writer`."""

import csv
import io
import os
import random
import subprocess
import sys
import warnings
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import weasyprint
from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation
from pypdf import PdfReader
from weasyprint.text.fonts import FontConfiguration

from benchmarks.figures import ROUNDS, Figure, Size, medians, seconds
from invoices.documents import get_invoice_document
from invoices.models import Invoice
from invoices.pdf import TEMPLATE, render_pdf
from invoices.services.reports import find_reported_period, make_report
from invoices.services.sweeping import close_due_cycles
from subscriptions.exports.csv_file import csv_lines
from subscriptions.exports.report import Report
from subscriptions.models import Subscription, VoiceRateDeck
from subscriptions.pdf.engine import PDF_VARIANT, OurFontsOnly
from subscriptions.services.rate_decks import renew_token
from tests.factories.subscriptions import a_subscription
from tests.factories.usage import a_working_day, an_event, report
from tests.faults.processes import database_url

DESTINATIONS = 58
"""So many lines of calls, with the seats about 60: two pages."""

BEGIN = datetime(2026, 1, 16, tzinfo=UTC)
CLOSED_AT = datetime(2026, 2, 17, tzinfo=UTC)
# What Linux counts memory in; macOS counts bytes.
A_MEGABYTE = 2**20 if sys.platform == "darwin" else 2**10

WRITE_ANNEX = """
import resource, sys
import django
django.setup()
from invoices.services.reports import find_reported_period, make_report
from subscriptions.exports.csv_file import csv_lines
from subscriptions.models import Subscription
from subscriptions.selectors.clock import database_now
agreement = Subscription.objects.get(pk=int(sys.argv[1]))
found = find_reported_period(agreement.organization, start=agreement.effective_date, now=database_now())
calls = make_report("voice-usage", found)
with open(sys.argv[2], "w") as file:
    file.writelines(csv_lines(calls.columns, calls.rows))
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def measure(size: Size) -> Iterator[Figure]:
    """Yield what the PDF and the file cost beside the bare tools, the memory of the file, and what the PDF shows."""
    subscription = close_a_period_of_calls(size.pick(full=20_000, smoke=500))
    invoice = Invoice.objects.get(subscription=subscription)
    calls = annex(subscription)
    rows = list(calls.rows)
    taken = medians(
        {"product": lambda: seconds(lambda: render(invoice)), "bare": bare_weasyprint(invoice)},
        rounds=size.pick(full=ROUNDS, smoke=1),
    )
    # More rounds, since each is short.
    taken |= medians(
        {
            "file": lambda: seconds(lambda: write_file(annex(subscription))),
            "writer": lambda: seconds(lambda: csv.writer(io.StringIO()).writerows(annex(subscription).rows)),
        },
        rounds=size.pick(full=3 * ROUNDS, smoke=1),
    )
    yield Figure(
        goal="P9",
        what=f"the PDF of an invoice of {invoice.lines.count()} lines, against bare WeasyPrint of the same HTML",
        value=taken["product"] / taken["bare"],
        at_most=1.1,
        remark=f"{taken['product']:.2f} s against {taken['bare']:.2f} s, reading the document included",
    )
    yield Figure(
        goal="P9",
        what=f"a file of {len(rows):,} calls, against `csv.writer` over the same rows",
        value=taken["file"] / taken["writer"],
        at_most=1.5,
        remark=f"{taken['file']:.2f} s against {taken['writer']:.2f} s, both reading and rating the calls",
    )
    yield Figure(
        goal="P9",
        what="memory of the process that writes that file, at its peak",
        value=peak_of_writing(subscription),
        unit="MB",
        at_most=300,
    )
    pdf = PdfReader(io.BytesIO(render(invoice)))
    text = " ".join(page.extract_text() for page in pdf.pages)
    yield Figure(
        goal="P9",
        what="calls that stand one by one in the PDF of that invoice",
        value=sum(str(row[0]) in text for row in rows),
        unit="calls",
        at_most=0,
        remark=f"{len(pdf.pages)} pages: the calls by destination",
    )


def close_a_period_of_calls(count: int) -> Subscription:
    """Return an agreement whose first period is billed: a seat, and calls to many destinations."""
    deck = VoiceRateDeck.objects.create(name="Benchmark", currency="USD")
    version = deck.versions.create(effective_date=date(2020, 1, 1))
    for place in range(DESTINATIONS):
        version.rates.create(
            direction="outbound",
            prefix=f"+{10 + place}",
            destination=f"Destination {place}",
            per_minute=Decimal("0.01") + Decimal(place) / 1000,
        )
    renew_token(version.pk)
    subscription = a_subscription(rate_deck=deck)
    chance = random.Random(1)
    calls = [
        an_event(
            id=f"call-{number}",
            type="call.completed",
            subject=f"call-{number:08}",
            time=(BEGIN + timedelta(seconds=chance.randrange(28 * 86_400))).isoformat(),
            data={
                "direction": "outbound",
                "remote": f"+{10 + number % DESTINATIONS}{chance.randrange(10**8):08}",
                "seconds": chance.randrange(1, 1800),
            },
        )
        for number in range(count)
    ]
    report(subscription.organization, *a_working_day("ann", "2026-01-20"), *calls)
    close_due_cycles(now=CLOSED_AT)
    return subscription


def annex(subscription: Subscription) -> Report:
    """Return the calls of the closed period as the portal hands them out."""
    found = find_reported_period(subscription.organization, start=subscription.effective_date, now=CLOSED_AT)
    assert found is not None
    return make_report("voice-usage", found)


def write_file(calls: Report) -> None:
    """Make the file, line by line."""
    for _line in csv_lines(calls.columns, calls.rows):
        pass


def render(invoice: Invoice) -> bytes:
    """Return the PDF as the sweep renders it."""
    return render_pdf(get_invoice_document(invoice, language=invoice.frozen["language"]))


def bare_weasyprint(invoice: Invoice) -> Callable[[], float]:
    """Return a way to render the same HTML with the same styles by WeasyPrint alone."""
    language = invoice.frozen["language"]
    document = get_invoice_document(invoice, language=language)
    with translation.override(language):
        source = render_to_string(TEMPLATE, {"document": document})
    fonts, styles = (render_to_string(f"subscriptions/pdf/{name}.css") for name in ("fonts", "document"))

    def write() -> bytes:
        fetcher = OurFontsOnly()
        configuration = FontConfiguration()
        sheets = [
            weasyprint.CSS(string=fonts, font_config=configuration, url_fetcher=fetcher),
            weasyprint.CSS(string=styles, url_fetcher=fetcher),
        ]
        html = weasyprint.HTML(string=source, url_fetcher=fetcher)
        return html.write_pdf(stylesheets=sheets, font_config=configuration, pdf_variant=PDF_VARIANT)

    with warnings.catch_warnings(action="ignore"):  # WeasyPrint leaves its color profile open
        assert write() == render(invoice)

    def timed() -> float:
        with warnings.catch_warnings(action="ignore"):
            return seconds(write)

    return timed


def peak_of_writing(subscription: Subscription) -> float:
    """Return the most memory, in MB, that a process of its own has while it writes the file of the calls."""
    environment = os.environ | {"DATABASE_URL": database_url(), "DJANGO_SETTINGS_MODULE": "billingsite.settings"}
    command = [sys.executable, "-c", WRITE_ANNEX, str(subscription.pk), os.devnull]
    done = subprocess.run(
        command, cwd=settings.BASE_DIR, env=environment, stdout=subprocess.PIPE, text=True, check=True
    )
    return int(done.stdout) / A_MEGABYTE
