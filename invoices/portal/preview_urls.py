"""The addresses below an organization's upcoming invoice."""

from django.urls import path

from invoices.portal import previews

urlpatterns = [
    path("", previews.upcoming, name="upcoming"),
    path("lines/<int:line>/evidence.csv", previews.upcoming_evidence, name="upcoming_evidence"),
    path("lines/<int:line>/", previews.upcoming_line, name="upcoming_line"),
]
