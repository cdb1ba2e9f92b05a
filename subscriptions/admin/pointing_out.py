"""Points out what is unusual about a row."""

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpRequest


class PointsOut:
    """Points out what is unusual about a row, on its page and when it is saved, and refuses nothing."""

    change_form_before_template = "admin/seatbill/notices.html"

    def notices(self, row: Any) -> Sequence[str]:
        """Return what is unusual about a row, a sentence for each."""
        raise NotImplementedError

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> Any:
        context["notices"] = self.notices(context["original"]) if context.get("original") else []
        return super().render_change_form(request, context, *args, **kwargs)  # type: ignore[misc]

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)  # type: ignore[misc]
        self.point_out(request, form.instance)

    def point_out(self, request: HttpRequest, row: Any) -> None:
        """Say what is unusual about a row that has been saved."""
        # Whoever goes on editing reads them on the page.
        if "_continue" not in request.POST:
            for notice in self.notices(row):
                messages.warning(request, notice)
