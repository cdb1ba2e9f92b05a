"""Chains that several transactions write at once have neither gap nor fork, and no two writers wait for each other."""

from datetime import UTC, datetime

import pytest
from django.db import transaction

from subscriptions.choices import AuditKind
from subscriptions.models import AuditEntry, AuditHead, Organization
from subscriptions.services.audit_chain import find_chain_faults
from subscriptions.services.auditing import Deed, record, record_all
from tests.factories.subscriptions import an_organization
from tests.together import at_once

pytestmark = pytest.mark.postgresql

NOW = datetime(2026, 4, 15, 11, 30, tzinfo=UTC)
ROUNDS = 12


def deed(owner: Organization | None, about: Organization) -> Deed:
    return Deed(
        organization_id=owner.pk if owner else None,
        kind=AuditKind.OTHER,
        deed="row_deleted",
        subject=about,
        by=None,
        at=NOW,
        facts={"row": "x"},
    )


def test_writers_of_the_same_chains_in_any_order_take_turns(committed_db):
    fleet = [an_organization(f"org-{number}") for number in range(6)]

    def write(owners):
        def act():
            for _round in range(ROUNDS):
                # As a chunk of the sweep: several organizations and the house at once, in whatever order.
                record_all(deed(owner, fleet[0]) for owner in owners)
            return True

        return act

    everything = [*fleet, None]
    made = at_once(write(everything), write(everything[::-1]), write([*fleet[3:], None, *fleet[:3]]), write(fleet[2:3]))

    assert made == [True] * 4
    for owner in everything:
        assert list(find_chain_faults(owner.pk if owner else 0)) == []
    lengths = {head.chain: head.sequence for head in AuditHead.objects.all()}
    assert lengths == {0: 3 * ROUNDS} | {owner.pk: (4 if owner is fleet[2] else 3) * ROUNDS for owner in fleet}


def test_a_chain_of_which_one_writer_gives_up_has_no_gap(committed_db):
    organization = an_organization()
    record(deed(organization, organization))

    def give_up():
        for _round in range(ROUNDS):
            with transaction.atomic():
                record(deed(organization, organization))
                transaction.set_rollback(True)
        return True

    def go_on():
        for _round in range(ROUNDS):
            record(deed(organization, organization))
        return True

    assert at_once(give_up, go_on) == [True, True]
    assert list(find_chain_faults(organization.pk)) == []
    sequences = (
        AuditEntry.objects.filter(organization=organization).order_by("sequence").values_list("sequence", flat=True)
    )
    assert list(sequences) == list(range(1, ROUNDS + 2))


def test_two_first_entries_at_once_begin_one_chain(committed_db):
    organization = an_organization()

    at_once(*[lambda: record(deed(organization, organization)).pk for _writer in range(4)])

    assert list(find_chain_faults(organization.pk)) == []
    assert AuditHead.objects.get(chain=organization.pk).sequence == 4
