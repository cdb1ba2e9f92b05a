"""Whatever is done to the audit trail behind its back is found, column by column; what an erasure does is not."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.db.models import F
from django.test.utils import CaptureQueriesContext

from invoices.models import Invoice
from invoices.services.books.verify import verify_books
from invoices.services.sweeping import close_due_cycles
from subscriptions.choices import AuditKind, AuditOrigin
from subscriptions.domain.audit import HOUSE, NOTHING_BEFORE, numbers_as_text, ranges_of
from subscriptions.models import AuditEntry, AuditHead, AuditWords, Organization, SubscriptionChange
from subscriptions.selectors.audit_trail import columns_of
from subscriptions.services import audit_chain, auditing
from subscriptions.services.audit_chain import find_chain_faults, read_heads, write_heads
from subscriptions.services.audit_words import erase_words
from subscriptions.services.auditing import Deed, record, record_all
from subscriptions.services.origin import acting_from
from tests.factories.subscriptions import a_prepaid_subscription, an_organization
from tests.flushing import WITHOUT_TRIGGERS
from usage.services.keys import create_key

NOW = datetime(2026, 4, 15, 11, 30, 15, 123456, tzinfo=UTC)


@pytest.fixture(scope="module")
def db(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """Use the database for all tests of this file together, in one transaction."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.fixture(scope="module")
def organization(db: None) -> Organization:
    """An organization of five entries, a neighbor of as many, and three of the house."""
    somebody = User.objects.create_user("ann")
    organization = an_organization("harbor")
    other = an_organization("umbra")
    for number in range(5):
        with acting_from(AuditOrigin.REQUEST, "192.0.2.1"):
            record_all(a_deed(owner, number, by=somebody) for owner in (organization, other))
    record_all(a_deed(None, number, by=None) for number in range(3))
    return organization


def a_deed(owner: Organization | None, number: int, *, by: User | None) -> Deed:
    return Deed(
        organization_id=owner.pk if owner else None,
        kind=AuditKind.KEY,
        deed="key_made",
        subject=owner or User.objects.get(username="ann"),
        by=by,
        at=NOW + timedelta(seconds=number),
        facts={"name": f"Zoë ' “{number}”", "prefix": "ab"},
        reason="Asked for on the phone.",
    )


@pytest.fixture
def thawed(organization: Organization) -> Iterator[None]:
    """The database without what freezes the trail and the documents; what is done to them is taken back."""
    tables = [model._meta.db_table for model in (AuditEntry, AuditHead, AuditWords, Invoice)]
    with transaction.atomic(), connection.cursor() as cursor, ExitStack() as stack:
        stack.enter_context(WITHOUT_TRIGGERS[connection.vendor](cursor, tables))
        yield
        # The triggers come back with the transaction, and need not be made again.
        stack.pop_all()
        transaction.set_rollback(True)


def faults(organization: Organization | None, **witness: Any) -> list[str]:
    return list(find_chain_faults(organization.pk if organization else HOUSE, **witness))


def chain(organization: Organization) -> Any:
    return AuditEntry.objects.filter(organization=organization)


def test_chains_that_nobody_touched_are_whole(organization: Organization) -> None:
    assert faults(organization) == faults(None) == []
    assert list(chain(organization).order_by("pk").values_list("sequence", flat=True)) == [1, 2, 3, 4, 5]
    assert bytes(chain(organization).get(sequence=1).previous) == NOTHING_BEFORE
    entry = chain(organization).select_related("words").get(sequence=3)
    assert (entry.actor.username, entry.origin, entry.words.place) == ("ann", "request", "192.0.2.1")


# What is written into each column of an entry and of its words, in its place.
OTHERWISE: dict[str, Callable[[Any], Any]] = {
    "id": lambda entry: entry.pk + 1_000_000,
    "organization": lambda _entry: Organization(pk=9_999),
    "sequence": lambda entry: entry.sequence + 100,
    "at": lambda entry: entry.at + timedelta(microseconds=1),
    "kind": lambda _entry: "payment",
    "deed": lambda _entry: "key_revoked",
    "actor": lambda _entry: None,
    "origin": lambda _entry: "command",
    "subject_type": lambda _entry: "auth.user",
    "subject_id": lambda entry: f"{entry.subject_id}0",
    "words_digest": lambda _entry: b"\1" * 32,
    "previous": lambda _entry: b"\1" * 32,
    "digest": lambda _entry: b"\1" * 32,
}
WORDS_OTHERWISE: dict[str, Callable[[Any], Any]] = {
    "entry": lambda words: AuditEntry.objects.exclude(pk=words.pk).filter(words=None).first(),
    "organization": lambda _words: None,
    "salt": lambda _words: b"\1" * 16,
    "facts": lambda _words: "{}",
    "reason": lambda _words: "",
    "place": lambda _words: "192.0.2.99",
}


