"""The addresses of the reports, below the admin's."""

from django.urls import path

from invoices.admin.finance import billed, commitments, deferred, index, journal, recurring

urlpatterns = [
    path("", index.index, name="reports"),
    path("billed/", billed.billed, name="report_billed"),
    path("billed/months.<str:ending>", billed.billed_file, name="report_billed_file"),
    path("recurring/", recurring.recurring, name="report_recurring"),
    path("recurring/organizations.<str:ending>", recurring.recurring_file, name="report_recurring_file"),
    path("commitments/", commitments.commitments, name="report_commitments"),
    path("commitments/rows.<str:ending>", commitments.commitments_file, name="report_commitments_file"),
    path("deferred/", deferred.deferred_revenue, name="report_deferred"),
    path("deferred/months.<str:ending>", deferred.deferred_file, name="report_deferred_file"),
    path("deferred/lines.<str:ending>", deferred.deferred_lines_file, name="report_deferred_lines"),
    path("journal/", journal.journal, name="report_journal"),
    path("journal/<int:pk>.csv", journal.journal_file, name="report_journal_file"),
    path("account-codes/", journal.account_codes, name="report_account_codes"),
]
