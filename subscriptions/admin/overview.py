"""An organization's overview: one page that answers a telephone call; the form to edit it is a button away."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse

from subscriptions.admin.changelist import KeysetChangeList
from subscriptions.admin.parts import current_language
from subscriptions.admin.roles import person
from subscriptions.choices import QUOTE_STATES, TRIAL_STATES
from subscriptions.documents.agreement import agreement_on
from subscriptions.documents.timeline import Recorded, build_timeline
from subscriptions.domain.period import local_date
from subscriptions.domain.quote import QuoteState
from subscriptions.domain.trial import TrialState, state_at
from subscriptions.models import Organization, Subscription
from subscriptions.selectors import overview as rows
from subscriptions.selectors.catalog import get_list_prices, get_product_names
from subscriptions.selectors.clock import database_now
from subscriptions.selectors.people import list_organizations_for_staff
from subscriptions.selectors.quotes import get_quote_state
from subscriptions.selectors.terms import get_terms
from subscriptions.selectors.trials import get_trial_facts

SHOWN = 8
"""So many people, contacts, instances or matters of a kind; the rest is a link away."""

PAGE_OF_THE_TRAIL = 50


class OverviewList(KeysetChangeList):
    """A list whose rows lead to their overview, not to the form."""

    def url_for_result(self, result: Any) -> str:
        """Return the address of a row's overview."""
        return reverse("admin:subscriptions_organization_overview", args=[result.pk])


class OverviewPage:
    """Adds an organization's overview to its admin, and what people did about it."""

    admin_site: Any
    opts: Any
    get_object: Any

    def overview_urls(self) -> list[URLPattern]:
        """Return the address of the page."""
        page = self.admin_site.admin_view(self.overview)
        return [path("<int:pk>/", page, name="subscriptions_organization_overview")]

    def overview(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show everything that matters about an organization, with a button for each action that applies."""
        # Read through the person's own rows: what is not theirs is not found.
        organization = self.get_object(request, str(pk))
        now = database_now()
        agreements = rows.find_agreements(organization, now=now)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": organization.name,
            "organization": organization,
            "now": now,
            "others": agreements.others,
            "subscription": agreements.current,
            "time_zone": agreements.current.time_zone if agreements.current else "UTC",
            **(_agreement(agreements.current, now) if agreements.current else {}),
            **_trial(organization, now),
            **_waiting(organization, now),
            **_people(request, organization),
            "shown": SHOWN,
        }
        return TemplateResponse(request, "admin/subscriptions/organization/overview.html", context)

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """Show what people did about an organization, page by page."""
        organization = self.get_object(request, object_id)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": organization.name,
            "organization": organization,
            "after": request.GET.get("after", ""),
            "size": PAGE_OF_THE_TRAIL,
        }
        return TemplateResponse(request, "admin/subscriptions/organization/audit_trail.html", context)


def _agreement(subscription: Subscription, now: datetime) -> dict[str, Any]:
    terms, today = get_terms(subscription), local_date(now, time_zone=subscription.time_zone)
    language = current_language()
    names = get_product_names(language)
    prices = get_list_prices(currency=subscription.currency, on=max(today, subscription.effective_date))
    recorded = Recorded(
        terms=terms,
        changes=list(subscription.changes.select_related("recorded_by")),
        cancellations=list(subscription.cancellations.select_related("recorded_by")),
    )
    is_over = rows.has_ended(subscription, on=today)
    return {
        "words": agreement_on(terms, on=today, list_prices=prices, names=names, language=language),
        "timeline": build_timeline(recorded, on=today, names=names, language=language),
        "may_amend": not is_over,
        "may_take_back": not is_over and subscription.last_service_date is not None,
    }


def _trial(organization: Organization, now: datetime) -> dict[str, Any]:
    trial = rows.find_trial(organization)
    if trial is None:
        return {"trial": None}
    state = state_at(get_trial_facts(trial, last_login_at=None), at=now)
    is_open = trial.removal_asked_at is None and state in {TrialState.RUNNING, TrialState.SUSPENDED}
    return {
        "trial": trial,
        "trial_state": TRIAL_STATES[state],
        "trial_is_open": is_open,
        "trial_runs": state is TrialState.RUNNING,
    }


def _waiting(organization: Organization, now: datetime) -> dict[str, Any]:
    """Return what waits for a person, some of each kind."""
    return {
        "quotes": list(_quotes(organization, now)),
        "orders": list(rows.list_orders_to_ship(organization)[:SHOWN]),
        "requests": list(rows.list_open_requests(organization)[:SHOWN]),
        "failed_mails": list(rows.list_failed_mails(organization)[:SHOWN]),
    }


def _quotes(organization: Organization, now: datetime) -> Iterator[dict[str, Any]]:
    words = dict(QUOTE_STATES)
    for quote in rows.list_open_quotes(organization)[:SHOWN]:
        state = get_quote_state(quote, at=now)
        yield {"quote": quote, "state": words[state], "is_accepted": state is QuoteState.ACCEPTED}


def _people(request: HttpRequest, organization: Organization) -> dict[str, Any]:
    """Return whom to talk to, and the customer's other instances, as far as the person works on them."""
    instances = list_organizations_for_staff(person(request)).filter(account_id=organization.account_id)
    members = organization.memberships.select_related("user").order_by("user__last_name", "user__username", "pk")
    return {
        "contacts": list(organization.billing_contacts.order_by("name", "pk")[: SHOWN + 1]),
        "members": list(members[: SHOWN + 1]),
        "instances": list(instances.exclude(pk=organization.pk).order_by("name", "pk")[: SHOWN + 1]),
    }
