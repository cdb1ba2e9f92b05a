"""A quote from draft to processed: each step once, and nothing that was not accepted (BR-50 to BR-52)."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction

from invoices.models import Invoice
from invoices.services.orders import invoice_due_orders
from invoices.services.sweeping import close_due_cycles
from subscriptions.domain.quote import QuoteError, QuoteState
from subscriptions.domain.violations import Refused, TermsError
from subscriptions.models import (
    Order,
    Organization,
    PriceBook,
    PriceBookEntry,
    Quote,
    QuotePdf,
    QuoteStep,
    Shipment,
    Subscription,
)
from subscriptions.selectors.quotes import get_quote_state, last_day_of, list_quotes_in_state
from subscriptions.services.quote_pdfs import render_pending_quotes
from subscriptions.services.quotes import (
    Answer,
    accept_quote,
    copy_quote,
    decline_quote,
    find_processing_violations,
    find_quote_violations,
    issue_quote,
    process_quote,
)
from subscriptions.services.recording import Recording
from tests.factories.quotes import (
    ANSWER,
    ENABLEMENT,
    ISSUED_AT,
    ONE_TIER,
    TELEPHONES,
    a_draft,
    accepted,
    an_agreement_draft,
    at,
    issued,
)
from tests.factories.subscriptions import a_subscription, an_issuer, an_organization
from tests.together import at_once

LAST_SECOND = datetime(2026, 3, 5, 4, 59, 59, tzinfo=UTC)
EXPIRED = datetime(2026, 3, 5, 5, tzinfo=UTC)


def refused_codes(step: Callable[[], object]) -> list[str]:
    """Return why a step is refused, having seen that it changed nothing."""
    before = everything()
    with pytest.raises(Refused) as refused, transaction.atomic():
        step()
    assert everything() == before
    return [reason.code for reason in refused.value.reasons]


def everything() -> list[object]:
    models = (Quote, QuoteStep, QuotePdf, Order, Subscription)
    return [list(model.objects.order_by("pk").values()) for model in models]


# --- Issued ----------------------------------------------------------------------------------------------------------


def test_an_issued_quote_has_a_number_thirty_days_and_a_pdf_to_come(db):
    quote = issued(an_agreement_draft())
    assert (quote.number, quote.sequence, quote.issued_at) == ("Q-000001", 1, ISSUED_AT)
    assert (last_day_of(quote), quote.expires_at) == (date(2026, 3, 4), EXPIRED)
    assert QuotePdf.objects.get(quote=quote).rendered_at is None
    assert quote.frozen["agreement"]["prices"][0]["price"] == "140"


def test_numbers_follow_one_another_for_each_issuing_entity(db):
    organization = an_organization()
    ours, theirs = an_issuer(), an_issuer("southwind", quote_prefix="SW-")
    numbers = [issued(an_agreement_draft(organization, issuing_entity=who)).number for who in (ours, theirs, ours)]
    assert numbers == ["Q-000001", "SW-000001", "Q-000002"]


def test_issuing_twice_issues_once(db):
    quote = issued(an_agreement_draft())
    again = issue_quote(quote.pk, recording=at(ISSUED_AT + timedelta(days=3)))
    assert (again.number, again.issued_at) == (quote.number, ISSUED_AT)
    assert QuoteStep.objects.count() == QuotePdf.objects.count() == 1


def test_an_issued_quote_is_frozen_and_a_draft_is_not(db):
    quote = an_agreement_draft()
    Quote.objects.update(notes="Changed")
    issue_quote(quote.pk, recording=at())
    with pytest.raises(IntegrityError, match="frozen"), transaction.atomic():
        Quote.objects.update(notes="Changed again")
    assert Quote.objects.get().notes == "Changed"


@pytest.mark.parametrize(
    ("label", "draft", "expected"),
    [
        ("nothing", {}, [QuoteError.NOTHING_OFFERED]),
        ("prices without an agreement", {"prices": ONE_TIER}, [
            QuoteError.PRICES_WITHOUT_AGREEMENT, QuoteError.NOTHING_OFFERED,
        ]),
        ("items that nobody could invoice", {"items": [ENABLEMENT]}, [QuoteError.NO_AGREEMENT]),
        (
            "a license as an item",
            {"items": [("purecloud-1", "license", "5", "75")]},
            [QuoteError.NOT_SOLD_ONCE, QuoteError.NO_AGREEMENT],
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_processed_is_not_issued(db, label, draft, expected):
    quote = a_draft(**draft)
    assert refused_codes(lambda: issue_quote(quote.pk, recording=at())) == expected


def test_everything_that_forbids_an_agreement_is_said_at_once(db):
    quote = an_agreement_draft(
        an_organization(regions=["us-east-1", "eu-west-1"]),
        licensing_model="concurrent",
        prices={"purecloud-1": {"commitment": "5", "price": "75"}, "purecloud-2": {"commitment": "5"}},
    )
    assert refused_codes(lambda: issue_quote(quote.pk, recording=at())) == [
        TermsError.TWO_TIERS,
        TermsError.SEVERAL_REGIONS,
        TermsError.NOT_MULTI_SHIFT,
        TermsError.UNPRICED,
    ]


def test_a_commitment_without_a_price_anywhere_is_not_issued(db):
    quote = an_agreement_draft(prices={"purecloud-1": {"commitment": "5"}})
    assert refused_codes(lambda: issue_quote(quote.pk, recording=at())) == [TermsError.UNPRICED]
    book = PriceBook.objects.create(currency="USD", effective_date=date(2026, 1, 1))
    PriceBookEntry.objects.create(price_book=book, product_id="purecloud-1", price=80)
    assert issued(quote).frozen["agreement"]["prices"][0]["list_price"] == "80"


def test_items_are_offered_under_the_agreement_that_runs_in_their_currency(db):
    organization = an_organization()
    running = a_subscription(organization)
    quote = a_draft(organization, items=[ENABLEMENT])
    assert find_quote_violations(quote, now=ISSUED_AT) == []
    for unfit in ({"currency": "EUR"}, {"issuing_entity": an_issuer("southwind")}):
        found = find_quote_violations(a_draft(organization, items=[ENABLEMENT], **unfit), now=ISSUED_AT)
        assert [violation.code for violation in found] == [QuoteError.NO_AGREEMENT]
    Subscription.objects.filter(pk=running.pk).update(last_service_date=date(2026, 2, 1))
    assert [violation.code for violation in find_quote_violations(quote, now=ISSUED_AT)] == [QuoteError.NO_AGREEMENT]


# --- Answered --------------------------------------------------------------------------------------------------------


def test_an_acceptance_keeps_who_when_how_and_the_purchase_order(db):
    csm = User.objects.create_user("csm")
    quote = issued(an_agreement_draft())
    accept_quote(quote.pk, ANSWER, recording=Recording(by=csm, at=LAST_SECOND))
    step = quote.steps.get(kind="accepted")
    assert (step.customer, step.words) == ("Ada Obi, CFO", "Signed PDF by e-mail of February 3")
    assert (step.po_number, step.recorded_by, step.recorded_at) == ("PO-77", csm, LAST_SECOND)
    assert get_quote_state(quote, at=EXPIRED) is QuoteState.ACCEPTED
    assert not Subscription.objects.exists()


def test_a_decline_keeps_why(db):
    quote = issued(an_agreement_draft())
    decline_quote(quote.pk, Answer(customer="", words="Too dear"), recording=at(EXPIRED))
    assert quote.steps.get(kind="declined").words == "Too dear"
    assert get_quote_state(quote, at=EXPIRED) is QuoteState.DECLINED


@pytest.mark.parametrize(
    ("label", "reach", "step", "now", "expected"),
    [
        ("a draft is not accepted", lambda quote: quote, accept_quote, ISSUED_AT, QuoteError.NOT_POSSIBLE),
        ("a draft is not declined", lambda quote: quote, decline_quote, ISSUED_AT, QuoteError.NOT_POSSIBLE),
        ("an expired one is not accepted", issued, accept_quote, EXPIRED, QuoteError.EXPIRED),
        ("an accepted one is not declined", accepted, decline_quote, ISSUED_AT, QuoteError.NOT_POSSIBLE),
    ],
)
def test_what_cannot_be_answered_is_not(db, label, reach, step, now, expected):
    quote = reach(an_agreement_draft())
    assert refused_codes(lambda: step(quote.pk, ANSWER, recording=at(now))) == [expected]


def test_a_declined_quote_is_neither_accepted_nor_processed(db):
    quote = issued(an_agreement_draft())
    decline_quote(quote.pk, ANSWER, recording=at())
    assert refused_codes(lambda: accept_quote(quote.pk, ANSWER, recording=at())) == [QuoteError.NOT_POSSIBLE]
    assert refused_codes(lambda: process_quote(quote.pk, recording=at())) == [QuoteError.NOT_ACCEPTED]


@pytest.mark.parametrize("step", [accept_quote, decline_quote])
def test_an_answer_says_how_or_why(db, step):
    quote = issued(an_agreement_draft())
    silent = Answer(customer="Ada Obi", words="  ")
    assert refused_codes(lambda: step(quote.pk, silent, recording=at())) == [TermsError.NO_REASON]


def test_accepting_twice_keeps_the_first_answer(db):
    quote = accepted(an_agreement_draft())
    accept_quote(quote.pk, Answer(customer="Somebody", words="Again"), recording=at(EXPIRED))
    assert quote.steps.get(kind="accepted").customer == "Ada Obi, CFO"


def test_the_database_holds_one_answer(db):
    quote = accepted(an_agreement_draft())
    with pytest.raises(IntegrityError), transaction.atomic():
        QuoteStep.objects.create(
            organization=quote.organization, quote=quote, kind="declined", recorded_at=ISSUED_AT, words="No"
        )


# --- Processed -------------------------------------------------------------------------------------------------------


def test_processing_makes_the_agreement_that_was_offered(db):
    quote = accepted(
        an_agreement_draft(
            time_zone="Europe/Berlin",
            ramp_months=2,
            term_months=24,
            net_days=45,
            allowances={("purecloud-3", "basic-ivr"): "4000"},
        )
    )
    made = process_quote(quote.pk, recording=at()).subscription
    stored = Subscription.objects.get()
    assert stored == made
    assert (stored.quote, stored.organization, stored.issuing_entity) == (quote, quote.organization, an_issuer())
    assert (stored.effective_date, stored.time_zone) == (date(2026, 3, 1), "Europe/Berlin")
    assert (stored.commercial_model, stored.licensing_model) == ("PREPAY_MONTHLY_COMMITMENT", "named")
    assert (stored.ramp_months, stored.term_months, stored.net_days) == (2, 24, 45)
    assert (stored.po_number, stored.last_service_date, stored.cancelled_on) == ("PO-77", None, None)
    price = stored.prices.get()
    assert (price.product_id, price.commitment, price.price, price.overage_price) == ("purecloud-3", 80, 140, 150)
    assert stored.allowances.get().quantity == 4000


@pytest.mark.parametrize("reach", [lambda quote: quote, issued], ids=["draft", "issued"])
def test_only_an_accepted_quote_is_processed(db, reach):
    quote = reach(an_agreement_draft(items=[ENABLEMENT]))
    assert refused_codes(lambda: process_quote(quote.pk, recording=at())) == [QuoteError.NOT_ACCEPTED]


def test_an_accepted_quote_is_processed_although_its_days_are_over(db):
    quote = accepted(an_agreement_draft())
    assert process_quote(quote.pk, recording=at(EXPIRED + timedelta(days=9))).subscription is not None


def test_services_are_invoiced_at_once_and_hardware_as_it_ships(billing):
    quote = accepted(an_agreement_draft(items=[ENABLEMENT, TELEPHONES]))
    service, hardware = process_quote(quote.pk, recording=at()).orders
    assert (service.processed_on, hardware.processed_on) == (date(2026, 2, 2), None)
    assert (service.quote_item.quote, hardware.quote_item.quote) == (quote, quote)
    assert [invoice.total for invoice in invoice_due_orders(now=ISSUED_AT)] == [2500]
    Shipment.objects.create(organization=quote.organization, order=hardware, shipped_on=date(2026, 2, 9), quantity=4)
    assert [invoice.total for invoice in invoice_due_orders(now=ISSUED_AT + timedelta(days=7))] == [
        pytest.approx(4 * hardware.price)
    ]
    close_due_cycles(now=datetime(2026, 3, 1, 12, tzinfo=UTC))
    assert Invoice.objects.latest("sequence").total == 80 * 140


def test_items_are_ordered_under_the_agreement_there_is(db):
    organization = an_organization()
    running = a_subscription(organization)
    quote = accepted(a_draft(organization, items=[ENABLEMENT]))
    made = process_quote(quote.pk, recording=at())
    assert (made.subscription, [order.subscription for order in made.orders]) == (None, [running])


def test_processing_twice_makes_everything_once(db):
    quote = accepted(an_agreement_draft(items=[ENABLEMENT, TELEPHONES]))
    first = process_quote(quote.pk, recording=at())
    before = everything()
    assert process_quote(quote.pk, recording=at(EXPIRED)) == first
    assert everything() == before


def test_the_database_holds_one_agreement_of_a_quote_and_one_order_of_an_item(db):
    quote = accepted(an_agreement_draft(items=[ENABLEMENT]))
    process_quote(quote.pk, recording=at())
    subscription, order = Subscription.objects.get(), Order.objects.get()
    subscription.pk, subscription.effective_date = None, date(2030, 1, 1)
    order.pk = None
    for row in (subscription, order):
        with pytest.raises(IntegrityError), transaction.atomic():
            row.save(force_insert=True)


def test_an_agreement_that_overlaps_is_offered_but_not_made_until_the_other_is_ended(db):
    organization = an_organization()
    running = a_subscription(organization)
    quote = accepted(an_agreement_draft(organization))
    assert refused_codes(lambda: process_quote(quote.pk, recording=at())) == [TermsError.OVERLAPS]
    assert [violation.code for violation in find_processing_violations(quote, now=ISSUED_AT)] == [TermsError.OVERLAPS]
    Subscription.objects.filter(pk=running.pk).update(last_service_date=date(2026, 2, 28))
    assert process_quote(quote.pk, recording=at()).subscription.effective_date == date(2026, 3, 1)


def test_what_forbids_an_agreement_by_now_is_said_at_once(db):
    organization = an_organization()
    a_subscription(organization)
    quote = accepted(an_agreement_draft(organization, licensing_model="concurrent", multi_shift=True))
    Organization.objects.update(regions=["us-east-1", "eu-west-1"])
    assert refused_codes(lambda: process_quote(quote.pk, recording=at())) == [
        TermsError.SEVERAL_REGIONS,
        TermsError.OVERLAPS,
    ]


@pytest.mark.postgresql
def test_two_people_who_process_at_the_same_time_make_one_agreement(committed_db):
    quote = accepted(an_agreement_draft(items=[ENABLEMENT, TELEPHONES]))
    first, second = at_once(*[lambda: process_quote(quote.pk, recording=at())] * 2)
    assert first == second
    assert (Subscription.objects.count(), Order.objects.count()) == (1, 2)


@pytest.mark.postgresql
def test_of_a_yes_and_a_no_at_the_same_time_one_counts(committed_db):
    quote = issued(an_agreement_draft())
    answers = at_once(
        lambda: accept_quote(quote.pk, ANSWER, recording=at()), lambda: decline_quote(quote.pk, ANSWER, recording=at())
    )
    assert sorted(type(answer).__name__ for answer in answers) == ["Quote", "Refused"]
    assert QuoteStep.objects.exclude(kind="issued").count() == 1


@pytest.mark.postgresql
def test_two_quotes_of_one_organization_make_one_agreement_and_numbers_of_their_own(committed_db):
    organization = an_organization()
    quotes = [an_agreement_draft(organization, effective_date=date(2026, 3, day)) for day in (1, 9)]
    at_once(*[lambda quote=quote: issue_quote(quote.pk, recording=at()) for quote in quotes])
    assert sorted(Quote.objects.values_list("number", flat=True)) == ["Q-000001", "Q-000002"]
    for quote in quotes:
        accept_quote(quote.pk, ANSWER, recording=at())
    made = at_once(*[lambda quote=quote: process_quote(quote.pk, recording=at()) for quote in quotes])
    assert sorted(type(one).__name__ for one in made) == ["Processed", "Refused"]
    assert Subscription.objects.count() == 1


# --- Copied, found, rendered -----------------------------------------------------------------------------------------


def test_a_copy_is_a_new_draft_that_offers_the_same(db):
    csm = User.objects.create_user("csm")
    quote = accepted(
        an_agreement_draft(items=[ENABLEMENT, TELEPHONES], allowances={("purecloud-3", "basic-ivr"): "4000"})
    )
    copy = Quote.objects.get(pk=copy_quote(quote.pk, made_by=csm).pk)
    assert (copy.number, copy.issued_at, copy.frozen, copy.copy_of, copy.made_by) == ("", None, None, quote, csm)
    assert not copy.steps.exists()
    for relation in ("items", "prices", "allowances"):
        own, copied = (
            [{k: v for k, v in row.items() if k not in {"id", "quote_id"}} for row in getattr(q, relation).values()]
            for q in (quote, copy)
        )
        assert copied == own
        assert own
    assert issued(copy).number == "Q-000002"


def test_quotes_are_found_by_where_they_stand(db):
    organization = an_organization()
    draft, open_, expired, yes, no, done = (an_agreement_draft(organization) for _ in range(6))
    issued(open_, on=EXPIRED)
    issued(expired)
    for quote in (yes, done):
        accepted(quote)
    issued(no)
    decline_quote(no.pk, ANSWER, recording=at())
    process_quote(done.pk, recording=at())
    for state, quote in zip(QuoteState, (draft, open_, expired, yes, no, done), strict=True):
        assert list(list_quotes_in_state(Quote.objects.all(), state, at=EXPIRED)) == [quote], state
        assert get_quote_state(Quote.objects.get(pk=quote.pk), at=EXPIRED) is state


def test_the_sweep_renders_an_issued_quote_once(db):
    quote = issued(an_agreement_draft())
    an_agreement_draft(quote.organization)
    assert render_pending_quotes(now=ISSUED_AT, limit=10).rendered == 1
    pdf = QuotePdf.objects.get()
    assert bytes(pdf.content).startswith(b"%PDF-")
    assert render_pending_quotes(now=EXPIRED, limit=10).rendered == 0
    with pytest.raises(IntegrityError, match="frozen"), transaction.atomic():
        QuotePdf.objects.update(content=b"%PDF-2")


def test_what_changes_after_the_issue_does_not_reach_the_pdf(db):
    quote = issued(an_agreement_draft())
    Organization.objects.update(legal_name="Somebody Else Ltd")
    assert quote.frozen["bill_to"]["legal_name"] == "Lantern Foods, Inc."
