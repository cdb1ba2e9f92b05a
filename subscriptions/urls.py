"""The addresses of an organization's billing contacts and members, of invitations to become one, and of trials."""

from django.urls import path

from subscriptions.views import contacts, members, trials
from subscriptions.views.language import set_language

urlpatterns = [
    path("language/", set_language, name="set_language"),
    path("o/<slug:code>/contacts/", contacts.billing_contacts, name="billing_contacts"),
    path("o/<slug:code>/members/", members.member_list, name="members"),
    path("o/<slug:code>/members/<int:pk>/", members.member_permissions, name="member_permissions"),
    path("o/<slug:code>/members/<int:pk>/remove/", members.member_remove, name="member_remove"),
    path("o/<slug:code>/invitations/<int:pk>/again/", members.invitation_again, name="invitation_again"),
    path("o/<slug:code>/invitations/<int:pk>/withdraw/", members.invitation_withdraw, name="invitation_withdraw"),
    path("invitations/<str:token>/", members.invitation, name="invitation"),
    path("trial/", trials.ask, name="trial_request"),
    path("trial/asked/", trials.asked, name="trial_asked"),
    path("trial/<str:link>/", trials.confirm, name="trial_confirm"),
]
