"""Finds rows by what people say on the telephone: a name, a number, an address."""

from collections.abc import Sequence
from functools import reduce
from operator import or_
from typing import Any

from django.contrib.admin.utils import get_fields_from_path
from django.db.models import IntegerField, Q, QuerySet

from subscriptions.models import Account, BillingContact, Organization

WORDS = 5
"""So many words of a search count; more would only be slower."""

FEW = 1000
"""So many rows are looked up by their keys; of more, the list is read in its order and each is compared."""

LARGEST_NUMBER = 2**63
"""From here on a database has no integers."""


def search_rows(
    rows: QuerySet[Any], *, words: str, lookups: Sequence[str], organization_path: str = ""
) -> QuerySet[Any]:
    """
    Return the rows in which each word is found: in one of the lookups, or in the organization at the path.

    Lookups are written as the admin's: `^number` begins with the word, `name` contains it, whatever the case.
    """
    for word in words.replace("\x00", "").split()[:WORDS]:
        found = [found for lookup in lookups for found in _found_by(rows, lookup, word)]
        if organization_path:
            found.append(_one_of(f"{organization_path}__in", find_organizations(word)))
        rows = rows.filter(reduce(or_, found, Q(pk__in=[])))
    return rows


def find_organizations(word: str) -> QuerySet[Any]:
    """Return the keys of the organizations that a word may mean: by name, code, account or billing contact."""
    by_name = Q(name__icontains=word) | Q(legal_name__icontains=word) | Q(code__icontains=word)
    accounts = Account.objects.filter(name__icontains=word).values("pk")
    contacts = BillingContact.objects.filter(Q(name__icontains=word) | Q(email__icontains=word))
    named = Organization.objects.order_by().filter(by_name).values("pk")
    # Asked one by one: a condition over several tables could not use the index of any of them.
    return named.union(
        Organization.objects.order_by().filter(account__in=accounts).values("pk"),
        contacts.values("organization_id"),
    )


def _found_by(rows: QuerySet[Any], lookup: str, word: str) -> list[Q]:
    """Return the rows that one lookup finds, asked alone: so that its own index serves it."""
    name = lookup.removeprefix("^")
    manner = "istartswith" if lookup.startswith("^") else "icontains"
    asked: dict[str, Any] = {f"{name}__{manner}": word}
    if isinstance(get_fields_from_path(rows.model, name)[-1], IntegerField):
        if not (word.isascii() and word.isdecimal() and int(word) < LARGEST_NUMBER):
            return []
        asked = {name: int(word)}
    return [_one_of("pk__in", rows.model.objects.order_by().filter(**asked).values("pk"))]


def _one_of(path: str, keys: QuerySet[Any]) -> Q:
    few = [key for row in keys[: FEW + 1] for key in row.values()]
    return Q(**{path: few if len(few) <= FEW else keys})
