"""
The audit trail in words: who did what, when, from where and why, as staff read it and as the customer does.

Each app says what its own deeds are called; whoever shows the trail puts them together.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.contrib.admin.models import LogEntry
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from moneyed import Money

from subscriptions.choices import QUOTE_STEPS, ContactAction, ErasureKind
from subscriptions.documents.text import printable
from subscriptions.documents.timeline import cancellation_of, change_of, person_in_words
from subscriptions.domain.audit import facts_of
from subscriptions.domain.formatting import format_day, format_money, format_quantity
from subscriptions.models import AuditEntry, SubscriptionCancellation, SubscriptionChange

Facts = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """In which language a deed is told, and what products are called in it."""

    language: str
    names: Mapping[str, str] = field(default_factory=dict)


Tell = Callable[[Facts, Telling], str]
"""What says a deed's facts in a sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """An entry as it is read."""

    sequence: int
    at: datetime
    kind: str
    who: str
    what: str
    why: str
    place: str


def logged(what: str, *, why: str) -> str:
    """Return the admin's log message of a step: what was done, and below it the reason."""
    return f"{what}\n{why}"


def sentence(template: Any, **labels: Any) -> Tell:
    """
    Return what fills facts into a sentence: days and amounts as they are written in its language.

    `labels` are the words for facts that are codes.
    """

    def tell(facts: Facts, telling: Telling) -> str:
        words = {name: _written(name, value, facts, telling) for name, value in facts.items()}
        for name, known in labels.items():
            words[name] = str(dict(known).get(facts.get(name), facts.get(name)))
        return str(template) % words

    return tell


def tell_entry(entry: AuditEntry, telling: Telling, *, deeds: Mapping[str, Tell]) -> Told:
    """Return an entry as staff read it; its words may have been erased."""
    words = getattr(entry, "words", None)
    return Told(
        sequence=entry.sequence,
        at=entry.at,
        kind=str(entry.get_kind_display()),
        who=_person(entry),
        what=_what(entry, telling, deeds),
        why=printable(words.reason) if words else "",
        place=printable(words.place) if words else "",
    )


def tell_entry_to_customer(entry: AuditEntry, telling: Telling, *, deeds: Mapping[str, Tell]) -> Told:
    """
    Return an entry as the organization's own people read it: without the reason, which staff wrote for each other.

    Staff have no names there, and no addresses; one's own people have both.
    """
    words = getattr(entry, "words", None)
    facts = facts_of(words.facts) if words else {}
    own = words is not None and entry.actor is not None and not facts.get("by_staff")
    return Told(
        sequence=entry.sequence,
        at=entry.at,
        kind=str(entry.get_kind_display()),
        who=_person(entry) if own else _("Your provider"),
        # Without the values of forms: some name staff.
        what=_what(entry, telling, deeds, without="values"),
        why="",
        place=printable(words.place) if words and own and entry.origin == "request" else "",
    )


def tell_change_of_row(facts: Facts, telling: Telling) -> str:
    """Say which fields of a row a form has changed, or what a step has done to it."""
    del telling
    row, changes = printable(str(facts.get("row", ""))), facts.get("changes")
    if isinstance(changes, str):
        what = printable(changes)
    else:
        what = printable(str(LogEntry(change_message=json.dumps(changes or [])).get_change_message()))
    told = [_("%(row)s: %(what)s") % {"row": row, "what": what} if what else row, *facts.get("values", ())]
    return " ".join(map(printable, told))


def _tell_change(facts: Facts, telling: Telling) -> str:
    def number(name: str) -> Decimal | None:
        return None if facts.get(name) is None else Decimal(facts[name])

    row = SubscriptionChange(
        product_id=facts["product"],
        commitment=number("commitment"),
        price=number("price"),
        overage_price=number("overage_price"),
    )
    return change_of(row, facts["currency"], telling.names, telling.language)


def _tell_cancellation(facts: Facts, telling: Telling) -> str:
    last = facts.get("last_service_day")
    row = SubscriptionCancellation(last_service_date=date.fromisoformat(last) if last else None)
    return cancellation_of(row, telling.language)


def _tell_contact(facts: Facts, telling: Telling) -> str:
    del telling
    old, new = (printable(str(facts.get(name) or "")) for name in ("old_email", "new_email"))
    addresses = f"{old} → {new}" if old and new else old or new
    what = dict(ContactAction.choices)[facts["action"]]
    return _("%(what)s: %(addresses)s") % {"what": what, "addresses": addresses}


