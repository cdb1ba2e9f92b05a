"""
Several hosts: a site, a beat and two workers, each a machine of its own, over one PostgreSQL and one Redis.

    python -m benchmarks.hosts [--organizations 1000] [--cut 120]

They close a fleet. In the middle of it the host of a worker that is about to bill is cut off from the network, and
comes back later. In the end every period must have been billed exactly once, and the books must hold. The hosts are
network namespaces of this machine (Linux, as root): what crosses between them crosses a network, and one that is cut
off hears of nothing, not even that.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path
from typing import TypeVar

import redis

from benchmarks.__main__ import machine
from bin.servers import CheckError, install

RESULTS = Path(__file__).with_suffix(".md")
PROBE = "seatbill-probe"
BRIDGE, NETWORK = "seatbill0", "10.99.77"
SERVER = f"{NETWORK}.1"
POSTGRES, REDIS, SITE = 54329, 63799, 8000
MONTHS = 10
"""Periods of each agreement that are over: with the first advance, one document more."""
CUT_AT = 0.25
"""How much is billed when the host is cut off."""
PATIENCE = 1_800
Found = TypeVar("Found")


@dataclass(slots=True)
class Host:
    """A machine of its own, with its processes."""

    name: str
    address: str
    environment: dict[str, str]
    processes: "list[subprocess.Popen[bytes]]" = field(default_factory=list)

    def run(self, *command: str, log: Path) -> None:
        """Start a process on it."""
        with log.open("ab") as output:
            process = subprocess.Popen(
                ["ip", "netns", "exec", self.name, sys.executable, "-m", *command],
                env=os.environ | self.environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.processes.append(process)

    def cut_off(self) -> None:
        """Pull its cable: nobody is told."""
        ip("link", "set", f"{self.name}-out", "down")

    def plug_in(self) -> None:
        """Put the cable back."""
        ip("link", "set", f"{self.name}-out", "up")


def main() -> int:
    """Run it; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.hosts", description="Close a fleet on several hosts.")
    parser.add_argument("--organizations", type=int, default=1_000)
    parser.add_argument("--cut", type=int, default=120, metavar="SECONDS", help="how long one worker's host is cut off")
    options = parser.parse_args()
    try:
        lines = list(measure(options.organizations, cut=options.cut))
    except CheckError as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    RESULTS.write_text("\n".join(["# Several hosts", "", machine(), "", "| what | figure |", "|---|---|", *lines, ""]))
    return 0


def measure(organizations: int, *, cut: int) -> Iterator[str]:
    """Close a fleet while a worker's host is cut off, and yield what came of it as rows of a table."""
    if not has_ip():
        install("iproute2", purpose="there are no hosts")
    if hindrance := what_hinders():
        raise CheckError(hindrance)
    with ExitStack() as stack:
        var = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="seatbill-hosts-")))
        stack.enter_context(a_network())
        url = stack.enter_context(a_database())
        stack.enter_context(a_broker(var))
        shared = {
            "DATABASE_URL": url,
            "CELERY_BROKER_URL": f"redis://{SERVER}:{REDIS}/0",
            "SECRET_KEY": "of a fleet that lives for some minutes, and of nothing else",
            "ALLOWED_HOSTS": "*",
            "DJANGO_SETTINGS_MODULE": "billingsite.settings",
            "DEBUG": "False",
            "HTTPS": "False",
        }
        fleet = a_fleet(organizations, shared | {"SEATBILL_VAR": str(var / "here")})
        site, beat, one, two = (
            stack.enter_context(a_host(name, place, shared | {"SEATBILL_VAR": str(var / name)}))
            for place, name in enumerate(("site", "beat", "worker-1", "worker-2"), start=2)
        )
        address = ["--host", "0.0.0.0", "--port", str(SITE)]
        site.run("granian", "--interface", "wsgi", *address, "billingsite.wsgi:application", log=var / "site.log")
        for worker in (one, two):
            quiet = ["--without-gossip", "--without-mingle", "--hostname", f"{worker.name}@seatbill"]
            worker.run(
                *("celery", "-A", "billingsite", "worker", "--concurrency", "2", *quiet), log=var / f"{worker.name}.log"
            )
        beat.run("celery", "-A", "billingsite", "beat", "--schedule", str(var / "beat"), log=var / "beat.log")
        yield from cut_one_off(fleet, site, [one, two], cut=cut)


