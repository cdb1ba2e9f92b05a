"""Trials with what they are now, and what staff decide about them (BR-19)."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from django.contrib import admin, messages
from django.db import transaction
from django.db.models import DateTimeField, Q, QuerySet, Value
from django.forms import Form
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from subscriptions.admin.base import FactAdmin
from subscriptions.admin.conversion import ConvertsTrials
from subscriptions.admin.filters import BY_ORGANIZATION, CountryFilter
from subscriptions.admin.guided import Page
from subscriptions.admin.parts import badge, current_language, page_action
from subscriptions.admin.roles import person
from subscriptions.choices import TRIAL_STATES, AuditKind
from subscriptions.domain.formatting import country_name, format_quantity
from subscriptions.domain.trial import INCLUDED_GIGABYTES, TrialState, is_ending_soon, state_at
from subscriptions.forms import ExtendTrialForm, TrialForm, TypedConfirmationForm
from subscriptions.models import Trial
from subscriptions.selectors.attention import list_trials_ending_soon
from subscriptions.selectors.clock import database_now
from subscriptions.selectors.trials import get_trial_facts, with_trial_facts
from subscriptions.services.trials import (
    TrialRefusedError,
    ask_for_removal,
    end_trial,
    extend_trial,
    start_trial,
)
from subscriptions.views.access import second_person_for

STATE_COLORS = {
    "running": "success",
    "soon": "warning",
    "suspended": "danger",
    "warned": "danger",
    "converted": "info",
    "removed": "",
}

_OPEN = Q(removed_at__isnull=True, has_subscription=False)


class StateFilter(admin.SimpleListFilter):
    """Trials by what they are now; a warned one is running or suspended, too."""

    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [
            ("running", _("Running")),
            ("soon", _("Ending within a week")),
            ("suspended", _("Suspended")),
            ("warned", _("Warned of its removal")),
            ("storage", _("Over its storage")),
            ("converted", _("Converted")),
            ("removed", pgettext_lazy("trial", "Removed")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if not self.value():
            return queryset
        now = database_now()
        if self.value() == "soon":
            return list_trials_ending_soon(queryset, at=now)
        ended = Q(ends_at__lte=now) | Q(ended_at__lte=now)
        wanted = {
            "running": _OPEN & ~ended,
            "suspended": _OPEN & ended,
            "warned": _OPEN & Q(warned_at__isnull=False),
            "storage": _OPEN & Q(stored_gigabytes__gt=INCLUDED_GIGABYTES),
            "converted": Q(removed_at__isnull=True, has_subscription=True),
            "removed": Q(removed_at__isnull=False),
        }
        chosen = wanted.get(self.value() or "")
        return queryset if chosen is None else queryset.filter(chosen)


@admin.register(Trial)
class TrialAdmin(ConvertsTrials, FactAdmin):
    """Staff start trials and decide about them by guided actions; leads have them removed."""

    audited_as = AuditKind.ORGANIZATION
    form = TrialForm
    when_empty = _(
        "A trial lets an organization work for some days without paying. People ask for one on the website, or you "
        "start it here."
    )
    list_display = ["code", "organization", "state", "started_at", "end", "storage", "requested_by"]
    list_filter = [StateFilter, BY_ORGANIZATION, CountryFilter]
    list_select_related = ["organization", "requested_by"]
    search_fields = ["^code"]
    search_help_text = _("Organization, contact, or the beginning of a code")
    autocomplete_fields = ["organization"]
    fieldsets = [
        (None, {"fields": [("organization", "code"), ("state_in_words", "land")]}),
        (
            pgettext_lazy("trial", "Time"),
            {"fields": [("started_at", "requested_by"), ("ends_at", "ended_at", "ended_by")]},
        ),
        (_("Storage"), {"fields": [("storage_in_words", "storage_reported_at")]}),
        (
            _("Removal"),
            {
                "fields": [
                    ("warned_at", "warned_because"),
                    "warning",
                    ("removal_asked_at", "removal_asked_by"),
                    "removal_reason",
                    "removed_at",
                ]
            },
        ),
    ]
    readonly_fields = ["state_in_words", "land", "storage_in_words", "warning"]
    actions_detail = ["extend", "end_now", "convert", "remove"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        # One reading of the clock for the whole list.
        read_at = Value(database_now(), output_field=DateTimeField())
        return with_trial_facts(super().get_queryset(request)).annotate(read_at=read_at)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is None:
            return [(None, {"fields": ["organization", "days"]})]
        return super().get_fieldsets(request, obj)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.is_staff)

    def has_open_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        return object_id is not None and self._is_open(self.get_object(request, object_id))

    def has_running_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        return object_id is not None and _state(self.get_object(request, object_id)) is TrialState.RUNNING

    def save_model(self, request: HttpRequest, obj: Trial, form: Any, change: bool) -> None:
        started = start_trial(
            form.cleaned_data["organization"],
            days=form.cleaned_data["days"],
            requested_by=person(request),
            now=database_now(),
        )
        obj.pk, obj.code = started.pk, started.code

    # --- Columns ---

    @badge(description=_("state"), colors=STATE_COLORS)
    def state(self, trial: Any) -> tuple[str, Any]:
        state = _state(trial)
        if trial.warned_at and state in {TrialState.RUNNING, TrialState.SUSPENDED}:
            return "warned", _("%(state)s, warned") % {"state": TRIAL_STATES[state]}
        if is_ending_soon(get_trial_facts(trial, last_login_at=None), at=trial.read_at):
            return "soon", _("Ending soon")
        return state.value, TRIAL_STATES[state]

    @admin.display(description=_("state"))
    def state_in_words(self, trial: Any) -> Any:
        return self.state(trial)[1]

    @admin.display(description=_("country"), ordering="country")
    def land(self, trial: Trial) -> str:
        return country_name(trial.country, current_language())

    @admin.display(description=_("ends"), ordering="ends_at")
    def end(self, trial: Trial) -> Any:
        return trial.ended_at or trial.ends_at or _("Without a limit")

    @badge(description=_("storage"), colors={"over": "danger", "within": ""}, ordering="stored_gigabytes")
    def storage(self, trial: Trial) -> tuple[str, Any]:
        stored = trial.stored_gigabytes or Decimal(0)
        words = _("%(stored)s of %(included)s GB") % {
            "stored": format_quantity(stored, current_language()),
            "included": format_quantity(INCLUDED_GIGABYTES, current_language()),
        }
        return ("over" if stored > INCLUDED_GIGABYTES else "within"), words

    @admin.display(description=_("storage"))
    def storage_in_words(self, trial: Trial) -> Any:
        return self.storage(trial)[1]

    @admin.display(description=_("warning sent"), empty_value="–")
    def warning(self, trial: Any) -> Any:
        if trial.warned_at is None:
            return None
        if trial.warning_sent_at is None:
            return _("Not sent yet: look at its mails. Nothing is removed before two weeks after it is.")
        return date_format(trial.warning_sent_at, "DATETIME_FORMAT")

    # --- Actions ---

    @page_action(description=_("Extend"), icon="more_time", permissions=["open"])
    def extend(self, request: HttpRequest, object_id: str) -> HttpResponse:
        now = database_now()
        form = ExtendTrialForm(request.POST or None, today=now.date())
        return self._guided(
            request,
            object_id,
            form=form,
            act=lambda trial: extend_trial(trial.pk, ends_at=form.ends_at(), extended_by=person(request), now=now),
            title=_("Until when does this trial run on?"),
            message=_("If it is suspended it runs again at once, and a warning of its removal is withdrawn."),
            button=_("Extend"),
            done=_("The trial runs on."),
        )

    @page_action(description=_("End"), icon="stop_circle", permissions=["running"])
    def end_now(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self._guided(
            request,
            object_id,
            form=Form(request.POST or None),
            act=lambda trial: end_trial(trial.pk, ended_by=person(request), now=database_now()),
            title=_("End this trial now?"),
            message=_(
                "It is suspended at once: what is reported from then on is refused. Its contact is warned by mail, and "
                "14 days later everything of it is removed."
            ),
            button=_("End"),
            done=_("The trial is suspended."),
        )

    @page_action(description=_("Remove"), icon="delete_forever", permissions=["open", "lead"])
    def remove(self, request: HttpRequest, object_id: str) -> HttpResponse:
        # Without an organization it is not open, and nobody comes here.
        expected = self.get_object(request, object_id).organization.code
        form = TypedConfirmationForm(request.POST or None, expected=expected)
        if form.is_valid():
            points = [_("Everything of it is deleted for good."), _("Because: %(reason)s") % form.cleaned_data]
            second_person_for(request, subject=_("Trial: %(code)s") % {"code": expected}, points=points)
        return self._guided(
            request,
            object_id,
            form=form,
            act=lambda trial: ask_for_removal(
                trial.pk, asked_by=person(request), reason=form.cleaned_data["reason"], now=database_now()
            ),
            title=_("Remove this trial and all its data?"),
            message=_(
                "Within ten minutes all of this is deleted for good: the organization and its account, every usage "
                "event, rejected event and count, its ingestion keys, members, contacts and mails; people who belong "
                "to no other organization are erased. What is left says that it happened, when, why and at whose "
                "request. Its contact is not warned."
            ),
            button=_("Remove for good"),
            done=_("The trial is removed within ten minutes."),
        )

    def _guided(
        self,
        request: HttpRequest,
        object_id: str,
        *,
        form: Form,
        act: Callable[[Trial], Trial],
        **words: Any,
    ) -> HttpResponse:
        """Show what an action means, and do it once its form is sent."""
        trial = self.get_object(request, object_id)
        back = reverse("admin:subscriptions_trial_change", args=[trial.pk])
        if request.method == "POST" and form.is_valid():
            try:
                with transaction.atomic():
                    self.log_change(request, act(trial), str(words["button"]))
            except TrialRefusedError as error:
                self.message_user(request, str(error), messages.ERROR)
            else:
                self.message_user(request, words["done"], messages.SUCCESS)
            return HttpResponseRedirect(back)
        page = Page(
            title=words["title"],
            subject=trial.organization,
            message=words["message"],
            button=words["button"],
            back=back,
            confirms=False,
        )
        return self.page(request, page, form=form)

    def _is_open(self, trial: Any) -> bool:
        return trial.removal_asked_at is None and _state(trial) in {TrialState.RUNNING, TrialState.SUSPENDED}


def _state(trial: Any) -> TrialState:
    return state_at(get_trial_facts(trial, last_login_at=None), at=trial.read_at)
