"""The ledger: what moved and when, read-only."""

from typing import Any

from django.contrib import admin
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from invoices.domain.ledger import Account
from invoices.models import LedgerEntry, LedgerTransaction
from subscriptions.admin.base import FactAdmin, FactInline
from subscriptions.admin.filters import BY_ORGANIZATION, CurrencyFilter
from subscriptions.admin.parts import shown_money


class LedgerEntryInline(FactInline):
    model = LedgerEntry
    fields = ["of_the_books", "debit", "credit"]
    ordering = ["pk"]
    verbose_name_plural = _("Entries")

    @admin.display(description=pgettext_lazy("ledger", "account"))
    def of_the_books(self, entry: LedgerEntry) -> str:
        return str(entry.get_account_display())

    @admin.display(description=pgettext_lazy("ledger", "debit"))
    def debit(self, entry: LedgerEntry) -> str:
        return _money(entry) if entry.amount > 0 else ""

    @admin.display(description=pgettext_lazy("ledger", "credit"))
    def credit(self, entry: LedgerEntry) -> str:
        return _money(entry) if entry.amount < 0 else ""


@admin.register(LedgerTransaction)
class LedgerTransactionAdmin(FactAdmin):
    when_empty = _(
        "Each document and each payment is posted here, debit and credit, and nothing is ever changed. The first "
        "invoice begins it."
    )
    list_display = ["posted_at", "organization", "document", "receivable"]
    list_filter = [BY_ORGANIZATION, CurrencyFilter]
    list_select_related = ["organization", "invoice", "payment"]
    search_fields = ["^invoice__number", "invoice__sequence", "^payment__reference"]
    search_help_text = _("Organization, contact, invoice number or payment reference")
    export_columns = {"receivable": ["owed", "currency"]}
    fields = [("organization", "invoice", "payment"), ("posted_at", "currency")]
    inlines = [LedgerEntryInline]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        owed = LedgerEntry.objects.filter(transaction=OuterRef("pk"), account=Account.RECEIVABLE.value)
        rows: QuerySet[Any] = super().get_queryset(request).defer("invoice__frozen")
        with_amounts: QuerySet[Any] = rows.annotate(owed=Subquery(owed.values("amount")[:1]))
        return with_amounts

    @admin.display(description=_("document or payment"))
    def document(self, row: LedgerTransaction) -> Any:
        if row.invoice is not None:
            return row.invoice.number
        words = _("Payment %(reference)s reversed") if row.is_reversal else _("Payment %(reference)s")
        return words % {"reference": row.payment}

    @admin.display(description=_("change of what is owed"), empty_value="–")
    def receivable(self, row: Any) -> str | None:
        return None if row.owed is None else shown_money(row.owed, row.currency)


def _money(entry: LedgerEntry) -> str:
    return shown_money(abs(entry.amount), entry.currency)