def test_every_column_is_tried() -> None:
    assert set(OTHERWISE) == {field.name for field in AuditEntry._meta.concrete_fields}
    assert set(WORDS_OTHERWISE) == {field.name for field in AuditWords._meta.concrete_fields}


@pytest.mark.parametrize("column", OTHERWISE)
@pytest.mark.parametrize("sequence", [1, 3, 5])
def test_an_edit_of_any_column_of_an_entry_is_found(
    column: str, sequence: int, organization: Organization, thawed: None
) -> None:
    entry = chain(organization).get(sequence=sequence)
    if column == "id":
        AuditWords.objects.filter(pk=entry.pk).delete()
    chain(organization).filter(sequence=sequence).update(**{column: OTHERWISE[column](entry)})

    assert faults(organization) != []


@pytest.mark.parametrize("column", WORDS_OTHERWISE)
def test_an_edit_of_any_column_of_its_words_is_found(column: str, organization: Organization, thawed: None) -> None:
    # Words of another entry go, so that these can be put in their place.
    AuditWords.objects.filter(entry__organization=organization, entry__sequence=4).delete()
    told = [f"the words of entry {number} are gone, and no erasure says so" for number in (2, 4)]
    assert faults(organization) == told[1:]
    words = AuditWords.objects.get(entry__organization=organization, entry__sequence=2)
    AuditWords.objects.filter(pk=words.pk).update(**{column: WORDS_OTHERWISE[column](words)})

    found = faults(organization)

    assert found == ["the words of entry 4 were changed", told[0]] if column == "entry" else told[1] in found
    assert len(found) == 2


def without(column: str, columns_of: Any) -> Any:
    def columns(row: Any, **options: Any) -> Any:
        found = columns_of(row, **options)
        return {name: value for name, value in found.items() if name not in {column, f"{column}_id"}}

    return columns


# Where an entry stands, and what its words were, is told by more than its digest.
OF_THE_DIGEST_ALONE = sorted(OTHERWISE.keys() - {"organization", "sequence", "previous", "digest", "words_digest"})


