"""Who records a decision, and when."""

from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import User


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """Kept with what was decided; nobody, if the product itself did."""

    by: User | None
    at: datetime
