"""Documents by whether they have their PDF."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from subscriptions.choices import PdfState
from subscriptions.selectors.attention import list_by_pdf


class PdfFilter(admin.SimpleListFilter):
    """Documents by their PDF; `pdfs` are the rows that have the documents' keys."""

    title = _("PDF")
    parameter_name = "pdf"
    pdfs: QuerySet[Any]

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return PdfState.choices

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        state = {each.value: each for each in PdfState}.get(self.value() or "")
        return queryset if state is None else list_by_pdf(queryset, self.pdfs, state)
