"""The addresses below an organization's past periods."""

from django.urls import path

from invoices.portal import counted_people, downloads, history

urlpatterns = [
    path("", history.periods, name="periods"),
    path("report/", history.period_report, name="period_report"),
    path("report.<slug:ending>", history.period_report_file, name="period_report_file"),
    path("<str:start>/", history.period, name="period"),
    path("<str:start>/people/", counted_people.period_people, name="period_people"),
    path("<str:start>/person/", counted_people.period_person, name="period_person"),
    path("<str:start>/<slug:report>.<slug:ending>", downloads.period_download, name="period_download"),
]
