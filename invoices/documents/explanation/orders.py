"""Why this one-time charge: the order, or the shipment of it (BR-50, BR-51)."""

from collections.abc import Iterator

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from invoices.documents.explanation.shape import Answer, Evidence, Row, figure_column, text_column
from invoices.documents.section import DocumentLine
from invoices.domain.charges.orders import Sale
from subscriptions.documents import Fact
from subscriptions.domain.formatting import format_day
from usage.documents import Reader


def explain_sale(sale: Sale, *, shown: DocumentLine, reader: Reader) -> Answer:
    """Explain what was sold, from what was stored with its document."""
    day = format_day(sale.on, reader.language)
    source, _bar, number = sale.key.partition("|")
    is_shipment = source == "shipment"
    words = (
        _("Hardware is charged shipment by shipment, on the day on which it ships.")
        if is_shipment
        else _("A one-time service is charged as soon as its order is processed.")
    )
    name = _("Shipment %(number)s") if is_shipment else _("Order %(number)s")
    return Answer(
        rules=["BR-51" if is_shipment else "BR-50"],
        words=[words],
        facts=[
            Fact(label=_("Source"), value=name % {"number": number}),
            Fact(label=_("Shipped") if is_shipment else pgettext("day", "Processed"), value=f"{day} ({reader.zone})"),
            Fact(label=_("Price"), value=_("%(price)s, as ordered") % {"price": shown.rate}),
        ],
        arithmetic=f"{shown.quantity} × {shown.rate} = {shown.amount}",
        evidence=_sold(sale, name % {"number": number}, reader),
    )


def _sold(sale: Sale, name: str, reader: Reader) -> Evidence:
    product = reader.product(sale.product)

    def rows() -> Iterator[Row]:
        yield (name, product, sale.on, sale.quantity, sale.price)

    return Evidence(
        title=_("What was sold"),
        columns=[
            text_column(_("Source")),
            text_column(_("Product")),
            text_column(_("Day")),
            figure_column(_("Quantity")),
            figure_column(_("Price")),
        ],
        source=rows,
    )
