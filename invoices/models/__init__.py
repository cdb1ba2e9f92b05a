"""The rows of what is owed: cycles, frozen documents, their numbers, the ledger, and what came too late."""

from invoices.models.accounting import AccountCode, JournalExport
from invoices.models.bank import BankFile, BankFormat, BankLine
from invoices.models.card_payment import CardPayment, GatewayNotice
from invoices.models.correction import PeriodCorrection
from invoices.models.credit import Credit, CreditedLine
from invoices.models.cycle import BillingCycle, CycleException, TermsSnapshot
from invoices.models.decision import HoldDecision
from invoices.models.delivery import InvoiceDelivery
from invoices.models.dunning import DunningStop, PaymentPromise, PromisedInvoice, Reminder
from invoices.models.e_invoice import EInvoiceFile
from invoices.models.estimate import Estimate
from invoices.models.expected import ExpectedBill
from invoices.models.invoice import Invoice, InvoiceLine, InvoiceTax, RenderedPdf
from invoices.models.ledger import LedgerEntry, LedgerTransaction
from invoices.models.opening import OpeningBalance
from invoices.models.parking import Parking
from invoices.models.payment import Allocation, DocumentBalance, Payment, Withholding
from invoices.models.release import BoundRelease
from invoices.models.series import NumberSeries, SeriesStart
from invoices.models.shadow import (
    DifferenceVerdict,
    OldInvoice,
    OldInvoiceFile,
    OldLine,
    Shadow,
    ShadowBill,
    ShadowLine,
)
from invoices.models.switch import IssuingSwitch
from invoices.models.too_late import TooLateCheck, TooLateSettlement, TooLateUsage

__all__ = [
    "AccountCode",
    "Allocation",
    "BankFile",
    "BankFormat",
    "BankLine",
    "BillingCycle",
    "BoundRelease",
    "CardPayment",
    "Credit",
    "CreditedLine",
    "CycleException",
    "DifferenceVerdict",
    "DocumentBalance",
    "DunningStop",
    "EInvoiceFile",
    "Estimate",
    "ExpectedBill",
    "GatewayNotice",
    "HoldDecision",
    "Invoice",
    "InvoiceDelivery",
    "InvoiceLine",
    "InvoiceTax",
    "IssuingSwitch",
    "JournalExport",
    "LedgerEntry",
    "LedgerTransaction",
    "NumberSeries",
    "OldInvoice",
    "OldInvoiceFile",
    "OldLine",
    "OpeningBalance",
    "Parking",
    "Payment",
    "PaymentPromise",
    "PeriodCorrection",
    "PromisedInvoice",
    "Reminder",
    "RenderedPdf",
    "SeriesStart",
    "Shadow",
    "ShadowBill",
    "ShadowLine",
    "TermsSnapshot",
    "TooLateCheck",
    "TooLateSettlement",
    "TooLateUsage",
    "Withholding",
]
