"""The addresses of an organization's licenses, of what was reported for it, and of the keys it reports with."""

from django.urls import path

from usage.views import events, keys, licenses

urlpatterns = [
    path("licenses/", licenses.licenses, name="licenses"),
    path("licenses/end-trial/", licenses.end, name="end_trial"),
    path("licenses/people/", licenses.everyone, name="everyone"),
    path("licenses/person/", licenses.person, name="person"),
    path("licenses/<slug:product>/people/", licenses.people, name="people"),
    path("events/", events.accepted, name="events"),
    path("events/events.csv", events.accepted_csv, name="events_csv"),
    path("events/rejected/", events.rejected, name="rejected_events"),
    path("events/rejected/rejected.csv", events.rejected_csv, name="rejected_events_csv"),
    path("events/rejected/<int:pk>/", events.rejected_event, name="rejected_event"),
    path("events/keys/", keys.key_list, name="keys"),
    path("events/keys/<int:pk>/replace/", keys.key_replace, name="key_replace"),
    path("events/keys/<int:pk>/revoke/", keys.key_revoke, name="key_revoke"),
]
"""Below `o/CODE/`, like those of the other apps."""
