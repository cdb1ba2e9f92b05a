"""The catalogs hold every word of the site, translated, and what Django reads is made of them."""

import re
from pathlib import Path

import pytest
from babel.messages import Catalog
from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext, ngettext

from billingsite.catalogs import Words, collect_words, find_catalogs, mo_bytes, po_bytes, read_catalog, updated

RUN = "run `manage.py makemessages`, translate what has no msgstr, and run it again"
CATALOGS = find_catalogs()
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|\{\w*\}|%%")


@pytest.fixture(scope="module", params=CATALOGS, ids=lambda path: path.parent.parent.name)
def path(request) -> Path:
    return request.param


@pytest.fixture(scope="module")
def catalog(path) -> Catalog:
    return read_catalog(path)


@pytest.fixture(scope="module")
def fresh(catalog) -> Catalog:
    return updated(catalog)


def test_there_is_a_catalog_for_each_language_but_that_of_the_code():
    languages = [code for code, _name in settings.LANGUAGES if code != settings.LANGUAGE_CODE]
    assert [path.parent.parent.name for path in CATALOGS] == sorted(languages)


def test_the_words_of_code_templates_models_rules_and_theme_are_collected():
    collected = collect_words("ja")
    words = {found.id for found in collected}
    assert {
        "Held",  # the code of the admin
        "Skip to the content",  # a template
        "legal name",  # a field of a model
        "Name the new commitment, the new price or both.",  # a rule, which knows nothing of Django
        "Return to site",  # the theme of the admin
        ("On its way to %(count)s contact.", "On its way to %(count)s contacts."),  # with a plural
    } <= words
    assert Words(place="invoices/admin/ledger.py", id="credit", context="ledger") in collected


def test_a_catalog_has_every_word_and_no_other(path, fresh):
    assert path.read_bytes().decode() == po_bytes(fresh).decode(), RUN


def test_every_word_is_translated(catalog):
    missing = [message.id for message in catalog if message.id and not all(texts(message))]
    assert missing == [], RUN


def test_no_translation_is_a_guess(catalog):
    assert [message.id for message in catalog if message.id and message.fuzzy] == []


def test_a_word_has_as_many_plural_forms_as_its_language(catalog):
    wrong = [message.id for message in catalog if message.pluralizable and len(message.string) != catalog.num_plurals]
    assert wrong == []


def test_a_translation_has_the_placeholders_of_its_word(catalog):
    wrong = [
        (text, message.id)
        for message in catalog
        if message.id
        for text in texts(message)
        if placeholders(text) != placeholders(message.id if isinstance(message.id, str) else message.id[-1])
    ]
    assert wrong == []


def test_what_django_reads_is_made_of_the_catalog(path, fresh):
    assert path.with_suffix(".mo").read_bytes() == mo_bytes(fresh), RUN


def test_django_finds_the_words_in_it():
    with translation.override("ja"):
        assert gettext("Invoice") == "請求書"
        words = ngettext("On its way to %(count)s contact.", "On its way to %(count)s contacts.", 2)
        assert words % {"count": 2} == "2名の担当者に送信しています。"


def texts(message) -> tuple[str, ...]:
    return (message.string,) if isinstance(message.string, str) else tuple(message.string)


def placeholders(text: str) -> set[str]:
    return set(PLACEHOLDER.findall(text))
