"""
Makes up what an organization's platform would have reported until this morning, as CloudEvents.

Everything comes from one seeded generator per organization and day: the same day gives the same events, byte for byte.
Nothing reaches beyond the last UTC midnight, so that no event is ahead of anyone's clock and no shift is cut in two.
"""

from datetime import date

from invoices.services.demo.shapes import Customer
from invoices.services.demo.shifts import work
from invoices.services.demo.story import Event, Story
from invoices.services.demo.traffic import use


def make_up_usage(customer: Customer, *, today: date) -> list[Event]:
    """Return every event of an organization, in the order in which they happened."""
    story = Story(customer, today)
    work(story)
    use(story)
    return sorted(story.events, key=lambda event: (str(event["time"]), str(event["id"])))