@pytest.mark.parametrize("column", OF_THE_DIGEST_ALONE)
def test_a_digest_without_a_column_would_let_its_edit_pass(
    column: str, organization: Organization, thawed: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So it is the digest that finds the edit, and it is over this column, too."""
    for module in (auditing, audit_chain):
        monkeypatch.setattr(module, "columns_of", without(column, columns_of))
    owner = an_organization("fresh")
    by = User.objects.get(username="ann")
    record_all(a_deed(owner, number, by=by) for number in range(3))
    entry = chain(owner).get(sequence=2)
    if column == "id":
        AuditWords.objects.filter(pk=entry.pk).delete()
    chain(owner).filter(sequence=2).update(**{column: OTHERWISE[column](entry)})

    assert [fault for fault in faults(owner) if "entry 2 was changed" in fault] == []


def delete(sequence: int) -> Callable[[Organization], None]:
    def act(organization: Organization) -> None:
        entry = chain(organization).get(sequence=sequence)
        AuditWords.objects.filter(pk=entry.pk).delete()
        chain(organization).filter(pk=entry.pk)._raw_delete(using="default")

    return act


def delete_and_close_the_gap(organization: Organization) -> None:
    delete(3)(organization)
    for sequence in (4, 5):
        chain(organization).filter(sequence=sequence).update(sequence=sequence - 1)
    AuditHead.objects.filter(chain=organization.pk).update(sequence=4)


def insert_a_copy(organization: Organization) -> None:
    for sequence in (5, 4):
        chain(organization).filter(sequence=sequence).update(sequence=sequence + 1)
    entry = chain(organization).select_related("words").get(sequence=3)
    words = entry.words
    entry.pk, entry.sequence = None, 4
    entry.save(force_insert=True)
    words.pk = entry.pk
    words.save(force_insert=True)


def append_a_forged_one(organization: Organization) -> None:
    entry = chain(organization).get(sequence=5)
    entry.pk, entry.sequence, entry.deed = None, 6, "key_revoked"
    entry.save(force_insert=True)


def swap(organization: Organization) -> None:
    for before, after in ((2, 90), (3, 2), (90, 3)):
        chain(organization).filter(sequence=before).update(sequence=after)


def take_the_head_away(organization: Organization) -> None:
    AuditHead.objects.filter(chain=organization.pk)._raw_delete(using="default")


def move_to_the_neighbor(organization: Organization) -> None:
    other = Organization.objects.get(code="umbra")
    for owner, sequence in ((organization, 99), (other, 3)):
        AuditEntry.objects.filter(organization=other, sequence=3).update(organization=owner, sequence=sequence)


PLANTED: dict[str, tuple[Callable[[Organization], None], str]] = {
    "the first one deleted": (delete(1), "entry 1 is missing"),
    "one in the middle deleted": (delete(3), "entry 3 is missing: 4 follows 2"),
    "the last one deleted": (delete(5), "its head is at entry 5, the chain ends at 4"),
    "one deleted, the gap closed": (delete_and_close_the_gap, "entry 3 does not follow the one before it"),
    "one inserted": (insert_a_copy, "entry 4 does not follow the one before it"),
    "one appended": (append_a_forged_one, "entry 6 does not follow the one before it"),
    "two in another order": (swap, "entry 2 does not follow the one before it"),
    "no head": (take_the_head_away, "the chain has no head"),
    "one of the neighbor's": (move_to_the_neighbor, "entry 6 is missing: 99 follows 5"),
}


@pytest.mark.parametrize("planted", PLANTED)
def test_what_was_planted_is_told(planted: str, organization: Organization, thawed: None) -> None:
    plant, words = PLANTED[planted]
    plant(organization)

    assert any(words in fault for fault in faults(organization)), faults(organization)


@pytest.mark.parametrize("planted", PLANTED)
def test_the_books_are_wrong_with_it(planted: str, organization: Organization, thawed: None) -> None:
    plant, words = PLANTED[planted]
    plant(organization)

    told = [str(fault) for fault in verify_books(now=None)]

    assert any(f"audit trail: {words}" in line for line in told), told


# --- Against heads that were written down ----------------------------------------------------------------------------


@pytest.fixture
def heads(organization: Organization, tmp_path: Path) -> Path:
    write_heads(tmp_path / "heads.csv")
    return tmp_path / "heads.csv"


def run(*options: str) -> tuple[int, str]:
    said, status = StringIO(), 0
    try:
        call_command("verify_audit", *options, stdout=said)
    except SystemExit as ended:
        status = int(ended.code or 0)
    return status, said.getvalue()


def test_heads_as_they_were_written_are_found_again_and_chains_may_go_on(
    organization: Organization, heads: Path, thawed: None
) -> None:
    record(a_deed(organization, 9, by=None))

    assert run("--heads", str(heads)) == (0, "3 chains were checked, 0 faults were found.\n")


def cut(organization: Organization, keep: int) -> None:
    """Cut a tail off, and set the head back, so that the chain by itself is whole."""
    for sequence in range(5, keep, -1):
        delete(sequence)(organization)
    last = chain(organization).filter(sequence=keep).first()
    AuditHead.objects.filter(chain=organization.pk).update(
        sequence=keep, digest=last.digest if last else NOTHING_BEFORE
    )


@pytest.mark.parametrize("keep", [4, 1, 0])
def test_a_tail_that_was_cut_off_is_told(keep: int, organization: Organization, heads: Path, thawed: None) -> None:
    cut(organization, keep)
    assert run() == (0, "3 chains were checked, 0 faults were found.\n")

    status, said = run("--heads", str(heads))

    assert status == 1
    assert f"harbor: entry 5 was written down, and the chain ends at {keep}: its tail was cut off" in said


def test_a_chain_that_was_written_anew_is_told(organization: Organization, heads: Path, thawed: None) -> None:
    cut(organization, 2)
    record_all(a_deed(organization, number, by=None) for number in range(40, 50))
    assert run("--organization", "harbor") == (0, "1 chains were checked, 0 faults were found.\n")

    status, said = run("--organization", "harbor", "--heads", str(heads))

    assert status == 1
    assert "harbor: entry 5 is not the one that was written down: the chain was written anew" in said


def test_a_chain_that_is_gone_as_a_whole_is_told(organization: Organization, heads: Path, thawed: None) -> None:
    cut(organization, 0)
    take_the_head_away(organization)
    assert run() == (0, "2 chains were checked, 0 faults were found.\n")

    assert "harbor: entry 5 was written down" in run("--heads", str(heads))[1]


def test_heads_are_exported_only_of_a_trail_that_is_whole(
    organization: Organization, tmp_path: Path, thawed: None
) -> None:
    status, said = run("--export", str(tmp_path / "heads.csv"))
    assert (status, "heads.csv: SHA-256 " in said) == (0, True)
    assert read_heads(tmp_path / "heads.csv")[organization.pk].sequence == 5
    chain(organization).filter(sequence=3).update(deed="key_revoked")

    status, said = run("--export", str(tmp_path / "other.csv"))

    assert (status, (tmp_path / "other.csv").exists()) == (1, False)
    assert said == "harbor: entry 3 was changed\n3 chains were checked, 1 faults were found.\n"


@pytest.mark.parametrize(
    ("written", "words"),
    [
        (None, "cannot be read: No such file or directory"),
        ("rubbish\n", "does not begin with chain,sequence,digest"),
        ("chain,sequence,digest\n1,2,ab\n1,x,ab\n", "is damaged at line 3"),
        ("chain,sequence,digest\n1,2\n", "is damaged at line 2"),
        ("chain,sequence,digest\n1,2,xyz\n", "is damaged at line 2"),
    ],
    ids=["none", "another", "a number", "a column", "a digest"],
)
def test_a_file_that_holds_no_heads_is_refused(
    written: str | None, words: str, organization: Organization, tmp_path: Path
) -> None:
    if written is not None:
        (tmp_path / "heads.csv").write_text(written)

    with pytest.raises(CommandError, match=words):
        run("--heads", str(tmp_path / "heads.csv"))


def test_no_such_organization(organization: Organization) -> None:
    with pytest.raises(CommandError, match="no organization with the code nobody"):
        run("--organization", "nobody")


# --- Words that were erased ------------------------------------------------------------------------------------------


def test_words_that_an_erasure_took_are_missed_by_nobody(organization: Organization, thawed: None) -> None:
    wanted = AuditWords.objects.filter(entry__sequence__in=[2, 3, 5]).values_list("pk", flat=True)

    erased = erase_words(list(wanted), by=None, now=NOW)

    assert erased == {"subscriptions.AuditWords": 8}
    assert faults(organization) == faults(None) == []
    assert chain(organization).get(sequence=6).subject_id == "2-3,5"
    assert chain(organization).filter(words=None).count() == 3
    AuditWords.objects.filter(entry__organization=organization, entry__sequence=1).delete()
    assert faults(organization) == ["the words of entry 1 are gone, and no erasure says so"]


@pytest.mark.parametrize(
    ("numbers", "text"), [([], ""), ([3], "3"), ([3, 4], "3-4"), ([1, 3, 4, 5, 9], "1,3-5,9")], ids=str
)
def test_numbers_as_ranges(numbers: list[int], text: str) -> None:
    assert numbers_as_text(numbers) == text
    assert [number for found in ranges_of(text) for number in found] == numbers


# --- Documents and changes without an entry --------------------------------------------------------------------------


def test_what_was_issued_or_changed_without_an_entry_is_told(organization: Organization, thawed: None) -> None:
    subscription = a_prepaid_subscription(organization)
    close_due_cycles(now=NOW)
    assert not [fault for fault in verify_books(now=None) if "audit" in fault.what]
    SubscriptionChange.objects.create(
        subscription=subscription,
        product_id="purecloud-3",
        effective_date="2026-03-15",
        commitment=9,
        recorded_at=NOW,
        reason="Behind our backs.",
    )
    invoice = Invoice.objects.filter(subscription=subscription).earliest("pk")
    Invoice.objects.filter(pk=invoice.pk).update(subtotal=F("subtotal") + 1, total=F("total") + 1)

    told = [str(fault) for fault in verify_books(now=None)]

    assert "change of purecloud-3: it has no entry in the audit trail" in told
    assert f"{invoice.number}: its entry in the audit trail says otherwise: amount" in told


# --- How entries are written -----------------------------------------------------------------------------------------


def test_many_deeds_take_as_many_statements_as_one(organization: Organization, thawed: None) -> None:
    counts = []
    for many in (1, 20):
        owners = [an_organization(f"fleet-{many}-{number}") for number in range(many)]
        record_all(a_deed(owner, 1, by=None) for owner in owners)
        with CaptureQueriesContext(connection) as queries:
            record_all(a_deed(owner, 2, by=None) for owner in owners)
        counts.append(len([query for query in queries if "SAVEPOINT" not in query["sql"]]))
    assert counts[0] == counts[1]
    assert counts[0] <= 6


def test_an_entry_goes_with_its_deed(organization: Organization) -> None:
    before = AuditHead.objects.get(chain=organization.pk).sequence
    with transaction.atomic():
        create_key(organization=organization, name="Platform", created_by=None, now=NOW)
        assert AuditHead.objects.get(chain=organization.pk).sequence == before + 1
        transaction.set_rollback(True)
    assert AuditHead.objects.get(chain=organization.pk).sequence == before
    assert faults(organization) == []