def _tell_permissions(facts: Facts, telling: Telling) -> str:
    del telling
    granted = [
        str(words)
        for name, words in (
            ("billing_subscription", gettext_lazy("subscription admin")),
            ("billing_contact", gettext_lazy("billing contact")),
        )
        if facts.get(name)
    ]
    words = {"person": printable(str(facts["person"])), "permissions": ", ".join(granted) or _("no permission")}
    return _("%(person)s: %(permissions)s") % words


DEEDS: Mapping[str, Tell] = {
    "row_added": tell_change_of_row,
    "row_changed": tell_change_of_row,
    "row_deleted": sentence(gettext_lazy("%(row)s: deleted.")),
    "step_taken": tell_change_of_row,
    "agreement_made": sentence(gettext_lazy("Agreement from %(first_day)s made.")),
    "change_recorded": _tell_change,
    "cancellation_recorded": _tell_cancellation,
    "contact_changed": _tell_contact,
    "contact_asked_for": _tell_contact,
    "contact_declined": sentence(gettext_lazy("Request about %(email)s declined.")),
    "invited": sentence(gettext_lazy("%(person)s invited.")),
    "invitation_accepted": sentence(gettext_lazy("%(person)s has joined.")),
    "invitation_withdrawn": sentence(gettext_lazy("Invitation of %(person)s withdrawn.")),
    "permissions_set": _tell_permissions,
    "member_removed": sentence(gettext_lazy("%(person)s taken out.")),
    "quote_step": sentence(gettext_lazy("Quote %(quote)s: %(step)s"), step=QUOTE_STEPS),
    "trial_started": sentence(gettext_lazy("Trial started.")),
    "trial_extended": sentence(gettext_lazy("Trial extended.")),
    "trial_ended": sentence(gettext_lazy("Trial ended.")),
    "removal_asked_for": sentence(gettext_lazy("Removal of the trial asked for.")),
    "erased": sentence(gettext_lazy("Erased: %(what)s"), what=ErasureKind.choices),
    "words_erased": sentence(gettext_lazy("Words of earlier entries erased.")),
    "approval_asked_for": sentence(pgettext_lazy("audit", "%(subject)s: asked for.")),
    "approval_approved": sentence(
        pgettext_lazy("audit", "%(subject)s: approved and carried out, asked for by %(person)s.")
    ),
    "approval_declined": sentence(pgettext_lazy("audit", "%(subject)s: declined or withdrawn.")),
    "webhook_made": sentence(gettext_lazy("Webhook endpoint “%(name)s” made for %(url)s: %(events)s.")),
    "webhook_rotated": sentence(gettext_lazy("Secret of the webhook endpoint “%(name)s” replaced.")),
    "webhook_revoked": sentence(gettext_lazy("Webhook endpoint “%(name)s” revoked.")),
    "webhook_switched_on": sentence(gettext_lazy("Webhook endpoint “%(name)s” switched on again.")),
    "webhook_switched_off": sentence(
        gettext_lazy("Webhook endpoint “%(name)s” switched off, as nothing arrived any more.")
    ),
    "webhook_tested": sentence(gettext_lazy("Test sent to the webhook endpoint “%(name)s”.")),
    "webhook_sent_again": sentence(
        gettext_lazy("Message %(message)s (%(event)s) sent again to the webhook endpoint “%(name)s”.")
    ),
    "prices_imported": sentence(gettext_lazy("%(file)s imported, in force from %(first_day)s.")),
}
"""What the deeds of this app are called."""


def _what(entry: AuditEntry, telling: Telling, deeds: Mapping[str, Tell], *, without: str = "") -> str:
    words = getattr(entry, "words", None)
    if words is None:
        return _("Its words were erased.")
    facts = {name: fact for name, fact in facts_of(words.facts).items() if name != without}
    return printable(deeds[entry.deed](facts, telling))


def _person(entry: AuditEntry) -> str:
    if entry.actor is None and entry.origin == "command":
        return _("An operator")
    return person_in_words(entry.actor)


def _written(name: str, value: Any, facts: Facts, telling: Telling) -> str:
    if name.endswith("day") and value:
        return format_day(date.fromisoformat(value), telling.language)
    if name.endswith("amount"):
        return format_money(Money(Decimal(value), facts["currency"]), telling.language)
    if name == "quantity":
        return format_quantity(Decimal(value), telling.language)
    if name == "product":
        return telling.names.get(value, value)
    return printable(str(value))
