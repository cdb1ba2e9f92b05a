"""Who invoices: the page of the agreements' side, with what is known here of the numbers that are taken."""

from django.contrib import admin

from invoices.forms.issuing_entity import NumberedIssuingEntityForm
from subscriptions.admin.issuing_entity import IssuingEntityAdmin
from subscriptions.models import IssuingEntity

admin.site.unregister(IssuingEntity)


@admin.register(IssuingEntity)
class NumberedIssuingEntityAdmin(IssuingEntityAdmin):
    form = NumberedIssuingEntityForm
