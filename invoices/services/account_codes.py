"""Sets the codes under which the accounting keeps what the ledger holds (ADR 41)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction

from invoices.domain.finance.journal import Purpose
from invoices.models import AccountCode
from invoices.selectors.finance.journal import get_account_codes
from subscriptions.choices import AuditKind
from subscriptions.services.auditing import Deed, record_all


def set_account_codes(wanted: Mapping[Purpose, str], *, by: User, now: datetime) -> int:
    """
    Keep exactly these codes from now on, and return how many are others than before.

    A purpose without a code goes back to what is proposed. What was exported keeps the codes that it was exported with.
    """
    codes = {purpose: code.strip() for purpose, code in wanted.items() if code.strip()}
    with transaction.atomic():
        before = get_account_codes()
        changed = [purpose for purpose in sorted({*before, *codes}) if before.get(purpose) != codes.get(purpose)]
        deeds = [
            Deed(
                organization_id=None,
                kind=AuditKind.CATALOG,
                deed="account_code_set",
                subject=_set(purpose, codes.get(purpose, "")),
                by=by,
                at=now,
                facts={
                    "account": purpose.account.value,
                    "part": purpose.part,
                    "kind": purpose.kind,
                    "before": before.get(purpose, ""),
                    "code": codes.get(purpose, ""),
                },
            )
            for purpose in changed
        ]
        record_all(deeds)
    return len(changed)


def _set(purpose: Purpose, code: str) -> AccountCode:
    """Write a code, or take it away, and return the row as it was named."""
    key: dict[str, Any] = {"account": purpose.account.value, "part": purpose.part, "kind": purpose.kind}
    if code:
        return AccountCode.objects.update_or_create(**key, defaults={"code": code})[0]
    row = AccountCode.objects.get(**key)
    named = AccountCode(pk=row.pk, **key)
    row.delete()
    return named
