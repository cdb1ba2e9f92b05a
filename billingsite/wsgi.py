"""The WSGI entry point of the site."""

import os

from django.conf import settings
from django.core.wsgi import get_wsgi_application

from billingsite.bodies import with_bodies_in_time

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "billingsite.settings")

application = with_bodies_in_time(get_wsgi_application(), seconds=settings.MAX_BODY_SECONDS)
