"""The site's own settings for a real worker under test, which shares its Redis with others but not its keys."""

import os

from billingsite.settings import *  # noqa: F403
from billingsite.settings import CELERY_BROKER_TRANSPORT_OPTIONS

if os.environ["TEST_KEY_PREFIX"]:
    CELERY_BROKER_TRANSPORT_OPTIONS["global_keyprefix"] = os.environ["TEST_KEY_PREFIX"]
