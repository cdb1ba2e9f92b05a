"""The shape of the tables: foreign keys point down the apps, and every row says whose it is."""

import re
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.db import connection
from django.db.models import CompositePrimaryKey, Field, Model, UniqueConstraint

from usage.models import EventIdentity, UsageEvent

FROM_THE_TOP = ["invoices", "usage", "subscriptions"]

# What belongs to no single organization: list prices and rates, taxes, who issues, the account above them, who asks to
# become one, what outlives it (the head of its chain bears its key), what staff keep for themselves, what a bank says
# of many, which of our processes live, how busy senders are, what the accounting was handed and how it names accounts.
REFERENCE = {
    "subscriptions.Account",
    "subscriptions.Approval",
    "subscriptions.AuditHead",
    "subscriptions.AuthorityRate",
    "subscriptions.BankAccount",
    "subscriptions.Erasure",
    "subscriptions.Heartbeat",
    "subscriptions.IssuingEntity",
    "subscriptions.Organization",
    "subscriptions.Preferences",
    "subscriptions.PriceBook",
    "subscriptions.PriceBookEntry",
    "subscriptions.PriceImport",
    "subscriptions.Product",
    "subscriptions.SavedFilter",
    "subscriptions.TaxAuthority",
    "subscriptions.TrialRequest",
    "subscriptions.VoiceRate",
    "subscriptions.VoiceRateDeck",
    "subscriptions.VoiceRateDeckVersion",
    "usage.Throttle",
    "invoices.AccountCode",
    "invoices.BankFile",
    "invoices.BankFormat",
    "invoices.IssuingSwitch",
    "invoices.JournalExport",
    "invoices.NumberSeries",
    "invoices.OldInvoiceFile",
    "invoices.SeriesStart",
}
# Agreements are few and always read through their subscription, which names the organization.
PARTS_OF_A_SUBSCRIPTION = {
    "subscriptions.SubscriptionAllowance",
    "subscriptions.SubscriptionChange",
    "subscriptions.SubscriptionPrice",
}
# Quotes are few, too, and their parts are read with them.
PARTS_OF_A_QUOTE = {
    "subscriptions.QuoteAllowance",
    "subscriptions.QuoteItem",
    "subscriptions.QuotePrice",
}
# What is unique over all: the numbers of an issuing entity's series, the sequence of the trail of none, what a caller
# of the API names itself (a platform's belongs to no organization), what a gateway names a checkout or a notice, and
# what is made by chance or a digest that holds the organization.
KEYS_OVER_ALL_ORGANIZATIONS = {
    "invoices.BankLine identity",
    "invoices.CardPayment gateway, session",
    "invoices.CardPayment token",
    "invoices.GatewayNotice gateway, event",
    "invoices.Invoice issuing_entity, document_type, sequence",
    "invoices.Invoice issuing_entity, number",
    "subscriptions.AuditEntry sequence",
    "subscriptions.OutgoingMail key",
    "subscriptions.KeptAnswer caller, key",
    "subscriptions.Quote issuing_entity, sequence",
    "usage.IngestionKey prefix",
    "usage.RejectedEvent digest",
}


def test_foreign_keys_point_down_the_apps():
    upward = [
        f"{field} -> {field.related_model._meta.label}"
        for model in own_models()
        for field in foreign_keys(model)
        if field.related_model._meta.app_label in FROM_THE_TOP and rank(field.related_model) < rank(model)
    ]
    assert upward == []


def test_every_table_carries_its_organization():
    without = {
        model._meta.label
        for model in own_models()
        if "organization" not in {field.name for field in foreign_keys(model)}
    }
    assert without == REFERENCE | PARTS_OF_A_SUBSCRIPTION | PARTS_OF_A_QUOTE


def test_parts_of_a_subscription_and_of_a_quote_name_it():
    for owner, parts in (("subscription", PARTS_OF_A_SUBSCRIPTION), ("quote", PARTS_OF_A_QUOTE)):
        for label in parts:
            assert not apps.get_model(label)._meta.get_field(owner).null


def test_a_unique_key_is_of_one_organization():
    """So rows can be spread over machines by their organization: no key needs to be compared with another's."""
    shared = {
        f"{model._meta.label} {', '.join(key)}"
        for model in own_models()
        if model._meta.label not in REFERENCE
        for key in unique_keys(model)
        if key[0] != "organization" and not names_its_organization(model, key[0])
    }
    assert shared == KEYS_OVER_ALL_ORGANIZATIONS


def test_events_are_found_by_their_organization():
    for model in (EventIdentity, UsageEvent):
        indexes = [tuple(index.fields) for index in model._meta.indexes]
        assert {fields[0] for fields in (*indexes, *unique_keys(model))} == {"organization"}


@pytest.mark.django_db
def test_no_index_is_the_beginning_of_another():
    """It would cost every row that is written, and find nothing that the other one does not."""
    needless = []
    for model in own_models():
        conditions = {
            one.name: str(one.condition)
            for one in (*model._meta.indexes, *model._meta.constraints)
            if getattr(one, "condition", None)
        }
        with connection.cursor() as cursor:
            found = connection.introspection.get_constraints(cursor, model._meta.db_table)
        keys = {
            name: (conditions.get(name), one["columns"])
            for name, one in found.items()
            # Those of expressions and of the beginnings of texts are of another kind.
            if (one["index"] or one["unique"]) and one["columns"] and not name.endswith("_like")
        }
        needless += [
            f"{name} of {other}"
            for name, (condition, columns) in keys.items()
            for other, (its_condition, its_columns) in keys.items()
            if name != other and not found[name]["unique"]
            if condition == its_condition and columns == its_columns[: len(columns)]
        ]
    assert needless == []


def test_every_setting_from_the_environment_is_in_the_example():
    read = set(re.findall(r'env\.\w+\(\s*"([A-Z_]+)"', Path(settings.BASE_DIR, "billingsite/settings.py").read_text()))
    named = set(re.findall(r"^#? ?([A-Z_]+)=", Path(settings.BASE_DIR, ".env.example").read_text(), re.MULTILINE))
    assert read == named


def own_models() -> list[type[Model]]:
    return [
        model for label in FROM_THE_TOP for model in apps.get_app_config(label).get_models(include_auto_created=False)
    ]


def foreign_keys(model: type[Model]) -> list[Field]:
    fields = [*model._meta.fields, *model._meta.many_to_many]
    return [field for field in fields if field.remote_field is not None]


def unique_keys(model: type[Model]) -> list[tuple[str, ...]]:
    """Return the columns of each unique key that is not just a number or another row's."""
    primary = model._meta.pk
    keys = [tuple(key.fields) for key in model._meta.constraints if isinstance(key, UniqueConstraint) and key.fields]
    if isinstance(primary, CompositePrimaryKey):
        keys.append(tuple(model._meta.get_field(name).name for name in primary.field_names))
    return keys + [(field.name,) for field in model._meta.fields if field.unique and not field.primary_key]


def names_its_organization(model: type[Model], name: str) -> bool:
    """Tell whether a column refers to a row that carries an organization, or is a part of one that does."""
    owner = model._meta.get_field(name).related_model
    return owner is not None and owner._meta.label not in REFERENCE


def rank(model: type[Model]) -> int:
    return FROM_THE_TOP.index(model._meta.app_label)
