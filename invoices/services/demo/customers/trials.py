"""Who is still trying things out: one in the middle of it, one whose time is up."""

from invoices.services.demo.shapes import MONDAY_TO_SATURDAY, Crew, Traffic, Tryout
from subscriptions.domain.catalog import COMMUNICATE, PURECLOUD_2

BOARD_GAMES = Tryout(
    code="trial-k7wm3vq2",
    name="Juniper & Vole Board Games",
    country="US",
    region="us-west-2",
    time_zone="America/Denver",
    started_days_ago=11,
    days=30,
    crews=(
        Crew(name="helpdesk", size=6, license=PURECLOUD_2, start=9, hours=8, joiners=2),
        Crew(name="workshop", size=3, license=COMMUNICATE, start=8, hours=7),
    ),
    traffic=Traffic(ivr_minutes=45, api_requests=1_200, storage_gigabytes=38, storage_growth=3.4, home="US"),
)

FERRIES = Tryout(
    code="trial-p4hx9c6t",
    name="Inverlochy Ferries",
    country="GB",
    region="eu-central-1",
    time_zone="Europe/London",
    started_days_ago=35,
    days=30,
    crews=(Crew(name="booking", size=8, license=PURECLOUD_2, start=7, hours=8, days=MONDAY_TO_SATURDAY, joiners=3),),
    # Somebody moved years of recordings over: more than a trial includes.
    traffic=Traffic(ivr_minutes=160, api_requests=4_000, storage_gigabytes=610, storage_growth=18.5, home="GB"),
)
