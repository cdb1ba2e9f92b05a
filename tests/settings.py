"""The site's own settings, with a folder that vanishes and a password hasher that does not cost a second."""

import atexit
import os
import shutil
import tempfile

if "SEATBILL_VAR" not in os.environ:
    os.environ["SEATBILL_VAR"] = tempfile.mkdtemp(prefix="seatbill-tests-")
    atexit.register(shutil.rmtree, os.environ["SEATBILL_VAR"], ignore_errors=True)

from billingsite.settings import *  # noqa: F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

# Invoices are paid online without any account; not by the environment, which the processes of tests inherit.
PAYMENT_GATEWAY = "test"

# WhiteNoise complains about a folder that is not there; nothing needs to be in it.
STATIC_ROOT.mkdir(parents=True, exist_ok=True)  # noqa: F405
