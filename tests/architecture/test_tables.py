"""The shape of the tables: foreign keys point down the apps, and every row says whose it is."""

import re
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.db.models import Field, Model

FROM_THE_TOP = ["invoices", "usage", "subscriptions"]

# What belongs to no single organization: list prices and rates, taxes, who issues, the account above them, who asks to
# become one, what outlives it, and what staff keep for themselves.
REFERENCE = {
    "subscriptions.Account",
    "subscriptions.Approval",
    "subscriptions.AuthorityRate",
    "subscriptions.BankAccount",
    "subscriptions.Erasure",
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
    "invoices.NumberSeries",
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


def rank(model: type[Model]) -> int:
    return FROM_THE_TOP.index(model._meta.app_label)
