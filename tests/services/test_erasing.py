"""What is erased is gone from every table, is on record for ever, and never belongs to who pays (BR-19)."""

import json
from datetime import date

import pytest
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.db import DatabaseError, connection, transaction
from django.db.models import ProtectedError

from invoices.services.books.verify import verify_books
from invoices.services.sweeping import close_due_cycles
from subscriptions.choices import AuditOrigin, MailKind
from subscriptions.domain.audit import HOUSE
from subscriptions.models import (
    Account,
    AuditEntry,
    AuditWords,
    BillingContact,
    DeletionPermit,
    Erasure,
    ExemptionCertificate,
    Membership,
    Organization,
    OrganizationTax,
    OutgoingMail,
    Quote,
    QuotePdf,
    QuoteStep,
    TaxAuthority,
    TaxIdCheck,
    TrialRequest,
)
from subscriptions.services.audit_chain import find_chain_faults
from subscriptions.services.erasing import ErasureRefusedError, erase_person, erasure_of
from subscriptions.services.mailing import Letter, queue_mail
from subscriptions.services.origin import acting_from
from subscriptions.services.people import Permissions, invite
from subscriptions.services.tax_ids import record_tax_id_check
from subscriptions.services.trials import ask_for_removal
from tests.architecture.test_tables import foreign_keys, own_models
from tests.factories.quotes import ENABLEMENT, a_draft, accepted, an_agreement_draft, issued
from tests.factories.subscriptions import a_subscription, an_organization
from tests.factories.trials import a_person, a_trial, day
from tests.factories.usage import a_working_day, an_event, as_json, report
from usage.models import (
    EventIdentity,
    IngestionKey,
    LiveCount,
    LivePerson,
    LiveStretch,
    RejectedEvent,
    SnapshotUser,
    UsageEvent,
    UsageSnapshot,
)
from usage.services.decoding import decode_batch
from usage.services.erasing import erase_use
from usage.services.ingestion import ingest
from usage.services.keys import create_key
from usage.services.scope import Scope
from usage.services.trials import Done, sweep_trials

pytestmark = pytest.mark.django_db

# Everything of a trial; what else carries an organization comes with an agreement, and keeps it from being erased.
OF_A_TRIAL = {
    BillingContact,
    Membership,
    OrganizationTax,
    ExemptionCertificate,
    OutgoingMail,
    TaxIdCheck,
    Quote,
    QuoteStep,
    QuotePdf,
    IngestionKey,
    UsageEvent,
    EventIdentity,
    RejectedEvent,
    UsageSnapshot,
    SnapshotUser,
    LiveCount,
    LivePerson,
    LiveStretch,
}


def a_used_trial(code: str = "lantern"):
    """Return a trial with a row in every table that a trial can have one in."""
    trial = a_trial(code)
    organization = trial.organization
    report(organization, *a_working_day("ann", "2026-03-02"), *a_working_day("bob", "2019-03-02"))
    ingest(decode_batch(as_json(an_event(time=...))), scope=Scope(organization), now=day(2))
    create_key(organization=organization, name="Platform", created_by=None, now=day(1))
    snapshot = UsageSnapshot.objects.create(
        organization=organization, starts_at=day(0), ends_at=day(30), cutoff_at=day(30), quantities={}
    )
    SnapshotUser.objects.create(
        organization=organization,
        snapshot=snapshot,
        user="ann",
        license="",
        first_login_at=day(1),
        last_seen_at=day(1),
        seconds=1,
    )
    LiveCount.objects.create(organization=organization, watched_at=day(1))
    LivePerson.objects.create(
        organization=organization,
        user="ann",
        license="",
        add_ons="",
        first_login_at=day(1),
        last_seen_at=day(1),
        seconds=1,
        at_peak=False,
    )
    LiveStretch.objects.create(organization=organization, starts_at=day(0), ends_at=day(1), has_calls=False, packed=b"")
    OrganizationTax.objects.create(
        organization=organization, authority=TaxAuthority.objects.get_or_create(name="State")[0]
    )
    ExemptionCertificate.objects.create(organization=organization, number="1", valid_from=date(2026, 1, 1))
    queue_mail(
        Letter(
            organization_id=organization.pk,
            kind=MailKind.TRIAL_STORAGE,
            key=f"{MailKind.TRIAL_STORAGE}|finn@{code}.test",
            recipient=f"finn@{code}.test",
            language="en",
            context={},
        ),
        now=day(1),
    )
    record_tax_id_check(organization, now=day(1))
    offered = issued(an_agreement_draft(organization, items=[ENABLEMENT]), on=day(1))
    a_draft(organization, copy_of=offered)
    return trial


