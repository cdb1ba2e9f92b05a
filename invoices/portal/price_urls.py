"""The addresses of an organization's prices."""

from django.urls import path

from invoices.portal import prices

urlpatterns = [
    path("", prices.prices, name="prices"),
    path("prices.csv", prices.prices_csv, name="prices_csv"),
    path("prices.xlsx", prices.prices_xlsx, name="prices_xlsx"),
]
