"""Reads the filters that people keep."""

from django.db.models import Q, QuerySet

from subscriptions.models import SavedFilter
from subscriptions.selectors.people import Person

AT_MOST = 30
"""So many stand above a list."""


def visible_saved_filters(person: Person) -> QuerySet[SavedFilter]:
    """Return a person's own filters and those that are shared with everyone."""
    return SavedFilter.objects.filter(Q(owner_id=person.pk) | Q(is_shared=True))


def list_saved_filters(person: Person, *, page: str) -> list[SavedFilter]:
    """Return the filters that a person sees above a list, by name."""
    return list(visible_saved_filters(person).filter(page=page).order_by("name", "pk")[:AT_MOST])
