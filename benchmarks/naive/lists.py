"""A plain list of the invoices that the admin lists: `ListView`, the same columns, read from where a page ended."""

from django.db.models import QuerySet
from django.urls import include, path
from django.views.generic import ListView

from invoices.models import Invoice


class InvoicesView(ListView):
    """The newest invoices below a key."""

    template_name = "naive_list.html"

    def get_queryset(self) -> QuerySet[Invoice]:
        """Return one page."""
        rows = Invoice.objects.select_related("organization", "pdf", "delivery").order_by("-pk")
        if "after" in self.request.GET:
            rows = rows.filter(pk__lt=self.request.GET["after"])
        return rows.defer("frozen", "pdf__content")[:50]


urlpatterns = [path("naive/invoices", InvoicesView.as_view()), path("", include("billingsite.urls"))]
