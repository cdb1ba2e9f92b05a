"""Filters whose choices are known without reading the table: Django would look through all of it for them."""

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import Http404, HttpRequest
from django.utils.translation import gettext_lazy as _

from subscriptions.admin.parts import current_language
from subscriptions.admin.roles import person
from subscriptions.choices import CURRENCY_CHOICES
from subscriptions.domain.formatting import country_codes, country_name
from subscriptions.selectors.people import list_organizations_for_staff

if TYPE_CHECKING:
    DropdownFilter = admin.SimpleListFilter
    RelatedFilter = admin.RelatedFieldListFilter
else:
    from unfold.contrib.filters.admin import AutocompleteSelectFilter as RelatedFilter
    from unfold.contrib.filters.admin import DropdownFilter


class CurrencyFilter(DropdownFilter):
    """Rows in one currency."""

    title = _("currency")
    parameter_name = "currency"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return CURRENCY_CHOICES

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(currency=self.value()) if self.value() else queryset


class CountryFilter(DropdownFilter):
    """Rows of one country."""

    title = _("country")
    parameter_name = "country"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        named = ((code, country_name(code, current_language())) for code in country_codes())
        return sorted(named, key=lambda choice: choice[1])

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(country=self.value()) if self.value() else queryset


class OrganizationFilter(RelatedFilter):
    """Filter by organization, picked from those of the person by typing a part of its name."""

    def __init__(
        self, field: Any, request: HttpRequest, params: Any, model: Any, model_admin: Any, field_path: str
    ) -> None:
        super().__init__(field, request, params, model, model_admin, field_path)
        chosen = [value for value in self.lookup_val or [] if str(value).isdecimal()]
        # The filter prints the name of what is chosen, and the address names it by number: it must be the person's.
        if chosen and not list_organizations_for_staff(person(request)).filter(pk__in=chosen).exists():
            raise Http404


BY_ORGANIZATION = ("organization", OrganizationFilter)
