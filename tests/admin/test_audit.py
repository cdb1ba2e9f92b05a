"""What staff do leaves an entry with its values, its reason and from where; each reads what they may."""

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from subscriptions.choices import AuditKind
from subscriptions.models import AuditEntry, Organization
from subscriptions.selectors.clock import database_now
from subscriptions.services.audit_chain import find_chain_faults
from subscriptions.services.auditing import Deed, record
from tests.admin.rows import Customer
from tests.trail import trail_of

LIST = reverse("admin:subscriptions_auditentry_changelist")


def entries(**about: object) -> list[AuditEntry]:
    return list(AuditEntry.objects.filter(**about).select_related("words", "actor").order_by("pk"))


def form_of(browser: Client, url: str) -> dict[str, object]:
    """Return the form of a page as it is shown, to be sent again."""
    context = browser.get(url).context
    sent: dict[str, object] = {}
    for form in [
        context["adminform"].form,
        *(form for inline in context["inline_admin_formsets"] for form in inline.formset),
    ]:
        for field in form:
            value = field.value()
            if value is not None and value is not False:
                sent[field.html_name] = (
                    [str(getattr(one, "pk", one)) for one in value] if isinstance(value, list) else value
                )
    for inline in context["inline_admin_formsets"]:
        management = inline.formset.management_form
        sent |= {management.add_prefix(name): management[name].value() for name in management.fields}
    return sent


def test_a_form_leaves_its_values_before_and_after(as_csm: Client, csm: User, acme: Customer) -> None:
    url = reverse("admin:subscriptions_organization_change", args=[acme.organization.pk])
    answer = as_csm.post(url, form_of(as_csm, url) | {"legal_name": "Acme Holding, Inc."}, REMOTE_ADDR="192.0.2.5")
    assert answer.status_code == 302, answer.context["adminform"].form.errors

    (entry,) = entries(organization=acme.organization, deed="row_changed")
    assert (entry.kind, entry.actor, entry.origin, entry.words.place) == ("organization", csm, "request", "192.0.2.5")
    told = trail_of(acme.organization.pk)[0]
    assert "Legal name: Acme Holding, Inc. instead of" in told.what
    assert not list(find_chain_faults(acme.organization.pk))


def test_a_step_that_a_service_records_is_told_once_with_its_reason(as_csm: Client, acme: Customer) -> None:
    contact = acme.organization.billing_contacts.get()
    url = reverse("admin:subscriptions_organization_change_contact", args=[acme.organization.pk])
    before = len(entries(organization=acme.organization))
    body = {"contact": contact.pk, "action": "remove", "name": "", "email": "", "language": "en", "reason": "She left."}
    as_csm.post(url, body | {"confirmed": "yes"})

    new = entries(organization=acme.organization)[before:]
    assert [(entry.deed, entry.words.reason) for entry in new] == [("contact_changed", "She left.")]


def record_for_the_house() -> AuditEntry:
    return record(
        Deed(
            organization_id=None,
            kind=AuditKind.CATALOG,
            deed="row_deleted",
            subject=User(pk=1),
            by=None,
            at=database_now(),
            facts={"row": "A price of everybody"},
        )
    )


def test_a_csm_reads_what_is_about_their_organizations_only(as_csm: Client, acme: Customer, umbra: Customer) -> None:
    house = record_for_the_house()
    page = as_csm.get(LIST).content.decode()
    theirs = {str(entry.pk) for entry in entries(organization=acme.organization)}
    assert theirs
    assert {str(entry.pk) for entry in as_csm.get(LIST).context["cl"].result_list} == theirs
    assert "A price of everybody" not in page
    for entry in (house, *entries(organization=umbra.organization)):
        assert as_csm.get(reverse("admin:subscriptions_auditentry_change", args=[entry.pk])).status_code == 404


def test_a_lead_reads_everything_and_finds_one_organization_from_its_page(
    as_lead: Client, acme: Customer, umbra: Customer
) -> None:
    house = record_for_the_house()
    assert "A price of everybody" in as_lead.get(LIST).content.decode()
    page = as_lead.get(reverse("admin:subscriptions_auditentry_change", args=[house.pk])).content.decode()
    assert bytes(house.digest).hex(" ", 4) in page
    overview = as_lead.get(reverse("admin:subscriptions_organization_overview", args=[acme.organization.pk]))
    link = f"{LIST}?organization__id__exact={acme.organization.pk}"
    assert link in overview.content.decode()
    listed = as_lead.get(link).context["cl"].result_list
    assert {entry.organization_id for entry in listed} == {acme.organization.pk}


def test_the_entries_of_a_removed_organization_are_read_by_its_number(as_lead: Client, acme: Customer) -> None:
    entry = record(
        Deed(
            organization_id=987_654,
            kind=AuditKind.ERASURE,
            deed="row_deleted",
            subject=Organization(pk=987_654),
            by=None,
            at=database_now(),
            facts={"row": "Gone"},
        )
    )
    for url in (LIST, reverse("admin:subscriptions_auditentry_change", args=[entry.pk])):
        assert "Organization 987654, removed" in as_lead.get(url).content.decode()


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_it_is_taken_along_as_a_file(ending: str, as_lead: Client, acme: Customer) -> None:
    answer = as_lead.get(reverse("admin:subscriptions_auditentry_export", args=[ending]))
    assert answer.status_code == 200
    assert len(answer.getvalue()) > 100


def test_no_password_ever_stands_in_it(as_superuser: Client, superuser: User) -> None:
    as_superuser.post("/account/reauthenticate/", {"password": "secret"})
    typed = {"password1": "Tr0ub4dor-and-3", "password2": "Tr0ub4dor-and-3", "usable_password": "true"}
    as_superuser.post(reverse("admin:auth_user_add"), {"username": "new"} | typed)
    made = User.objects.get(username="new")
    as_superuser.post(reverse("admin:auth_user_password_change", args=[made.pk]), typed)

    told = entries(subject_type="auth.user", subject_id=str(made.pk))
    assert [(entry.deed, entry.kind, entry.actor) for entry in told] == [
        ("row_added", "permission", superuser),
        ("row_changed", "permission", superuser),
    ]
    assert "Username: new" in told[0].words.facts
    assert "Tr0ub4dor" not in "".join(entry.words.facts for entry in told)


def test_a_role_that_is_given_is_told(as_superuser: Client, superuser: User) -> None:
    as_superuser.post("/account/reauthenticate/", {"password": "secret"})
    somebody = User.objects.create_user("somebody")
    url = reverse("admin:auth_user_change", args=[somebody.pk])
    answer = as_superuser.post(url, form_of(as_superuser, url) | {"is_staff": "on"})
    assert answer.status_code == 302, answer.context["adminform"].form.errors

    (entry,) = entries(subject_type="auth.user", subject_id=str(somebody.pk))
    assert "Staff status: yes instead of no" in entry.words.facts


def test_an_assignment_is_told_with_who_had_it_before(as_superuser: Client, csm: User, acme: Customer) -> None:
    as_superuser.post("/account/reauthenticate/", {"password": "secret"})
    other = User.objects.create_user("other-csm", is_staff=True)
    url = reverse("admin:subscriptions_organization_change", args=[acme.organization.pk])
    answer = as_superuser.post(url, form_of(as_superuser, url) | {"csms": [str(other.pk)]})
    assert answer.status_code == 302, answer.context["adminform"].form.errors

    told = trail_of(acme.organization.pk)[0].what
    assert f"other-csm instead of {csm.username}" in told
