"""
The benchmark of several hosts on a little data: its story and accounts in this process, and hosts where they can be.

The whole takes minutes and a server of its own, so what is run here is each part of it.
"""

import threading
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from django.db import connection, connections, transaction

from benchmarks import hosts
from benchmarks.fleet import make_fleet, sweep_at
from benchmarks.hosts import Fleet, Host
from bin.servers import CheckError
from invoices.models import BillingCycle, Invoice
from invoices.services.sweeping import close_due_cycles

ORGANIZATIONS, MONTHS = 3, 2

a_database = pytest.mark.usefixtures("committed_db")


@pytest.fixture(autouse=True)
def _in_time(monkeypatch):
    """Let the last month be the one that was just closed, whatever day it is."""
    monkeypatch.setattr("subscriptions.selectors.clock.database_now", lambda: sweep_at(MONTHS - 1))


class Played(Fleet):
    """A fleet that is billed in this process, a month whenever somebody waits, and by one host in a second's time."""

    def __init__(self) -> None:
        """Make it."""
        make_fleet(ORGANIZATIONS, months=MONTHS)
        super().__init__(ORGANIZATIONS, months=MONTHS)
        self.closed, self.looks = 0, 0

    def close_a_month(self) -> None:
        """Bill what is due at the end of the next month."""
        close_due_cycles(now=sweep_at(self.closed))
        self.closed += 1

    def wait_until(self, found):
        while not (it := found()):
            assert self.closed <= MONTHS, "it is never found"
            self.close_a_month()
        return it

    def found_at_work(self, some):
        self.looks += 1
        if self.looks == 1:
            return some[-1]
        self.wait_until(lambda: self.closed >= min(self.looks, MONTHS))
        return None


class Wired(Host):
    """A host whose cable is only remembered."""

    def cut_off(self) -> None:
        self.processes.append("cut off")

    def plug_in(self) -> None:
        self.processes.append("plugged in")


@pytest.fixture
def site(monkeypatch):
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *args) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    monkeypatch.setattr(hosts, "SITE", server.server_port)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield Host(name="site", address="127.0.0.1", environment={})
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.mark.postgresql
@a_database
def test_its_story_is_told_in_rows(site, capsys):
    one, two = (Wired(name=name, address="10.0.0.1", environment={}) for name in ("one", "two"))

    rows = [row.strip("|").split(" | ") for row in hosts.cut_one_off(Played(), site, [one, two], cut=1)]

    told = {what.strip(): figure.strip() for what, figure in rows}
    assert told["organizations, each with periods to close"] == "3 × 2"
    assert told["the site answered meanwhile"] == "1 of 1 times"
    assert told["documents issued in all"].startswith("9 in ")
    assert (told["periods billed twice or skipped"], told["faults that `verify_books` finds"]) == ("0", "0")
    assert (one.processes, two.processes) == ([], ["cut off", "plugged in"])
    assert "two is cut off in the middle of a transaction" in capsys.readouterr().out


@pytest.mark.postgresql
@a_database
@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (lambda: Fleet(ORGANIZATIONS + 1, months=MONTHS), "3 organizations have 2 to 2 closed periods"),
        (lambda: Fleet(ORGANIZATIONS, months=MONTHS + 1), "3 organizations have 2 to 2 closed periods"),
    ],
    ids=["an organization is missing", "a period is missing"],
)
def test_what_was_skipped_is_no_success(wrong, words):
    played = Played()
    played.wait_until(lambda: played.billed() >= played.documents)
    assert BillingCycle.objects.filter(state="closed").count() == ORGANIZATIONS * MONTHS
    assert len(list(played.looked_through())) == 2

    with pytest.raises(CheckError, match=words):
        list(wrong().looked_through())


@pytest.mark.postgresql
@a_database
def test_what_is_still_to_be_billed_is_no_success():
    played = Played()
    played.close_a_month()
    assert played.billed() == Invoice.objects.count() < played.documents
    with pytest.raises(CheckError, match="closed periods"):
        list(played.looked_through())


def test_who_waits_in_vain_is_told(monkeypatch, db):
    monkeypatch.setattr(hosts, "PATIENCE", 0.1)
    with pytest.raises(CheckError, match="0 of 9 documents"):
        Fleet(ORGANIZATIONS, months=MONTHS).wait_until(lambda: False)


def test_a_site_that_does_not_answer_is_counted_as_such(site, monkeypatch):
    assert hosts.asked(site)
    monkeypatch.setattr(hosts, "SITE", 1)
    assert not hosts.asked(site)


@pytest.mark.postgresql
@a_database
def test_who_has_something_locked_is_found_by_its_address():
    """The address under which the server sees this process, if it comes by one; by a socket it has none."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT host(inet_client_addr())")
        (address,) = cursor.fetchone()
    me = Host(name="me", address=str(address), environment={})
    stranger = Host(name="stranger", address="10.255.255.1", environment={})
    fleet, at_work, looked = Fleet(0, months=0), threading.Event(), threading.Event()

    def work() -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT pg_current_xact_id()")
            at_work.set()
            looked.wait(10)
        connections.close_all()

    assert fleet.found_at_work([me, stranger]) is None
    worker = threading.Thread(target=work)
    worker.start()
    try:
        assert at_work.wait(10)
        assert fleet.found_at_work([stranger, me]) is (me if address else None)
        assert fleet.found_at_work([stranger]) is None
    finally:
        looked.set()
        worker.join()


def test_hosts_are_cut_off_and_put_back(monkeypatch, tmp_path):
    """Where this machine can make them; where it cannot, the summary of the tests says why this was not run."""
    if hindrance := hosts.what_hinders():
        pytest.skip(f"No host was cut off: {hindrance}")
    monkeypatch.setattr(hosts, "NETWORK", "10.99.78")
    monkeypatch.setattr(hosts, "SERVER", "10.99.78.1")
    monkeypatch.setattr(hosts, "BRIDGE", "seatbill-test")
    with ExitStack() as stack:
        stack.enter_context(hosts.a_network())
        site = stack.enter_context(hosts.a_host("sb-test", 2, {}))
        site.run(
            "http.server", "--directory", str(tmp_path), "--bind", site.address, str(hosts.SITE), log=tmp_path / "log"
        )
        (tmp_path / "health").touch()
        fleet = Fleet(0, months=0)
        assert fleet.wait_until(lambda: hosts.asked(site))
        site.cut_off()
        assert not hosts.asked(site)
        site.plug_in()
        assert fleet.wait_until(lambda: hosts.asked(site))
