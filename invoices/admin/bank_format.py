"""How banks write their CSV files (BR-80)."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from invoices.forms import BankFormatForm
from invoices.models import BankFormat
from subscriptions.admin.base import RowAdmin
from subscriptions.admin.making_sure import MakesSure
from subscriptions.admin.roles import LeadMayEdit
from subscriptions.choices import AuditKind


@admin.register(BankFormat)
class BankFormatAdmin(MakesSure, LeadMayEdit, RowAdmin):
    """How banks write their CSV files: leads say so, for everyone."""

    audited_as = AuditKind.PAYMENT
    is_short = True
    form = BankFormatForm
    when_empty = _(
        "A bank format says which column of a bank’s CSV file is what. Add one for each account; files in camt.053 "
        "need none."
    )
    list_display = ["name", "our_account", "currency", "date_format"]
    search_fields = ["name", "account"]
    ordering = ["name", "pk"]
    fieldsets = [
        (None, {"fields": ["name", ("account", "currency")]}),
        (_("The file"), {"fields": [("delimiter", "encoding"), ("header_lines", "decimal_mark")]}),
        (
            _("Date and amount"),
            {"fields": [("date_column", "date_format"), "signs", ("amount_column", "currency_column")]},
        ),
        (
            _("Which way money went, where the amount does not say it"),
            {"fields": [("credit_column", "debit_column"), ("indicator_column", "credit_word")]},
        ),
        (
            _("Payer and text"),
            {"fields": [("payer_column", "payer_account_column"), ("text_column", "reference_column")]},
        ),
    ]

    @admin.display(description=_("our account"), ordering="account")
    def our_account(self, layout: BankFormat) -> str:
        return layout.account