def remove(trial) -> None:
    ask_for_removal(trial.pk, asked_by=a_person("lead"), reason="They wrote to us.", now=day(5))
    assert [one.done for one in sweep_trials(now=day(5))] == [Done.REMOVED]


def rows_of(organization_id: int) -> dict[str, int]:
    """Return how many rows of every table carry an organization."""
    return {
        model._meta.label: model._base_manager.filter(organization_id=organization_id).count()
        for model in own_models()
        if "organization" in {field.name for field in foreign_keys(model)}
    }


# --- A trial ---------------------------------------------------------------------------------------------------------


def test_nothing_of_a_removed_trial_is_left_in_any_table():
    trial, other = a_used_trial(), a_used_trial("harbor")
    gone, stays = trial.organization_id, rows_of(other.organization_id)
    assert {model._meta.label for model in OF_A_TRIAL} <= {label for label, count in rows_of(gone).items() if count}

    remove(trial)

    kept = {label: count for label, count in rows_of(gone).items() if count}
    assert kept.keys() == {"subscriptions.AuditEntry", "subscriptions.AuditWords"}
    assert not Organization.objects.filter(pk=gone).exists()
    assert not Account.objects.filter(name="lantern group").exists()
    assert rows_of(other.organization_id) == stays
    assert not DeletionPermit.objects.exists()


def test_its_audit_trail_stays_whole_and_names_nobody():
    trial = a_used_trial()
    gone = trial.organization_id
    with acting_from(AuditOrigin.REQUEST, "192.0.2.1"):
        invite(
            organization=trial.organization,
            email="nora@elsewhere.test",
            permissions=Permissions(billing_subscription=True, billing_contact=False),
            invited_by=trial.requested_by,
            now=day(1),
        )
    before = AuditEntry.objects.filter(organization_id=gone).count()
    assert before >= 3

    remove(trial)

    entries = AuditEntry.objects.filter(organization_id=gone).order_by("sequence")
    # What was done stays; then that the removal was asked for, whose words went, and that everything was erased.
    assert entries.count() == before + 3
    assert [entry.deed for entry in entries][-3:] == ["removal_asked_for", "words_erased", "erased"]
    assert entries.get(deed="words_erased").subject_id == f"1-{before + 1}"
    words = " ".join(map(str, AuditWords.objects.values_list("facts", "reason", "place")))
    for name in ("lantern", "nora", "192.0.2.1", "finn"):
        assert name not in words.casefold()
    assert list(find_chain_faults(gone)) == []
    assert not [fault for fault in verify_books(now=None) if "trail" in f"{fault.where} {fault.what}"]


def test_what_is_left_bears_the_last_code():
    trial = a_used_trial()
    Organization.objects.filter(pk=trial.organization_id).update(code="lantern-2")

    remove(trial)

    trial.refresh_from_db()
    assert (trial.code, trial.organization) == ("lantern-2", None)


def test_the_record_says_who_when_why_and_how_much_but_not_who_it_was():
    trial = a_used_trial()

    remove(trial)

    erasure = Erasure.objects.get()
    assert (erasure.erased_by.username, erasure.erased_at) == ("lead", day(5))
    assert erasure.reason == "They wrote to us."
    assert erasure.rows["usage.UsageEvent"] == 6
    assert erasure.rows["usage.EventIdentity"] == 6
    assert erasure.rows["usage.RejectedEvent"] == 1
    assert erasure.rows["subscriptions.BillingContact"] == 1
    assert erasure.rows["auth.User"] == 1
    stored = json.dumps(list(Erasure.objects.values("reason", "rows", "trial__code", "trial__country")))
    assert "Finn" not in stored
    assert "Ada" not in stored


def test_its_people_are_erased_unless_they_belong_elsewhere_too():
    trial = a_used_trial()
    Membership.objects.create(organization=trial.organization, user=a_person("both", email="both@lantern.test"))
    Membership.objects.create(organization=an_organization("harbor"), user=User.objects.get(username="both"))
    trial.organization.csms.add(a_person("csm", is_staff=True))

    remove(trial)

    admin = trial.requested_by
    admin.refresh_from_db()
    assert (admin.username, admin.email, admin.first_name, admin.is_active) == (f"erased-{admin.pk}", "", "", False)
    assert User.objects.get(username="both").is_active
    assert User.objects.get(username="csm").is_active


