"""Every form refuses texts that mislead, and its notes the numbers of payment cards."""

from collections.abc import Iterator

import pytest
from django import forms
from django.contrib import admin
from django.test import Client
from django.urls import reverse

import invoices.forms
import subscriptions.forms
import usage.forms
from subscriptions.admin.base import RowAdmin
from subscriptions.forms.texts import TextsForm, check_texts, validate_no_card_number, validate_readable
from subscriptions.models import Organization
from tests.admin.rows import Customer

ASK_AND_KEEP_NOTHING = {
    "invoices.forms.changes.ChangesFilterForm",
    *(f"invoices.forms.ageing.{name}" for name in ("AgeingForm", "AsOfForm")),
    *(
        f"invoices.forms.finance.reports.{name}"
        for name in ("OfIssuingEntity", "ReportForm", "MonthsForm", "BilledForm")
    ),
    *(
        f"invoices.forms.finance.reports.{name}"
        for name in ("RecurringForm", "CommitmentsForm", "DeferredForm", "JournalForm")
    ),
    "usage.forms.EventFilterForm",
    "usage.forms.RejectedFilterForm",
    "invoices.forms.what_if.WhatIfForm",
    "subscriptions.forms.members.FirstPasswordForm",
}
"""What is typed into them is looked for, or is a password, and not kept."""


def forms_of(parent: type[forms.Form]) -> Iterator[type[forms.Form]]:
    for form in parent.__subclasses__():
        if form.__module__.startswith(("subscriptions.", "usage.", "invoices.")):
            yield form
        yield from forms_of(form)


def test_every_form_that_keeps_what_is_typed_checks_it():
    assert invoices.forms
    assert subscriptions.forms
    assert usage.forms
    without = {
        f"{form.__module__}.{form.__name__}"
        for form in forms_of(forms.Form)
        if not issubclass(form, TextsForm) and form.__module__ != "subscriptions.forms.texts"
    }
    assert without == ASK_AND_KEEP_NOTHING


def test_every_page_of_the_admin_for_our_rows_checks_what_is_typed():
    ours = {"subscriptions", "usage", "invoices", "auth"}
    pages = [page for model, page in admin.site._registry.items() if model._meta.app_label in ours]
    assert [str(page) for page in pages if not isinstance(page, RowAdmin)] == []


def test_checks_are_added_once_and_never_to_passwords():
    fields = {
        "name": forms.CharField(),
        "note": forms.CharField(),
        "text": forms.CharField(widget=forms.Textarea),
        "password": forms.CharField(widget=forms.PasswordInput),
        "number": forms.IntegerField(),
    }
    for _ in range(3):
        check_texts(fields)
    ours = [validate_readable, validate_no_card_number]
    found = {name: [check for check in field.validators if check in ours] for name, field in fields.items()}
    assert found == {
        "name": [validate_readable],
        "note": [validate_readable, validate_no_card_number],
        "text": [validate_readable, validate_no_card_number],
        "password": [],
        "number": [],
    }


def test_a_name_that_reads_otherwise_than_it_is_written_is_refused(as_lead: Client, acme: Customer) -> None:
    url = reverse("admin:subscriptions_organization_change", args=[acme.organization.pk])
    answer = as_lead.post(url, {"name": "Acme\u202e.cnI", "legal_name": "Ac\u200bme"})
    errors = answer.context["adminform"].form.errors
    assert "U+202E" in errors["name"][0]
    assert "U+200B" in errors["legal_name"][0]
    assert Organization.objects.get(pk=acme.organization.pk).name == acme.organization.name


@pytest.mark.parametrize("reason", ["Paid by card 4111 1111 1111 1111", "4111-1111-1111-1111"])
def test_a_card_number_in_a_reason_is_refused_and_not_repeated(reason):
    class Form(TextsForm):
        reason = forms.CharField(widget=forms.Textarea)

    form = Form({"reason": reason})
    assert not form.is_valid()
    assert form.errors.as_data()["reason"][0].code == "card_number"
    assert "4111" not in str(form.errors)
