"""What every list of the admin can do: keyset pages, search, files, and filters kept under a name."""

from typing import TYPE_CHECKING, Any

from django.contrib.admin import ShowFacets
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict

from subscriptions.admin.changelist import KeysetChangeList, is_read_in_order
from subscriptions.admin.export import ExportsRows, page_name
from subscriptions.keysets import CURSORS
from subscriptions.selectors.saved_filters import list_saved_filters
from subscriptions.selectors.search import search_rows

if TYPE_CHECKING:
    from django.core.paginator import Paginator

    InfinitePaginator = Paginator[Any]
else:
    from unfold.paginator import InfinitePaginator

NOT_KEPT = {*CURSORS, "all", "e", "p", "_facets", "_popup", "_to_field"}
"""Parameters of a list's address that are of the moment."""


class UncountedPaginator(InfinitePaginator):
    """Pages that nobody counts: of a list by its cursors, of a choice that is searched by their number."""

    template_name = "admin/seatbill/pages.html"


class ListPages(ExportsRows):
    """The list of an admin page."""

    # Path from the row to its organization; empty: the row belongs to no organization.
    organization_path = ""
    # What stands here and what to do first, said as long as the list is empty.
    when_empty: Any = ""
    # At most some hundreds of rows: they may be put in order of any column, index or not.
    is_short = False

    list_before_template = "admin/seatbill/list_bar.html"
    list_per_page = 50
    list_filter_submit = True
    actions_on_top = True
    # Counting rows costs more than the page: neither all of them, nor those of a filter, nor those of a choice.
    paginator = UncountedPaginator
    show_full_result_count = False
    show_facets = ShowFacets.NEVER

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[KeysetChangeList]:
        return KeysetChangeList

    def get_sortable_by(self, request: HttpRequest) -> list[Any]:
        columns = super().get_sortable_by(request)
        if self.is_short:
            return list(columns)
        return [name for name in columns if is_read_in_order(self.opts, self._order_of(str(name)))]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        path = self.organization_path
        # Rows of an organization are found by it in any case; a list without other lookups names it as its only one.
        lookups = [str(lookup) for lookup in self.get_search_fields(request) if lookup != path]
        return search_rows(queryset, words=search_term, lookups=lookups, organization_path=path), False

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        kept = kept_query(request.GET)
        saved = list_saved_filters(request.user, page=page_name(self))
        context = {
            "page_name": page_name(self),
            "kept_query": kept,
            "saved_filters": saved,
            "opened_filter": next((one for one in saved if kept and one.query == kept), None),
        }
        return super().changelist_view(request, context | (extra_context or {}))

    def _order_of(self, name: str) -> str:
        method = getattr(self, name, None)
        return str(getattr(method, "admin_order_field", None) or name)


def kept_query(query: QueryDict) -> str:
    """Return what of a list's address says how it is filtered, searched and ordered, always in the same order."""
    kept = QueryDict(mutable=True)
    for name in sorted(set(query) - NOT_KEPT):
        kept.setlist(name, [value for value in query.getlist(name) if value])
    return kept.urlencode()