def test_the_log_of_the_admin_keeps_who_did_what_but_no_names():
    trial = a_used_trial()
    entry = LogEntry.objects.create(
        user=a_person("csm"),
        content_type=ContentType.objects.get_for_model(Organization),
        object_id=str(trial.organization_id),
        object_repr="Lantern",
        action_flag=CHANGE,
        change_message=json.dumps([{"added": {"name": "contact", "object": "Finn Office <finn@lantern.test>"}}]),
    )

    remove(trial)

    entry.refresh_from_db()
    assert (entry.user.username, entry.object_repr, entry.change_message) == ("csm", "lantern", "")


def test_what_is_sent_for_a_removed_organization_is_of_nobody():
    trial = a_used_trial()
    remove(trial)

    outcome = ingest(decode_batch(as_json(an_event(organization="lantern"))), scope=Scope(None), now=day(6))

    assert [item.reason for item in outcome.rejected] == ["unknown_organization"]
    assert not UsageEvent.objects.exists()


# --- Who pays --------------------------------------------------------------------------------------------------------


def test_a_paid_organization_is_refused_and_keeps_everything():
    trial = a_used_trial()
    a_subscription(trial.organization)
    before = rows_of(trial.organization_id)

    with pytest.raises(ErasureRefusedError, match="subscription"):
        erase(trial)

    assert rows_of(trial.organization_id) == before
    assert not Erasure.objects.exists()


def test_who_has_accepted_a_quote_is_on_the_way_to_an_agreement_and_keeps_everything():
    trial = a_used_trial()
    accepted(an_agreement_draft(trial.organization), on=day(1))
    before = rows_of(trial.organization_id)

    with pytest.raises(ErasureRefusedError, match="quote"):
        erase(trial)

    assert rows_of(trial.organization_id) == before


def test_an_agreement_that_is_made_during_a_removal_undoes_all_of_it():
    trial = a_used_trial()
    organization = trial.organization
    before = rows_of(organization.pk)

    with pytest.raises(ProtectedError):
        erase(trial, meanwhile=lambda: a_subscription(organization))

    assert rows_of(organization.pk) == before
    assert UsageEvent.objects.filter(organization=organization).count() == 6


def test_the_database_itself_does_not_delete_who_has_an_agreement():
    subscription = a_subscription()
    report(subscription.organization, *a_working_day("ann", "2026-01-20"))
    close_due_cycles(now=day(0))
    organization = subscription.organization
    before = rows_of(organization.pk)
    assert before["invoices.Invoice"]

    with pytest.raises(DatabaseError):
        erase_by_sql(organization)

    assert rows_of(organization.pk) == before


# --- A person --------------------------------------------------------------------------------------------------------


