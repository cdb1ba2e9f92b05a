"""Reads the one clock, and the latest date that it is anywhere."""

from datetime import UTC, date, datetime, timedelta

from django.db import connection


def database_now() -> datetime:
    """Return the database's clock: the one clock by which events are received and cycles fall due (BR-02)."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT clock_timestamp()")
            now: datetime = cursor.fetchone()[0]
            return now.astimezone(UTC)
        cursor.execute("SELECT strftime('%Y-%m-%dT%H:%M:%f', 'now')")
        return datetime.fromisoformat(cursor.fetchone()[0]).replace(tzinfo=UTC)


def latest_local_date() -> date:
    """Return today's date where the day begins first: what begins on it may be in force somewhere."""
    return latest_date_at(database_now())


def latest_date_at(now: datetime) -> date:
    """Return the date of an instant where the day begins first."""
    return (now + timedelta(hours=14)).date()
