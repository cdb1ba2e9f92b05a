"""The addresses below an organization's licenses."""

from django.urls import path

from usage import views

urlpatterns = [
    path("", views.licenses, name="licenses"),
    path("end-trial/", views.end, name="end_trial"),
    path("people/", views.everyone, name="everyone"),
    path("person/", views.person, name="person"),
    path("<slug:product>/people/", views.people, name="people"),
]
