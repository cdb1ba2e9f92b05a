"""Filters that people keep above the lists: saved on a list, renamed, shared by leads, deleted."""

from typing import Any
from urllib.parse import unquote_plus

from django.apps import apps
from django.contrib import admin, messages
from django.contrib.admin.exceptions import NotRegistered
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import SuspiciousOperation
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.template.loader import render_to_string
from django.urls import URLPattern, path, reverse
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from subscriptions.admin.guided import GuidedAdmin, Page
from subscriptions.admin.lists import kept_query
from subscriptions.admin.roles import ReadOnly, person, works_on_all
from subscriptions.forms import SavedFilterForm
from subscriptions.models import SavedFilter
from subscriptions.selectors.clock import database_now
from subscriptions.selectors.saved_filters import visible_saved_filters


@admin.register(SavedFilter)
class SavedFilterAdmin(ReadOnly, GuidedAdmin):
    """Everyone sees their own and what is shared; what a lead shares, any lead may change."""

    is_short = True
    form = SavedFilterForm
    when_empty = _(
        "Filter any list as you need it every day, then save the filter above the list: it is a click away from "
        "there, and kept here."
    )
    list_display = ["name", "opens", "owner", "is_shared"]
    list_select_related = ["owner"]
    ordering = ["name", "pk"]
    sortable_by = ["name"]
    fields = ["name", "opens"]
    readonly_fields = ["opens"]

    def get_urls(self) -> list[URLPattern]:
        # Before Django's own: the last of those takes every address for a row's.
        save = path(
            "save/<slug:page>/", self.admin_site.admin_view(self.save_view), name="subscriptions_savedfilter_save"
        )
        return [save, *super().get_urls()]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request) & visible_saved_filters(person(request))

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ["name", "is_shared", "opens"] if works_on_all(request) else ["name", "opens"]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        if obj is None:
            return bool(request.user.is_staff)
        return obj.owner_id == request.user.pk or (obj.is_shared and works_on_all(request))

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return obj is not None and self.has_change_permission(request, obj)

    def save_view(self, request: HttpRequest, page: str) -> HttpResponse:
        """Ask for a name, and keep how the list at this address is filtered, searched and ordered."""
        listed = self._list(page)
        query = kept_query(request.GET)
        back = f"{_address_of(page)}?{query}"
        if not query or not listed.has_view_permission(request) or not _may_open(request, listed, query):
            raise Http404
        saved = SavedFilter(owner=person(request), page=page, query=query, saved_at=database_now())
        form = SavedFilterForm(request.POST or None, instance=saved)
        if not works_on_all(request):
            del form.fields["is_shared"]
        if form.is_valid():
            form.save()
            self.log_addition(request, saved, [{"added": {}}])
            self.message_user(request, _("The filter is saved: you find it above the list."), messages.SUCCESS)
            return HttpResponseRedirect(back)
        asked = Page(
            title=_("Save this filter"),
            subject=capfirst(str(listed.opts.verbose_name_plural)),
            message=_("The list opens with these filters, this search and this order, and the rows of that moment."),
            points=_in_words(query),
            button=_("Save"),
            back=back,
            confirms=False,
        )
        return self.page(request, asked, form=form)

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        saved = self.get_object(request, object_id)
        if request.method == "POST" or not self.has_delete_permission(request, saved):
            return super().delete_view(request, object_id, extra_context)
        seen_by = _("It is shared: nobody sees it above the list any more.") if saved.is_shared else ""
        return self.confirmation(
            request,
            title=_("Delete the filter “%(name)s”?") % {"name": saved.name},
            message=seen_by or _("It no longer stands above the list. The rows that it shows are not touched."),
            button=_("Delete"),
            back=reverse("admin:subscriptions_savedfilter_change", args=[saved.pk]),
        )

    def response_change(self, request: HttpRequest, obj: Any) -> HttpResponse:
        super().response_change(request, obj)
        return HttpResponseRedirect(f"{_address_of(obj.page)}?{obj.query}")

    def response_delete(self, request: HttpRequest, obj_display: str, obj_id: int) -> HttpResponse:
        super().response_delete(request, obj_display, obj_id)
        return HttpResponseRedirect(reverse("admin:subscriptions_savedfilter_changelist"))

    @admin.display(description=_("opens"))
    def opens(self, saved: SavedFilter) -> str:
        url = f"{_address_of(saved.page)}?{saved.query}"
        shown = capfirst(str(self._list(saved.page).opts.verbose_name_plural))
        return render_to_string("admin/seatbill/link.html", {"url": url, "words": shown})

    def _list(self, page: str) -> Any:
        app_label, _separator, model = page.partition("_")
        try:
            return self.admin_site.get_model_admin(apps.get_model(app_label, model))
        except (LookupError, NotRegistered) as error:
            raise Http404 from error


def _may_open(request: HttpRequest, listed: Any, query: str) -> bool:
    """Tell whether the list can be filtered like this; the list itself decides."""
    asked = request.GET
    request.GET = QueryDict(query)
    try:
        listed.get_changelist_instance(request)
    except (IncorrectLookupParameters, SuspiciousOperation):
        return False
    finally:
        request.GET = asked
    return True


def _address_of(page: str) -> str:
    return reverse(f"admin:{page}_changelist")


def _in_words(query: str) -> list[str]:
    return [unquote_plus(part).replace("=", " = ", 1) for part in query.split("&")]
