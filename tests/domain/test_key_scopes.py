"""What may be given to a key, and by whom."""

import pytest

from usage.domain.key_scopes import KeyScope, in_order, may_be_given


@pytest.mark.parametrize(
    ("told", "scopes", "by_admin", "by_lead"),
    [
        ("what everyone gives", ["events:write"], True, True),
        ("all that reads", ["usage:read", "invoices:read", "organization:read"], True, True),
        ("what an organization does not say of itself", ["payments:write"], False, True),
        ("that beside others", ["usage:read", "payments:write"], False, True),
        ("nothing", [], False, False),
        ("what there is not", ["everything"], False, False),
        ("what there is not beside what there is", ["usage:read", "usage:write"], False, False),
    ],
)
def test_what_may_be_given(told, scopes, by_admin, by_lead):
    assert may_be_given(scopes, by_lead=False) is by_admin
    assert may_be_given(scopes, by_lead=True) is by_lead


def test_scopes_stand_in_one_order_each_once():
    assert in_order([scope.value for scope in reversed(KeyScope)] * 2) == [scope.value for scope in KeyScope]
    assert in_order(["unknown", "usage:read"]) == ["usage:read"]
