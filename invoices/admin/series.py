"""Number series: how far each has come, for leads to see."""

from django.contrib import admin

from invoices.models import NumberSeries
from subscriptions.admin.base import RowAdmin
from subscriptions.admin.roles import LeadMayLook


@admin.register(NumberSeries)
class NumberSeriesAdmin(LeadMayLook, RowAdmin):
    is_short = True
    list_display = ["issuing_entity", "document_type", "last_number"]
    list_select_related = ["issuing_entity"]
    ordering = ["issuing_entity_id", "document_type"]
    fields = ["issuing_entity", "document_type", "last_number"]
