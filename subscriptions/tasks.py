"""What runs by itself for price lists from files."""

from celery import shared_task

from subscriptions.selectors import database_now
from subscriptions.services.price_imports.uploads import forget_old_uploads
from subscriptions.services.price_imports.waking import TASK
from subscriptions.services.price_imports.working import work_on_imports


@shared_task(name=TASK)
def work_on_price_imports() -> None:
    """Read the files that were uploaded and import those that were confirmed."""
    work_on_imports(now=database_now())


@shared_task(name="subscriptions.forget_old_price_imports")
def forget_old_price_imports() -> None:
    """Delete the uploads that nobody confirmed."""
    forget_old_uploads(now=database_now())
