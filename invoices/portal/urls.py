"""The addresses below an organization's invoices."""

from django.urls import path

from invoices.portal import paying, views

urlpatterns = [
    path("", views.invoice_list, name="invoice_list"),
    path("how-to-read/", views.how_to_read, name="how_to_read"),
    path("statement/", views.statement, name="statement"),
    path("statement.csv", views.statement_csv, name="statement_csv"),
    path("paying/<str:token>/", paying.card_payment, name="card_payment"),
    path("paying/<str:token>/test-gateway/", paying.test_gateway, name="test_gateway"),
    # Not a number of ours, which ends with a digit.
    path("<int:key>/carried-over/", views.opening_item, name="opening_item"),
    # A number may hold a slash: its prefix is the issuing entity's to choose.
    path("<path:number>/pdf", views.invoice_pdf, name="invoice_pdf"),
    path("<path:number>/pay", paying.pay, name="invoice_pay"),
    path("<path:number>/factur-x.xml", views.e_invoice_file, name="e_invoice_file"),
    path("<path:number>/lines.csv", views.invoice_lines_csv, name="invoice_lines_csv"),
    path("<path:number>/send-again", views.invoice_send_again, name="invoice_send_again"),
    path("<path:number>/lines/<int:line>/evidence.csv", views.line_evidence, name="line_evidence"),
    path("<path:number>/lines/<int:line>/", views.line_detail, name="line_detail"),
    path("<path:number>/", views.invoice_detail, name="invoice_detail"),
]
