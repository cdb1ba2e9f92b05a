"""Finds rows by what people say on the telephone: a name, a number, an address."""

from collections.abc import Sequence
from functools import reduce
from operator import or_
from typing import Any

from django.contrib.admin.utils import get_fields_from_path
from django.db.models import Exists, IntegerField, OuterRef, Q, QuerySet

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
            found.append(_found_by_organization(organization_path, word))
        rows = rows.filter(reduce(or_, found, Q(pk__in=[])))
    return rows


def _found_by(rows: QuerySet[Any], lookup: str, word: str) -> list[Q]:
    """Return the rows that one lookup finds, asked alone: so that its own index serves it."""
    name = lookup.removeprefix("^")
    manner = "istartswith" if lookup.startswith("^") else "icontains"
    asked: dict[str, Any] = {f"{name}__{manner}": word}
    if isinstance(get_fields_from_path(rows.model, name)[-1], IntegerField):
        if not (word.isascii() and word.isdecimal() and int(word) < LARGEST_NUMBER):
            return []
        asked = {name: int(word)}
    every = rows.model.objects.order_by().filter(**asked)
    keys = _few(every.values("pk"))
    if keys is not None:
        return [Q(pk__in=keys)]
    return [Q(Exists(every.filter(pk=OuterRef("pk")))) if "__" in name else Q(**asked)]


def _found_by_organization(path: str, word: str) -> Q:
    """Return the rows of the organizations that a word may mean: by name, code, account or billing contact."""
    organizations, contacts = Organization.objects.order_by(), BillingContact.objects.order_by()
    named = Q(name__icontains=word) | Q(legal_name__icontains=word) | Q(code__icontains=word)
    accounts = Account.objects.filter(name__icontains=word)
    contacts = contacts.filter(Q(name__icontains=word) | Q(email__icontains=word))
    # Asked one by one: a condition over several tables could not use the index of any of them.
    keys = _few(
        organizations.filter(named).values("pk"),
        organizations.filter(account__in=accounts).values("pk"),
        contacts.values("organization_id"),
    )
    if keys is not None:
        return Q(**{f"{path}__in": keys})
    any_of_them = named | Q(account__name__icontains=word) | Exists(contacts.filter(organization=OuterRef("pk")))
    return Q(Exists(organizations.filter(any_of_them, pk=OuterRef(path))))


def _few(*queries: QuerySet[Any]) -> set[Any] | None:
    """Return the keys that the queries find, unless they are many."""
    found: set[Any] = set()
    for keys in queries:
        found.update(key for row in keys[: FEW + 1] for key in row.values())
        if len(found) > FEW:
            return None
    return found
