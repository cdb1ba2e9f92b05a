"""How hard the properties search: the same few examples each time, or many new ones with `HYPOTHESIS_PROFILE=long`."""

import os

from hypothesis import HealthCheck, settings

# Without a clock: a deadline would fail on a slow machine, where nothing is wrong.
settings.register_profile(
    "short",
    max_examples=25,
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile("long", settings.get_profile("short"), max_examples=3000, derandomize=False)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "short"))
