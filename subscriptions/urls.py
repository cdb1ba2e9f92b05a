"""The addresses of an organization's billing contacts, members and webhooks, of invitations, and of trials."""

from django.urls import path

from subscriptions.views import contacts, members, trials, webhooks
from subscriptions.views.language import set_language

urlpatterns = [
    path("language/", set_language, name="set_language"),
    path("o/<slug:code>/contacts/", contacts.billing_contacts, name="billing_contacts"),
    path("o/<slug:code>/members/", members.member_list, name="members"),
    path("o/<slug:code>/members/<int:pk>/", members.member_permissions, name="member_permissions"),
    path("o/<slug:code>/members/<int:pk>/remove/", members.member_remove, name="member_remove"),
    path("o/<slug:code>/invitations/<int:pk>/again/", members.invitation_again, name="invitation_again"),
    path("o/<slug:code>/invitations/<int:pk>/withdraw/", members.invitation_withdraw, name="invitation_withdraw"),
    path("o/<slug:code>/events/webhooks/", webhooks.webhook_list, name="webhooks"),
    path("o/<slug:code>/events/webhooks/<int:pk>/", webhooks.webhook, name="webhook"),
    path("o/<slug:code>/events/webhooks/<int:pk>/rotate/", webhooks.webhook_rotate, name="webhook_rotate"),
    path("o/<slug:code>/events/webhooks/<int:pk>/revoke/", webhooks.webhook_revoke, name="webhook_revoke"),
    path("o/<slug:code>/events/webhooks/<int:pk>/test/", webhooks.webhook_test, name="webhook_test"),
    path("o/<slug:code>/events/webhooks/<int:pk>/switch-on/", webhooks.webhook_switch_on, name="webhook_switch_on"),
    path("o/<slug:code>/events/webhooks/sent/<int:pk>/", webhooks.webhook_delivery, name="webhook_delivery"),
    path("o/<slug:code>/events/webhooks/sent/<int:pk>/again/", webhooks.webhook_send_again, name="webhook_send_again"),
    path("invitations/<str:token>/", members.invitation, name="invitation"),
    path("trial/", trials.ask, name="trial_request"),
    path("trial/asked/", trials.asked, name="trial_asked"),
    path("trial/<str:link>/", trials.confirm, name="trial_confirm"),
]
