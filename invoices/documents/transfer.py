"""The code on an invoice that a banking app reads: whom to pay, how much, and what for (BR-79)."""

from base64 import b64encode
from dataclasses import dataclass
from io import BytesIO

import segno
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from moneyed import Money

from invoices.models import Invoice
from subscriptions.documents import printable
from subscriptions.domain.credit_transfer import Transfer, find_account, find_transfer, transfer_code
from subscriptions.domain.formatting import format_money

ERROR_CORRECTION = "m"
QUIET_ZONE = 4
"""What the Guidelines ask of the code, in modules: without the white around it no camera finds it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferCode:
    """A credit transfer, and in words what its code says; the code is drawn when a page or PDF shows it."""

    transfer: Transfer
    words: str

    @property
    def image_url(self) -> str:
        """Return the code as a `data:` URL of an SVG, for paper."""
        return f"data:image/svg+xml;base64,{b64encode(self._drawing(xmldecl=False, svgns=True)).decode()}"

    @property
    def svg(self) -> SafeString:
        """Return the code as an SVG element, for a page; what it shows is said beside it."""
        return mark_safe(self._drawing(xmldecl=False, svgns=False, svgclass="transfer-code").decode())  # noqa: S308

    def _drawing(self, **how: object) -> bytes:
        code = segno.make_qr(transfer_code(self.transfer).encode(), error=ERROR_CORRECTION, boost_error=False)
        drawn = BytesIO()
        code.save(
            drawn,
            kind="svg",
            border=QUIET_ZONE,
            dark="#000",
            light="#fff",
            lineclass=None,
            omitsize=True,
            nl=False,
            **how,
        )
        return drawn.getvalue()


def transfer_code_of(invoice: Invoice, *, language: str) -> TransferCode | None:
    """
    Return the code of an issued invoice, over all that was due when it was issued; words in the active language.

    None where no banking app could read it: other currencies, no IBAN, amounts that no transfer can be of.
    """
    issuer = invoice.frozen["issuer"]
    transfer = find_transfer(
        find_account(issuer["bank"]["details"]) if issuer["bank"] else None,
        payee=printable(issuer["legal_name"]),
        amount=invoice.total,
        currency=invoice.currency,
        text=printable(invoice.number),
    )
    if transfer is None:
        return None
    words = _("Transfer %(amount)s to %(payee)s, account %(iban)s, with the reference %(number)s") % {
        "amount": format_money(Money(transfer.amount, invoice.currency), language),
        "payee": transfer.payee,
        "iban": transfer.iban,
        "number": transfer.text,
    }
    return TransferCode(transfer=transfer, words=words)
