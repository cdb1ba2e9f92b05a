"""Recording a payment through the API: once, whatever is sent again, and never half."""

import json

import pytest
from django.test import Client

from invoices.models import Allocation, LedgerTransaction, Payment
from subscriptions.models import AuditEntry, KeptAnswer
from tests.api.reading.conftest import a_key
from tests.api.reading.test_nouns import assert_problem

PAYMENT = {
    "amount": "300.00",
    "currency": "USD",
    "method": "wire",
    "reference": "FED-1",
    "received_on": "2026-03-19",
}


def post(secret, body, *, key="k-1", code="acme"):
    headers = {"authorization": f"Bearer {secret}"} | ({} if key is None else {"idempotency-key": key})
    sent = body if isinstance(body, str) else json.dumps(body)
    client = Client(raise_request_exception=False)
    path = f"/api/v1/organizations/{code}/payments"
    return client.post(path, sent, content_type="application/json", headers=headers)


def test_a_payment_is_recorded_pays_what_is_due_and_is_in_the_trail(acme):
    answer = post(acme.secret, PAYMENT)
    assert answer.status_code == 201, answer.content
    told = answer.json()
    assert [paid["amount"]["amount"] for paid in told["pays"]] == ["280.00", "20.00"]
    assert told == acme.json(f"/payments/{told['id']}")
    entry = AuditEntry.objects.select_related("words").get(deed="payment_recorded")
    assert entry.actor is None
    assert entry.words.place.endswith(f", key {acme.secret.split('_')[1]}")


def test_the_same_sent_again_is_answered_alike_and_recorded_once(acme):
    first = post(acme.secret, PAYMENT)
    again = post(acme.secret, json.dumps(dict(reversed(PAYMENT.items())), indent=2))
    assert (again.status_code, again.content) == (201, first.content)
    assert "Idempotency-Replayed" not in first
    assert again["Idempotency-Replayed"] == "true"
    assert Payment.objects.count() == 1


def test_the_key_of_another_request_is_refused_and_so_is_the_same_reference(acme):
    post(acme.secret, PAYMENT)
    other = assert_problem(post(acme.secret, PAYMENT | {"amount": "1"}), 422)
    assert other["errors"][0]["field"] == "Idempotency-Key"
    twice = assert_problem(post(acme.secret, PAYMENT, key="k-2"), 422)
    assert twice["errors"][0]["field"] == "reference"
    assert Payment.objects.count() == 1


def test_chosen_invoices_are_paid(acme):
    told = post(acme.secret, PAYMENT | {"pays": [{"invoice": acme.invoice.pk, "amount": "250"}]}).json()
    assert [(paid["invoice"], paid["amount"]["amount"]) for paid in told["pays"]] == [(acme.invoice.pk, "250.00")]
    assert told["unallocated"]["amount"] == "50.00"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"amount": "0"}, "amount"),
        ({"amount": "-5"}, "amount"),
        ({"amount": "1e3"}, "amount"),
        ({"amount": "1.005"}, "amount"),
        ({"amount": 5}, "amount"),
        ({"currency": "CHF"}, "currency"),
        ({"method": "cash"}, "method"),
        ({"reference": ""}, "reference"),
        ({"reference": "   "}, "reference"),
        ({"reference": "a\u202eb"}, "reference"),
        ({"reference": "x" * 101}, "reference"),
        ({"received_on": "2999-01-01"}, "received_on"),
        ({"received_on": "soon"}, "received_on"),
        ({"note": "4111 1111 1111 1111"}, "note"),
        ({"pays": [{"invoice": 2**40, "amount": "1"}]}, "pays.0.invoice"),
        ({"pays": [{"invoice": "own", "amount": "999"}]}, "pays.0.amount"),
        ({"pays": [{"invoice": "own", "amount": "1"}, {"invoice": "own", "amount": "1"}]}, "pays"),
        ({"amount": "10", "pays": [{"invoice": "own", "amount": "11"}]}, "pays"),
        ({"pays": [{"invoice": "theirs", "amount": "1"}]}, "pays.0.invoice"),
    ],
    ids=str,
)
def test_what_cannot_be_is_named_and_nothing_is_kept(acme, umbra, change, field):
    numbers = {"own": acme.invoice.pk, "theirs": umbra.invoice.pk}
    if "pays" in change:
        pays = [share | {"invoice": numbers.get(share["invoice"], share["invoice"])} for share in change["pays"]]
        change = change | {"pays": pays}
    moved = LedgerTransaction.objects.count()
    problem = assert_problem(post(acme.secret, PAYMENT | change), 422)
    assert field in [error["field"] for error in problem["errors"]]
    assert not Payment.objects.exists()
    assert not Allocation.objects.exists()
    assert not KeptAnswer.objects.exists()
    assert LedgerTransaction.objects.count() == moved
    assert post(acme.secret, PAYMENT).status_code == 201


@pytest.mark.parametrize("key", [None, "", "x" * 256, "with space"])
def test_a_write_names_itself(acme, key):
    problem = assert_problem(post(acme.secret, PAYMENT, key=key), 422)
    assert problem["errors"][0]["field"].lower() == "idempotency-key"
    assert not Payment.objects.exists()


@pytest.mark.parametrize("body", ["", "{", "[]", "null", '"x"', "\xff"])
def test_what_is_no_payment_is_refused(acme, body):
    assert post(acme.secret, body).status_code in {400, 422}
    assert not Payment.objects.exists()


def test_only_a_key_that_may_records_and_only_for_its_own(acme, umbra):
    reader = a_key(acme.organization, "invoices:read", "usage:read", "organization:read", "events:write")
    assert "payments:write" in assert_problem(post(reader, PAYMENT), 403)["detail"]
    assert_problem(post(acme.secret, PAYMENT, code="umbra"), 404)
    assert_problem(post(umbra.secret, PAYMENT), 404)
    assert not Payment.objects.exists()
    assert not KeptAnswer.objects.exists()