def cut_one_off(fleet: "Fleet", site: Host, workers: Sequence[Host], *, cut: int) -> Iterator[str]:
    """Cut a worker off that is about to bill, put it back after so many seconds, and yield what came of it as rows."""
    begun = time.monotonic()
    yield shown("organizations, each with periods to close", f"{fleet.organizations:,} × {fleet.months}")

    fleet.wait_until(lambda: fleet.billed() >= CUT_AT * fleet.documents)
    lost = fleet.wait_until(lambda: fleet.found_at_work(workers))
    lost.cut_off()
    before, cut_at = fleet.billed(), time.monotonic()
    print(f"  {lost.name} is cut off in the middle of a transaction", flush=True)
    answers, freed = [], None
    for second in every_second(cut):
        answers.append(asked(site))
        if freed is None and not fleet.found_at_work([lost]):
            freed = second
    during = fleet.billed() - before
    lost.plug_in()
    print(f"  {lost.name} is back", flush=True)
    if freed is None:
        raise CheckError(f"What {lost.name} had locked was still locked after {cut} s.")
    yield shown("seconds until the database took back what the lost worker had locked", f"{freed}")
    yield shown(f"documents issued while it was cut off for {cut} s", f"{during:,}")
    yield shown("the site answered meanwhile", f"{sum(answers)} of {len(answers)} times")
    if not during:
        raise CheckError("Nothing was billed while one of two workers was cut off.")

    fleet.wait_until(lambda: fleet.billed() >= fleet.documents)
    yield shown("documents issued in all", f"{fleet.billed():,} in {time.monotonic() - begun:.0f} s, the cut included")
    yield shown("seconds from the cut until everything was billed", f"{time.monotonic() - cut_at:.0f}")
    yield from fleet.looked_through()


def what_hinders() -> str:
    """Return why this machine makes no hosts, and what to do; empty if it does."""
    if sys.platform != "linux" or os.geteuid() != 0:
        return "Hosts are made of network namespaces: run it as root, on Linux."
    if not has_ip():
        return "Hosts are made by the program ip: install iproute2."
    # A container may forbid its root what hosts are made of.
    tried = subprocess.run(["ip", "netns", "add", PROBE], capture_output=True, text=True, check=False)
    if tried.returncode:
        return f"No network namespace can be made here: {tried.stderr.strip()}"
    ip("netns", "del", PROBE)
    return ""


def shown(what: str, figure: str) -> str:
    """Print a figure and return it as a row."""
    print(f"  {what}: {figure}", flush=True)
    return f"| {what} | {figure} |"


def every_second(count: int) -> Iterator[int]:
    """Yield as many times, a second apart."""
    begun = time.monotonic()
    for second in range(count):
        time.sleep(max(0.0, begun + second - time.monotonic()))
        yield second


def asked(site: Host) -> bool:
    """Tell whether the site answers that it is well."""
    caller = HTTPConnection(site.address, SITE, timeout=5)
    try:
        caller.request("GET", "/health")
        return caller.getresponse().status == 200
    except OSError:
        return False
    finally:
        caller.close()


def a_fleet(organizations: int, environment: dict[str, str]) -> "Fleet":
    """Make organizations in an empty database."""
    os.environ.update(environment)
    import django  # noqa: PLC0415 - the settings are known only now

    django.setup()
    from django.core.management import call_command  # noqa: PLC0415

    from benchmarks.fleet import make_fleet  # noqa: PLC0415

    print("  making the fleet", flush=True)
    call_command("migrate", verbosity=0)
    make_fleet(organizations, months=MONTHS)
    return Fleet(organizations, months=MONTHS)


