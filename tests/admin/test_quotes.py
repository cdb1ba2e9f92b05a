"""A CSM takes a quote from draft to processed; everyone else sees none of it (BR-52, BR-92)."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from subscriptions.models import Order, Quote, QuotePdf, QuoteStep, Subscription
from subscriptions.services.quotes import accept_quote, decline_quote, issue_quote
from tests.admin.rows import Customer, make_entity, make_product, make_quote
from tests.admin.test_agreements import NEXT_YEAR, end, formset
from tests.factories.quotes import ANSWER, at
from tests.reading import is_not_possible
from tests.trail import trail_of

ADD = "admin:subscriptions_quote_add"
LIST = "admin:subscriptions_quote_changelist"
YES = {"confirmed": "yes"}
ACCEPTANCE = {"customer": "Ada Obi, CFO", "words": "Signed PDF by e-mail", "po_number": "PO-77"}


def url_of(quote: Quote, action: str = "change") -> str:
    return reverse(f"admin:subscriptions_quote_{action}", args=[quote.pk])


def typed(customer: Customer, *, items: Any = (), prices: Any = (), **overrides: Any) -> dict[str, Any]:
    fields = {
        "organization": customer.organization.pk,
        "issuing_entity": make_entity().pk,
        "currency": "USD",
        "language": "",
        "time_zone": "America/New_York",
        "valid_days": 30,
        "notes": "",
        "effective_date": "",
        "commercial_model": "",
        "licensing_model": "",
        "edition": "2019",
        "ramp_months": 0,
        "term_months": 12,
        "net_days": 30,
    }
    tables = formset("items", list(items)) | formset("prices", list(prices)) | formset("allowances", [])
    return fields | tables | overrides


AGREEMENT = {
    "effective_date": NEXT_YEAR.isoformat(),
    "commercial_model": "PREPAY_MONTHLY_COMMITMENT",
    "licensing_model": "named",
}
SEATS = {"product": "purecloud-1", "commitment": "80", "price": "75", "overage_price": "", "setup_price": ""}


@pytest.fixture
def draft(acme: Customer) -> Quote:
    """A draft of one enablement package and ten telephones."""
    return Quote.objects.get(organization=acme.organization)


@pytest.fixture
def issued(draft: Quote) -> Quote:
    return issue_quote(draft.pk, recording=at(datetime.now(UTC)))


@pytest.fixture
def accepted(issued: Quote) -> Quote:
    return accept_quote(issued.pk, ANSWER, recording=at(datetime.now(UTC)))


def steps(quote: Quote) -> list[str]:
    return list(quote.steps.order_by("pk").values_list("kind", flat=True))


# --- Typed -----------------------------------------------------------------------------------------------------------


def test_a_draft_is_typed_with_items_and_the_terms_of_an_agreement(as_csm: Client, csm: User, acme: Customer) -> None:
    item = {"product": "enablement", "quantity": "1", "price": "2500"}
    answer = as_csm.post(reverse(ADD), typed(acme, items=[item], prices=[SEATS], **AGREEMENT), follow=True)
    quote = Quote.objects.latest("pk")
    assert (quote.made_by, quote.issued_at, quote.number) == (csm, None, "")
    assert (quote.items.get().price, quote.prices.get().commitment) == (2500, 80)
    # Acme's agreement runs on: that is told, and does not keep a quote from being made.
    assert "has another agreement in these days" in answer.content.decode()


def test_everything_wrong_is_shown_at_once_and_nothing_is_saved(as_csm: Client, acme: Customer) -> None:
    before = Quote.objects.count()
    acme.organization.regions = ["us-east-1", "eu-west-1"]
    acme.organization.save()
    prices = [SEATS, SEATS | {"product": make_product("purecloud-2", "PureCloud 2").pk, "price": "-5"}]
    items = [{"product": "enablement", "quantity": "0", "price": "-1"}]
    data = typed(acme, prices=prices, items=items, **AGREEMENT | {"licensing_model": "concurrent"}, valid_days=0)
    answer = as_csm.post(reverse(ADD), data)
    assert set(answer.context["adminform"].form.errors) == {"organization", "multi_shift", "valid_days"}
    page = answer.content.decode()
    for words in (
        "at most one of PureCloud 1, 2 and 3",
        "not negative",
        "exactly one region",
        "multi-shift",
        "Enter more than 0",
        "at least 1 day",
    ):
        assert words in page, words
    assert Quote.objects.count() == before


@pytest.mark.parametrize(
    ("label", "data", "words"),
    [
        ("half an agreement", {"commercial_model": "PREPAY"}, "A new agreement needs this as well"),
        ("prices without one", {"prices": [SEATS]}, "These prices belong to a new agreement"),
        ("no term", AGREEMENT | {"term_months": 0}, "at least 1 month"),
        ("at the end of time", AGREEMENT | {"effective_date": "9999-12-31"}, "between 2000 and 2199"),
        ("a license once", {"items": [{"product": "purecloud-1", "quantity": "1", "price": "1"}]}, "Select a valid"),
        (
            "hardware by the month",
            AGREEMENT | {"prices": [SEATS | {"product": "telephone"}]},
            "This is bought once",
        ),
    ],
)
def test_what_makes_no_offer_is_refused(
    label: str, data: dict[str, Any], words: str, as_csm: Client, acme: Customer
) -> None:
    before = Quote.objects.count()
    answer = as_csm.post(reverse(ADD), typed(acme, **data))
    assert answer.status_code == 200
    assert words in answer.content.decode()
    assert Quote.objects.count() == before


def test_a_quote_is_made_for_ones_own_organizations(as_csm: Client, acme: Customer, umbra: Customer) -> None:
    answer = as_csm.post(reverse(ADD), typed(umbra))
    assert set(answer.context["adminform"].form.errors) == {"organization"}
    assert Quote.objects.filter(organization=umbra.organization).count() == 1


def test_an_issued_quote_is_not_typed_over(as_superuser: Client, acme: Customer, issued: Quote) -> None:
    page = as_superuser.get(url_of(issued)).content.decode()
    assert 'name="_save"' not in page
    assert "What happened" in page
    assert as_superuser.post(url_of(issued), typed(acme, notes="Changed")).status_code == 403
    assert Quote.objects.get(pk=issued.pk).notes == ""


# --- Guided ----------------------------------------------------------------------------------------------------------


def test_a_quote_is_issued_after_it_is_confirmed(as_csm: Client, csm: User, draft: Quote) -> None:
    page = as_csm.get(url_of(draft, "issue")).content.decode()
    assert "stands as it is from then on" in page
    assert steps(draft) == []
    page = as_csm.post(url_of(draft, "issue"), YES, follow=True).content.decode()
    assert "The quote is issued as Q-000001." in page
    assert QuoteStep.objects.get().recorded_by == csm


def test_what_cannot_be_issued_says_why_and_offers_no_button(as_csm: Client, acme: Customer, draft: Quote) -> None:
    end(acme.subscription, date(2026, 1, 31))
    page = as_csm.get(url_of(draft, "issue")).content.decode()
    assert "the organization has none that runs or is to begin" in page
    assert "Issue the quote" not in page
    page = as_csm.post(url_of(draft, "issue"), YES, follow=True).content.decode()
    assert "the organization has none that runs or is to begin" in page
    assert steps(draft) == []


def test_an_acceptance_is_told_before_it_is_kept(as_csm: Client, csm: User, issued: Quote) -> None:
    told = as_csm.post(url_of(issued, "accept"), ACCEPTANCE).content.decode()
    assert "Accepted by Ada Obi, CFO: Signed PDF by e-mail" in told
    assert 'type="hidden" name="words" value="Signed PDF by e-mail"' in told
    assert steps(issued) == ["issued"]
    assert as_csm.post(url_of(issued, "accept"), ACCEPTANCE | YES).status_code == 302
    step = issued.steps.get(kind="accepted")
    assert (step.customer, step.words, step.po_number) == tuple(ACCEPTANCE.values())
    assert step.recorded_by == csm


@pytest.mark.parametrize("missing", [{"customer": ""}, {"words": "  "}])
def test_an_acceptance_says_who_and_how(missing: dict[str, str], as_csm: Client, issued: Quote) -> None:
    page = as_csm.post(url_of(issued, "accept"), ACCEPTANCE | missing | YES)
    assert 'role="alert"' in page.content.decode()
    assert steps(issued) == ["issued"]


def test_an_expired_quote_is_not_accepted_but_copied(as_csm: Client, draft: Quote) -> None:
    issue_quote(draft.pk, recording=at(datetime.now(UTC) - timedelta(days=40)))
    for answer in (as_csm.get(url_of(draft, "accept")), as_csm.post(url_of(draft, "accept"), ACCEPTANCE | YES)):
        page = answer.content.decode()
        assert "This quote has expired" in page
        assert f'href="{url_of(draft, "copy")}"' in page
        assert 'name="customer"' not in page
    assert steps(draft) == ["issued"]


def test_a_decline_keeps_why(as_csm: Client, issued: Quote) -> None:
    assert as_csm.post(url_of(issued, "decline"), {"words": ""} | YES).status_code == 200
    assert steps(issued) == ["issued"]
    assert "Because: Too dear" in as_csm.post(url_of(issued, "decline"), {"words": "Too dear"}).content.decode()
    as_csm.post(url_of(issued, "decline"), {"words": "Too dear"} | YES)
    assert issued.steps.get(kind="declined").words == "Too dear"
    for action in ("accept", "process", "decline", "issue"):
        assert is_not_possible(as_csm.get(url_of(issued, action)))


def test_processing_says_what_it_makes_and_when_the_first_invoice_comes(as_csm: Client, accepted: Quote) -> None:
    before = Order.objects.count()
    told = as_csm.get(url_of(accepted, "process")).content.decode()
    assert "1 × Enablement package: an order is made and invoiced within minutes." in told
    assert "10 × Telephone: an order is made, and each shipment of it invoiced as it ships." in told
    assert "under the agreement that runs since Jan 15, 2026" in told
    assert Order.objects.count() == before
    page = as_csm.post(url_of(accepted, "process"), YES, follow=True).content.decode()
    assert "2 orders are made" in page
    assert Order.objects.filter(quote_item__quote=accepted).count() == 2


def test_a_second_click_finds_it_done(as_csm: Client, accepted: Quote) -> None:
    for _click in range(2):
        answer = as_csm.post(url_of(accepted, "process"), YES, follow=True)
        assert answer.status_code == 200
    assert steps(accepted) == ["issued", "accepted", "processed"]
    assert Order.objects.filter(quote_item__quote=accepted).count() == 2
    assert as_csm.post(url_of(accepted, "issue"), YES).status_code == 302
    assert as_csm.post(url_of(accepted, "accept"), ACCEPTANCE | YES).status_code == 302
    assert steps(accepted) == ["issued", "accepted", "processed"]
    told = [entry.what for entry in trail_of(accepted.organization_id)]
    assert [words for words in told if "Processed" in words] == ["Quote Q-000001: Processed"]


def test_an_agreement_is_made_once_the_other_one_is_ended(as_csm: Client, acme: Customer) -> None:
    as_csm.post(reverse(ADD), typed(acme, prices=[SEATS], **AGREEMENT))
    quote = Quote.objects.latest("pk")
    now = at(datetime.now(UTC))
    issue_quote(quote.pk, recording=now)
    accept_quote(quote.pk, ANSWER, recording=now)
    told = as_csm.get(url_of(quote, "process")).content.decode()
    assert "has no end. An organization has at most one" in told
    assert "Process the quote" not in told
    as_csm.post(url_of(quote, "process"), YES)
    assert Subscription.objects.filter(organization=acme.organization).count() == 1
    end(acme.subscription, NEXT_YEAR - timedelta(days=1))
    told = as_csm.get(url_of(quote, "process")).content.decode()
    assert f"Its first invoice comes on {NEXT_YEAR:%b %-d, %Y}." in told
    as_csm.post(url_of(quote, "process"), YES)
    made = Subscription.objects.get(quote=quote)
    assert made.po_number == "PO-77"
    page = as_csm.get(reverse("admin:subscriptions_subscription_change", args=[made.pk])).content.decode()
    assert url_of(quote) in page


def test_a_copy_is_a_draft_to_go_on_with(as_csm: Client, csm: User, issued: Quote) -> None:
    before = Quote.objects.count()
    assert "Make a copy" in as_csm.get(url_of(issued, "copy")).content.decode()
    assert Quote.objects.count() == before
    answer = as_csm.post(url_of(issued, "copy"), YES)
    copy = Quote.objects.latest("pk")
    assert (answer.url, copy.copy_of, copy.made_by) == (url_of(copy), issued, csm)


def test_the_pdf_is_downloaded_when_it_is_made(as_csm: Client, draft: Quote, issued: Quote) -> None:
    page = as_csm.get(url_of(issued, "download_pdf"), follow=True).content.decode()
    assert "still being made" in page
    QuotePdf.objects.update(content=b"%PDF-1.7", sha256="0" * 64, rendered_at=datetime.now(UTC))
    answer = as_csm.get(url_of(issued, "download_pdf"))
    assert (answer.content, answer["Content-Type"]) == (b"%PDF-1.7", "application/pdf")
    assert answer["Content-Disposition"] == 'attachment; filename="Q-000001.pdf"'


def test_a_draft_has_no_pdf(as_csm: Client, draft: Quote) -> None:
    assert is_not_possible(as_csm.get(url_of(draft, "download_pdf")))


# --- Who -------------------------------------------------------------------------------------------------------------

ACTIONS = ["issue", "accept", "decline", "process", "download_pdf", "copy"]


@pytest.mark.parametrize("action", ACTIONS)
def test_quotes_of_someone_elses_organization_do_not_exist(action: str, as_csm: Client, umbra: Customer) -> None:
    theirs = Quote.objects.get(organization=umbra.organization)
    issue_quote(theirs.pk, recording=at(datetime.now(UTC)))
    for answer in (as_csm.get(url_of(theirs, action)), as_csm.post(url_of(theirs, action), ACCEPTANCE | YES)):
        assert answer.status_code == 404
    assert steps(theirs) == ["issued"]
    assert Quote.objects.count() == 2


def test_a_lead_works_on_every_quote(as_lead: Client, draft: Quote) -> None:
    as_lead.post(url_of(draft, "issue"), YES)
    assert steps(draft) == ["issued"]


def test_the_buttons_are_those_of_the_state(as_csm: Client, draft: Quote) -> None:
    def offered() -> set[str]:
        page = as_csm.get(url_of(draft)).content.decode()
        return {action for action in ACTIONS if f'href="{url_of(draft, action)}"' in page}

    now = at(datetime.now(UTC))
    assert offered() == {"issue", "copy"}
    issue_quote(draft.pk, recording=now)
    assert offered() == {"accept", "decline", "download_pdf", "copy"}
    accept_quote(draft.pk, ANSWER, recording=now)
    assert offered() == {"process", "download_pdf", "copy"}


def test_the_list_is_filtered_by_state_and_found_by_number(as_csm: Client, acme: Customer, draft: Quote) -> None:
    long_ago = datetime.now(UTC) - timedelta(days=40)
    expired, declined = make_quote(acme.organization), make_quote(acme.organization)
    issue_quote(expired.pk, recording=at(long_ago))
    issue_quote(declined.pk, recording=at(datetime.now(UTC)))
    decline_quote(declined.pk, ANSWER, recording=at(datetime.now(UTC)))
    shown = as_csm.get(reverse(LIST)).content.decode()
    for words in ("Expired", "Declined", "Q-000001", "Q-000002", f"Draft {draft.pk}", "2 one-time items"):
        assert words in shown
    for query, found in (
        ({"state": "draft"}, [draft]),
        ({"state": "expired"}, [expired]),
        ({"state": "declined"}, [declined]),
        ({"state": "accepted"}, []),
        ({"q": "Q-000002"}, [declined]),
    ):
        assert list(as_csm.get(reverse(LIST), query).context["cl"].result_list) == found, query


def test_an_order_leads_to_its_quote(as_csm: Client, accepted: Quote) -> None:
    as_csm.post(url_of(accepted, "process"), YES)
    order = Order.objects.filter(quote_item__quote=accepted).latest("pk")
    page = as_csm.get(reverse("admin:subscriptions_order_change", args=[order.pk])).content.decode()
    assert url_of(accepted) in page
    assert "Q-000001" in page


def test_a_figure_is_shown_as_somebody_would_type_it(as_csm: Client, draft: Quote) -> None:
    page = as_csm.get(url_of(draft, "change")).content.decode()

    assert 'value="2500"' in page
    assert 'value="129.9"' in page
    assert ".000000" not in page
