"""The way to a page of the admin, in the words of the side bar: section, entry, and what is opened there."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django import template
from django.contrib import admin
from django.db.models import Model
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from subscriptions.models import Organization

register = template.Library()


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A page on the way, or the section that it is in."""

    words: str
    url: str = ""


@register.simple_tag(takes_context=True)
def trail(context: Mapping[str, Any]) -> list[Step]:
    """Return the steps to the page that is shown, the page itself last."""
    return [*_entry(context), *_list(context), *_row(context), *_page(context)]


def _entry(context: Mapping[str, Any]) -> Iterator[Step]:
    for section in context.get("sidebar_navigation") or []:
        for item in section["items"]:
            if item["active"]:
                yield Step(words=str(section["title"]))
                yield Step(words=str(item["title"]), url=str(item["link"]))
                return


def _list(context: Mapping[str, Any]) -> Iterator[Step]:
    """Name the list that a page belongs to, if the side bar leads to another one."""
    if not context.get("opts"):
        return
    opts = context["opts"]
    url = reverse(f"admin:{opts.app_label}_{opts.model_name}_changelist")
    if not any(step.url.startswith(url) for step in _entry(context)):
        yield Step(words=capfirst(str(opts.verbose_name_plural)), url=url)


def _row(context: Mapping[str, Any]) -> Iterator[Step]:
    row = context.get("original") or context.get("object")
    if isinstance(row, Model):
        name = f"{row._meta.app_label}_{row._meta.model_name}"  # noqa: SLF001
        page = "overview" if isinstance(row, Organization) else "change"
        listed: Any = admin.site.get_model_admin(type(row))
        yield Step(words=listed.title_of(row), url=reverse(f"admin:{name}_{page}", args=[row.pk]))


def _page(context: Mapping[str, Any]) -> Iterator[Step]:
    if context.get("add"):
        yield Step(words=str(context["title"]))
    elif "action_list" in context:
        yield Step(words=_("History"))
    elif not context.get("opts") and context.get("title"):
        title = str(context["title"])
        if title not in {step.words for step in _entry(context)}:
            yield Step(words=title)
