"""The application's registration with Django."""

from django.apps import AppConfig


class UsageConfig(AppConfig):
    """Register the app under its label."""

    name = "usage"
