"""What failed is tried again, ever more rarely, and for ever."""

from datetime import timedelta

from subscriptions.domain.retry import retry_delay


def test_the_wait_doubles_up_to_six_hours():
    waits = [retry_delay(attempts) for attempts in (1, 2, 3, 7, 8, 30_000)]
    minutes = [wait / timedelta(minutes=1) for wait in waits]
    assert minutes == [5, 10, 20, 320, 360, 360]
