"""Reads bank files and their lines as a person may see them (BR-92, BR-93)."""

from django.db.models import Count, Q, QuerySet

from invoices.models import BankFile, BankLine
from subscriptions.selectors.people import Person, is_lead, list_organizations_for_staff


def list_bank_files(person: Person) -> QuerySet[BankFile]:
    """Return the files that a person sees: a lead all, a CSM their own."""
    files = BankFile.objects.all()
    return files if is_lead(person) else files.filter(uploaded_by=person.pk)


def list_bank_lines(person: Person) -> QuerySet[BankLine]:
    """
    Return the lines that a person sees: a lead all.

    A CSM those of their organizations, and of their own files those that are nobody's yet: a line that is another
    organization's is not theirs, even if they brought it.
    """
    lines = BankLine.objects.all()
    if is_lead(person):
        return lines
    own = Q(organization__in=list_organizations_for_staff(person))
    return lines.filter(own | Q(organization__isnull=True, file__uploaded_by=person.pk))


def count_bank_lines(lines: QuerySet[BankLine]) -> dict[str, int]:
    """Return how many of some lines are in each state."""
    return dict(lines.order_by().values_list("state").annotate(count=Count("pk")))
