"""What a sum leaves open once it is spread over invoices, as its page shows it before it is confirmed (BR-80)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.http import HttpRequest
from django.utils.translation import gettext as _
from moneyed import Money

from invoices.domain.payments import faults
from invoices.forms import SharesForm
from invoices.selectors.accounts import get_accounts
from subscriptions.admin.base import RowAdmin
from subscriptions.admin.parts import current_language, shown_money
from subscriptions.models import Organization


@dataclass(frozen=True, kw_only=True)
class Spread:
    """
    A sum to be spread; `comes_in` tells whether it is recorded with that, or is in the balance already.

    Of what is available the payer may have `withheld` a part as tax.
    """

    title: Any
    organization: Organization
    available: Money
    comes_in: bool = True
    withheld: Decimal = Decimal(0)

    def shown(self, chosen: SharesForm, *, on: date) -> dict[str, Any]:
        """Return what the page shows of the shares as they stand in the form."""
        paid = sum((share.amount for share in chosen.shown()), start=Decimal(0))
        owed = sum((item.open for item in chosen.items), start=Decimal(0))
        return {
            "title": self.title,
            "organization": self.organization,
            "available": self._money(self.available.amount),
            "withheld": self._money(self.withheld) if self.withheld else "",
            "rows": list(chosen.rows(current_language())),
            "open": self._money(owed),
            "stays": self._money(owed - paid),
            "credit": self._money(self.available.amount - paid),
            "balances": list(self._balances(on)),
        }

    def _balances(self, on: date) -> Iterator[dict[str, str]]:
        """Yield what the organization owes in each currency, now and afterwards; less than nothing is its credit."""
        own = self.available.currency.code
        accounts = {account.currency: account.balance for account in get_accounts(self.organization.pk, on=on)}
        for currency, balance in sorted(({own: Decimal(0)} | accounts).items()):
            change = self.available.amount if self.comes_in and currency == own else Decimal(0)
            yield {
                "currency": currency,
                "now": self._money(balance, currency),
                "after": self._money(balance - change, currency),
            }

    def _money(self, amount: Decimal, currency: str = "") -> str:
        return shown_money(amount, currency or self.available.currency.code)


def is_seen(
    page: RowAdmin, request: HttpRequest, chosen: SharesForm, *, available: Money, withheld: Decimal = Decimal(0)
) -> bool:
    """Tell whether the shares that were sent fit, and the person has seen what they leave open."""
    if not chosen.is_valid():
        return False
    chosen.show(faults(chosen.shares(), available=available.amount, items=chosen.items, withheld=withheld))
    if not chosen.is_valid():
        return False
    if request.POST.get("seen") == chosen.written():
        return True
    page.message_user(request, _("You changed what is paid. Look at what stays open, then confirm it."), messages.INFO)
    return False
