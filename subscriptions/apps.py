"""The application's registration with Django."""

from django.apps import AppConfig


class SubscriptionsConfig(AppConfig):
    """Register the app under its label."""

    name = "subscriptions"
