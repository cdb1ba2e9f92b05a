"""What every page of the admin says while issuing is switched off."""

from collections.abc import Mapping
from typing import Any

from django import template

from invoices.selectors.stopped import get_switch_off

register = template.Library()


@register.inclusion_tag("admin/seatbill/issuing_off.html", takes_context=True)
def issuing_off(context: Mapping[str, Any]) -> dict[str, Any]:
    """Say that issuing is off, since when, by whom and why; nothing to who is not staff, or while it is on."""
    request = context.get("request")
    is_staff = request is not None and getattr(request.user, "is_staff", False)
    return {"off": get_switch_off() if is_staff else None}
