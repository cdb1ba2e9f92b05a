"""How a page finds the organization that its address names."""

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404

from subscriptions.models import Organization
from subscriptions.selectors import Person, list_organizations_of_member


def get_organization(*, code: str, among: QuerySet[Organization], person: Person) -> Organization:
    """
    Return the organization with this code among those whose page the person may see.

    :raises PermissionDenied: if the person belongs to it without the permission that the page needs
    :raises Http404: if it is not theirs; what is not yours does not exist (BR-93)
    """
    organization = among.filter(code=code).first()
    if organization is not None:
        return organization
    if list_organizations_of_member(person).filter(code=code).exists():
        raise PermissionDenied
    raise Http404