class Fleet:
    """The organizations, and what is billed of them, as this process sees it in the database."""

    def __init__(self, organizations: int, *, months: int) -> None:
        """Know how many there are, and the documents of so many periods and the first advance of each."""
        self.organizations, self.months, self.documents = organizations, months, organizations * (months + 1)

    def billed(self) -> int:
        """Return how many documents are issued."""
        from invoices.models import Invoice  # noqa: PLC0415

        return Invoice.objects.count()

    def found_at_work(self, hosts: Sequence[Host]) -> Host | None:
        """Return one of some hosts that has a transaction open which has locked something."""
        from django.db import connection  # noqa: PLC0415

        statement = """
            SELECT host(a.client_addr) FROM pg_stat_activity a
            WHERE a.datname = current_database() AND a.xact_start IS NOT NULL
            AND a.client_addr IS NOT NULL AND a.backend_xid IS NOT NULL"""
        with connection.cursor() as cursor:
            cursor.execute(statement)
            at_work = {address for (address,) in cursor.fetchall()}
        return next((host for host in hosts if host.address in at_work), None)

    def wait_until(self, found: Callable[[], Found]) -> Found:
        """Return what is found, once it is."""
        deadline = time.monotonic() + PATIENCE
        while not (it := found()):
            if time.monotonic() > deadline:
                raise CheckError(f"{self.billed():,} of {self.documents:,} documents after {PATIENCE} s.")
            time.sleep(0.05)
        return it

    def looked_through(self) -> Iterator[str]:
        """Yield what the books say of it; raise CheckError if something was billed twice, skipped or is wrong."""
        from django.db.models import Count, Max, Min  # noqa: PLC0415

        from invoices.models import BillingCycle, Invoice  # noqa: PLC0415
        from invoices.services.books.verify import verify_books  # noqa: PLC0415
        from subscriptions.selectors.clock import database_now  # noqa: PLC0415

        closed = BillingCycle.objects.filter(state="closed").values("subscription").annotate(count=Count("pk"))
        each = closed.aggregate(least=Min("count"), most=Max("count"))
        if (len(closed), each["least"], each["most"]) != (self.organizations, self.months, self.months):
            raise CheckError(f"{len(closed)} organizations have {each['least']} to {each['most']} closed periods.")
        numbers = Invoice.objects.aggregate(count=Count("number", distinct=True))["count"]
        if (numbers, Invoice.objects.count()) != (self.documents, self.documents):
            raise CheckError(f"{Invoice.objects.count()} documents with {numbers} numbers, of {self.documents}.")
        yield shown("periods billed twice or skipped", "0")
        faults = [str(fault) for fault in verify_books(now=database_now())]
        if faults:
            raise CheckError("\n".join(["The books are wrong:", *faults[:20]]))
        yield shown("faults that `verify_books` finds", "0")


# --- The network and its servers --------------------------------------------------------------------------------------


def has_ip() -> bool:
    """Tell whether the program is there that changes the network."""
    return any((Path(folder) / "ip").exists() for folder in os.environ["PATH"].split(os.pathsep))


def ip(*arguments: str) -> None:
    """Change the network of this machine."""
    subprocess.run(["ip", *arguments], check=True)


@contextmanager
def a_network() -> Iterator[None]:
    """Make the network that all hosts hang on, with the servers' address in it."""
    ip("link", "add", BRIDGE, "type", "bridge")
    try:
        ip("addr", "add", f"{SERVER}/24", "dev", BRIDGE)
        ip("link", "set", BRIDGE, "up")
        yield
    finally:
        ip("link", "del", BRIDGE)


@contextmanager
def a_host(name: str, place: int, environment: dict[str, str]) -> Iterator[Host]:
    """Make a host with an address of its own; in the end its processes are gone with it."""
    host = Host(name=name, address=f"{NETWORK}.{place}", environment=environment)
    ip("netns", "add", name)
    try:
        ip("link", "add", f"{name}-out", "type", "veth", "peer", "name", "eth0", "netns", name)
        ip("link", "set", f"{name}-out", "master", BRIDGE, "up")
        ip("-n", name, "addr", "add", f"{host.address}/24", "dev", "eth0")
        ip("-n", name, "link", "set", "eth0", "up")
        ip("-n", name, "link", "set", "lo", "up")
        yield host
    finally:
        for process in host.processes:
            os.killpg(process.pid, 9)
            process.wait()
        ip("netns", "del", name)


@contextmanager
def a_database() -> Iterator[str]:
    """Start a PostgreSQL that every host may reach, and yield the address of an empty database of it."""
    from tests.faults.servers import own_postgres  # noqa: PLC0415 - a wheel that only checks need

    with own_postgres() as postgres, postgres.listening(SERVER, POSTGRES, network=f"{NETWORK}.0/24"):
        yield f"postgres://postgres@{SERVER}:{POSTGRES}/postgres"


@contextmanager
def a_broker(folder: Path) -> Iterator[None]:
    """Start a Redis that every host may reach."""
    nothing_kept: Sequence[str] = ["--save", "", "--appendonly", "no", "--dir", str(folder)]
    with subprocess.Popen(
        ["redis-server", "--bind", SERVER, "--port", str(REDIS), "--protected-mode", "no", *nothing_kept],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    ) as server:
        try:
            client = redis.Redis(host=SERVER, port=REDIS)
            for _try in range(200):
                try:
                    client.ping()
                    break
                except redis.RedisError:
                    time.sleep(0.05)
            yield
        finally:
            server.kill()


if __name__ == "__main__":
    sys.exit(main())
