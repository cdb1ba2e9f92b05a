"""How a page finds the organization that its address names, and who decides; and makes sure of them if it is grave."""

from collections.abc import Sequence
from typing import cast

from allauth.account.decorators import reauthentication_required
from allauth.core.exceptions import ReauthenticationRequired
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest

from subscriptions.models import Organization
from subscriptions.selectors.clock import database_now
from subscriptions.selectors.people import Person, is_lead, list_organizations_of_member
from subscriptions.services.recording import Recording

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
"""Who vouches for a person that has just made an account."""


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


def recording_of(request: HttpRequest) -> Recording:
    """Return who decides, and when: the person who is logged in, now."""
    return Recording(by=cast("User", request.user), at=database_now())


def make_sure_of(request: HttpRequest) -> None:
    """
    Let a person pass who has just given their password, and send anyone else to do so first; what they sent is kept.

    A CSM passes: they act for organizations that are assigned to them. So does a change that is approved.
    """
    if hasattr(request, "approved_points"):
        return
    if getattr(request.user, "is_staff", False) and not is_lead(request.user):
        return
    try:
        _given_again(request)
    except ReauthenticationRequired:
        if request.GET and request.method == "POST":
            # What was sent is kept with its query, and found again by its path alone.
            request.META["QUERY_STRING"] = ""
        raise


_given_again = reauthentication_required(lambda request: None)


class SecondPersonRequired(Exception):  # noqa: N818 - it is an answer, not a fault
    """
    What was sent is carried out only once a second person has approved it; nothing of it was.

    `subject` is what would be changed, `points` say what it would change: the same for the same change.
    """

    def __init__(self, subject: str, points: Sequence[str]) -> None:
        """Keep what would be changed."""
        super().__init__(subject)
        self.subject, self.points = subject, tuple(points)


def second_person_for(request: HttpRequest, *, subject: object, points: Sequence[object]) -> None:
    """
    Let a change pass that a second person has approved, and keep any other one for them, as it was sent.

    :raises SecondPersonRequired: if nobody has approved exactly this
    """
    # Words that are translated late are read now, in the language of the page.
    words = [str(point) for point in points]
    if getattr(request, "approved_points", None) != words:
        raise SecondPersonRequired(str(subject), words)


def second_person_of(request: HttpRequest) -> User:
    """Return who has approved what is carried out; only after `second_person_for` has let it pass."""
    return cast("User", request.approved_by)  # type: ignore[attr-defined]