def test_a_person_is_erased_wherever_they_are_named():
    trial = a_used_trial()
    lead = a_person("lead", is_staff=True)
    jorg = a_person("jörg", email="joerg@lantern.test", first_name="Jörg", last_name="Strüßmann")
    Membership.objects.create(organization=trial.organization, user=jorg, billing_contact=True)
    contact = BillingContact.objects.create(
        organization=trial.organization, name="Jörg Strüßmann", email="Joerg@lantern.test"
    )
    queue_mail(
        Letter(
            organization_id=trial.organization_id,
            kind=MailKind.TRIAL_WARNING,
            key=f"{MailKind.TRIAL_WARNING}|joerg@lantern.test",
            recipient="joerg@lantern.test",
            language="en",
            context={},
        ),
        now=day(1),
    )
    TrialRequest.objects.create(
        company="Jörg alone",
        contact_name="Jörg",
        email="joerg@lantern.test",
        country="DE",
        region="x",
        requested_at=day(1),
    )
    entry = LogEntry.objects.create(
        user=lead,
        content_type=ContentType.objects.get_for_model(Organization),
        object_id=str(trial.organization_id),
        object_repr="Lantern",
        action_flag=CHANGE,
        change_message=json.dumps([{"added": {"name": "billing contact", "object": str(contact)}}]),
    )
    events = UsageEvent.objects.count()

    with acting_from(AuditOrigin.REQUEST, "192.0.2.1"):
        create_key(organization=trial.organization, name="Platform two", created_by=jorg, now=day(2))
    create_key(organization=trial.organization, name="Platform three", created_by=lead, now=day(2))
    create_key(organization=None, name="For joerg@lantern.test", created_by=lead, now=day(2))

    erasure = erase_person(jorg.pk, erased_by=lead, reason="Asked us to on March 9.", now=day(9))

    words = " ".join(map(str, AuditWords.objects.values_list("facts", "reason", "place")))
    assert "Platform three" in words
    for name in ("joerg", "jörg", "192.0.2.1", "Platform two"):
        assert name not in words
    assert list(find_chain_faults(trial.organization_id)) == list(find_chain_faults(HOUSE)) == []
    jorg.refresh_from_db()
    assert (jorg.username, jorg.get_full_name(), jorg.email) == (f"erased-{jorg.pk}", "", "")
    assert not jorg.is_active
    assert not jorg.has_usable_password()
    assert not Membership.objects.filter(user=jorg).exists()
    assert not BillingContact.objects.filter(email__iexact="joerg@lantern.test").exists()
    assert not OutgoingMail.objects.filter(recipient="joerg@lantern.test").exists()
    assert not TrialRequest.objects.exists()
    entry.refresh_from_db()
    assert json.loads(entry.change_message) == [{"added": {"name": "billing contact", "object": "(erased)"}}]
    assert (erasure.person, erasure.erased_by, erasure.reason) == (jorg, lead, "Asked us to on March 9.")
    assert erasure.rows["subscriptions.Membership"] == 1
    # Others stay as they are, and so does what was used: it knows people by the platform's ids.
    assert Membership.objects.filter(organization=trial.organization).count() == 1
    assert BillingContact.objects.filter(organization=trial.organization).count() == 1
    assert UsageEvent.objects.count() == events


def test_a_person_without_an_address_takes_no_one_elses_along():
    trial = a_used_trial()
    a_person("nameless")
    before = rows_of(trial.organization_id)

    erase_person(User.objects.get(username="nameless").pk, erased_by=a_person("lead"), reason="Asked", now=day(9))

    assert rows_of(trial.organization_id) == before


def test_staff_are_not_erased():
    csm = a_person("csm", is_staff=True, email="csm@seatbill.test")

    with pytest.raises(ErasureRefusedError, match="staff"):
        erase_person(csm.pk, erased_by=csm, reason="Asked", now=day(9))

    csm.refresh_from_db()
    assert csm.email == "csm@seatbill.test"
    assert not Erasure.objects.exists()


# --- The record ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE subscriptions_erasure SET reason = 'Another'",
        "DELETE FROM subscriptions_erasure",
        {
            "sqlite": "INSERT OR REPLACE INTO subscriptions_erasure SELECT * FROM subscriptions_erasure",
            "postgresql": "TRUNCATE subscriptions_erasure",
        },
    ],
    ids=["one row changed", "one row deleted", "all rows at once"],
)
def test_the_record_is_kept_for_ever(statement):
    statement = statement if isinstance(statement, str) else statement[connection.vendor]
    remove(a_used_trial())
    before = list(Erasure.objects.values())
    check_foreign_keys()

    with pytest.raises(DatabaseError, match="kept for ever"), transaction.atomic():
        execute(statement)

    assert list(Erasure.objects.values()) == before


def erase(trial, *, meanwhile=lambda: None) -> None:
    """Erase a trial without asking whether it is due."""
    with transaction.atomic(), erasure_of(trial, erased_by=None, reason="Warned", now=day(5)) as rows:
        rows.update(erase_use(trial.organization_id))
        meanwhile()


def erase_by_sql(organization) -> None:
    """Delete an organization past everything that is written in Python."""
    with transaction.atomic():
        DeletionPermit.objects.create(organization=organization, reason="A mistake")
        for table in ("usage_usageevent", "usage_eventidentity", "subscriptions_deletionpermit"):
            delete_by_sql(table, "organization_id", organization.pk)
        delete_by_sql("subscriptions_organization", "id", organization.pk)
        check_foreign_keys()


def execute(statement: str, parameters: list[object] | None = None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)


def delete_by_sql(table: str, column: str, value: int) -> None:
    execute(f"DELETE FROM {table} WHERE {column} = %s", [value])


def check_foreign_keys() -> None:
    if connection.vendor == "postgresql":
        execute("SET CONSTRAINTS ALL IMMEDIATE")
    else:
        connection.check_constraints()
