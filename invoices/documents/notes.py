"""What a document says about the tax that it does not charge; frozen with it, in its language (BR-76, BR-78)."""

from django.utils import translation
from django.utils.translation import gettext as _

from invoices.domain.draft import InvoiceDraft
from invoices.domain.tax_treatment import TaxFacts, TaxTreatment, treatment_of

IN_ENGLISH = "en"


def tax_notes(draft: InvoiceDraft, *, language: str) -> list[str]:
    """Return the notes in their order; nothing is said about a document that is taxed."""
    facts = draft.tax_facts
    treatment = TaxTreatment.TAXED if facts is None else treatment_of(facts, on=draft.invoice_date)
    if facts is None or treatment is TaxTreatment.TAXED:
        return []
    with translation.override(language):
        if treatment is TaxTreatment.EXEMPT:
            return [_("No tax is charged: exemption certificate %(number)s.") % {"number": facts.exemption}]
        own, numbers = _reverse_charge(), _vat_numbers(facts)
    with translation.override(IN_ENGLISH):
        english = _reverse_charge()
    return [*dict.fromkeys((english, own)), numbers]


def _reverse_charge() -> str:
    return _("Reverse charge: VAT due by the recipient, Article 196, Directive 2006/112/EC")


def _vat_numbers(facts: TaxFacts) -> str:
    if not facts.issuer_vat_number:
        return _("VAT number of the recipient: %(number)s") % {"number": facts.customer_vat_number}
    return _("VAT numbers: supplier %(supplier)s, recipient %(recipient)s") % {
        "supplier": facts.issuer_vat_number,
        "recipient": facts.customer_vat_number,
    }
