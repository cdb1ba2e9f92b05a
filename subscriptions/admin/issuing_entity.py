"""Who invoices, and where each of them is paid."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from subscriptions.admin.base import RowAdmin, RowInline
from subscriptions.admin.parts import current_language
from subscriptions.admin.pointing_out import PointsOut
from subscriptions.admin.roles import LeadMayEdit
from subscriptions.admin.second_person import AsksSecondPerson
from subscriptions.choices import AuditKind
from subscriptions.domain.formatting import country_name
from subscriptions.forms import BankAccountForm, IssuingEntityForm, notices_of_issuing_entity
from subscriptions.models import BankAccount, IssuingEntity


class BankAccountInline(LeadMayEdit, RowInline):
    model = BankAccount
    form = BankAccountForm
    fields = ["currency", "bank_name", "details"]

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_change_permission(request, obj)


@admin.register(IssuingEntity)
class IssuingEntityAdmin(AsksSecondPerson, PointsOut, LeadMayEdit, RowAdmin):
    audited_as = AuditKind.CATALOG
    is_short = True
    form = IssuingEntityForm
    when_empty = _(
        "An issuing entity is who invoices: its name, tax ids, bank accounts and numbers stand on every document. "
        "Add yours first: quotes and subscriptions name one."
    )
    list_display = ["legal_name", "code", "land", "invoicing_email"]
    search_fields = ["legal_name", "code"]
    export_columns = {"land": ["country"]}
    ordering = ["legal_name", "code"]
    inlines = [BankAccountInline]
    fieldsets = [
        (None, {"fields": [("legal_name", "code"), "address", "country", "tax_ids"]}),
        (_("Numbers"), {"fields": [("invoice_prefix", "credit_note_prefix", "quote_prefix")]}),
        (
            _("Contacts and links"),
            {
                "fields": [
                    ("invoicing_email", "collections_email"),
                    ("sales_email", "hardware_email"),
                    ("terms_url", "service_level_url"),
                ]
            },
        ),
        (_("Reminders"), {"fields": ["reminder_days"]}),
        (_("Logo"), {"fields": ["logo_svg"]}),
    ]

    @admin.display(description=_("country"), ordering="country")
    def land(self, entity: IssuingEntity) -> str:
        return country_name(entity.country, current_language())

    def notices(self, row: Any) -> list[str]:
        return notices_of_issuing_entity(row)
