"""The site that composes the three apps: settings, URLs, the Celery application."""

from billingsite.celery import app as celery_app

__all__ = ["celery_app"]
