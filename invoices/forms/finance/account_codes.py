"""The codes of the accounting."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from django import forms
from django.forms import BoundField
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from unfold.widgets import UnfoldAdminTextInputWidget

from invoices.choices import CHARGE_KINDS, JOURNAL_ACCOUNTS
from invoices.domain.charge import ChargeKind
from invoices.domain.finance.journal import PROPOSED, JournalAccount, Purpose
from invoices.domain.ledger import Account
from subscriptions.choices import TAX_CATEGORIES
from subscriptions.forms.texts import TextsForm
from subscriptions.models import TaxAuthority

LONGEST_CODE = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeGroup:
    """Codes that belong together, with what they are."""

    title: Any
    help: Any
    fields: list[BoundField]


class AccountCodesForm(TextsForm):
    """Asks for the code of each account and part; what is left empty is kept under the one shown in gray."""

    def __init__(self, data: Mapping[str, Any] | None, *, codes: Mapping[Purpose, str]) -> None:
        """Offer every account, category, kind and authority there is, and what has a code though it is gone."""
        super().__init__(data)
        authorities = TaxAuthority.objects.order_by("name").values_list("name", flat=True)
        self.purposes = {_name(purpose): purpose for purpose in _purposes(authorities, codes)}
        for name, purpose in self.purposes.items():
            widget = UnfoldAdminTextInputWidget(attrs={"placeholder": PROPOSED.get(purpose, "")})
            self.fields[name] = forms.CharField(
                label=_label(purpose),
                required=False,
                max_length=LONGEST_CODE,
                initial=codes.get(purpose, ""),
                widget=widget,
            )

    @property
    def groups(self) -> list[CodeGroup]:
        """Return the fields as they are shown."""
        of = {name: self[name] for name in self.purposes}

        def fields(wanted: Any) -> list[BoundField]:
            return [of[name] for name, purpose in self.purposes.items() if wanted(purpose)]

        return [
            CodeGroup(
                title=pgettext_lazy("report", "Accounts"),
                help=_("A field left empty keeps the code that stands in it in gray."),
                fields=fields(lambda one: not one.part and not one.kind),
            ),
            CodeGroup(
                title=_("Revenue by tax category"),
                help=_("A field left empty keeps the code that stands in it in gray."),
                fields=fields(lambda one: one.account is Account.REVENUE and one.part),
            ),
            CodeGroup(
                title=_("Revenue by kind of charge"),
                help=_("Goes before the tax category; a field left empty leaves it to that."),
                fields=fields(lambda one: one.kind),
            ),
            CodeGroup(
                title=_("Tax by authority"),
                help=_("A field left empty is kept under the code of all tax."),
                fields=fields(lambda one: one.account is Account.TAX and one.part),
            ),
        ]

    def wanted(self) -> dict[Purpose, str]:
        """Return the codes that a valid form asks for."""
        return {purpose: self.cleaned_data[name] for name, purpose in self.purposes.items()}


def _purposes(authorities: Any, codes: Mapping[Purpose, str]) -> Iterator[Purpose]:
    offered = [
        *(Purpose(account=account) for account in Account if account is not Account.REVENUE),
        Purpose(account=JournalAccount.DEFERRED_REVENUE),
        *(Purpose(account=Account.REVENUE, part=category) for category, _words in TAX_CATEGORIES),
        *(
            Purpose(account=Account.REVENUE, kind=kind)
            for kind, _words in CHARGE_KINDS
            if kind not in {ChargeKind.ADJUSTMENT.value, ChargeKind.CREDIT.value}
        ),
        *(Purpose(account=Account.TAX, part=name) for name in authorities),
    ]
    yield from offered
    # An authority may have got another name since.
    yield from sorted(set(codes) - set(offered))


def _name(purpose: Purpose) -> str:
    """Return what a field is called: the same whatever else is offered; authorities are called anything."""
    part = purpose.part if purpose.account is Account.REVENUE else sha256(purpose.part.encode()).hexdigest()[:12]
    kind = purpose.kind and f"kind-{purpose.kind}"
    return "-".join(word for word in ("code", purpose.account.value, purpose.part and part, kind) if word)


def _label(purpose: Purpose) -> Any:
    if purpose.kind:
        return dict(CHARGE_KINDS)[purpose.kind]
    if purpose.part:
        return dict(TAX_CATEGORIES).get(purpose.part, purpose.part)
    return dict(JOURNAL_ACCOUNTS)[purpose.account.value]
