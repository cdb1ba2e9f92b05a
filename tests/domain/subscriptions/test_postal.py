"""Postal code and city out of an address as it is printed."""

import pytest

from subscriptions.domain.postal import PostalAddress, postal_address


@pytest.mark.parametrize(
    ("country", "lines", "city", "post_code", "rest"),
    [
        ("DE", ["Kreditoren", "An der Obertrave 141", "23552 Lübeck"], "Lübeck", "23552", 2),
        ("DE", ["Speicherstraße 11", "D-20457 Hamburg"], "Hamburg", "D-20457", 1),
        ("NL", ["Lijnbaankade 27", "1013 AV Amsterdam"], "Amsterdam", "1013 AV", 1),
        ("AT", ["Ring 1", "1010 WIEN"], "WIEN", "1010", 1),
        ("SE", ["Gatan 1", "114 55 Stockholm"], "Stockholm", "114 55", 1),
        ("PL", ["ulica 1", "00-950 Warszawa"], "Warszawa", "00-950", 1),
        ("PT", ["Rua 1", "1000-205 Lisboa"], "Lisboa", "1000-205", 1),
        ("FR", ["Service", "3 bis, quai", "29200 Brest", "France"], "Brest", "29200", 3),
        # A house number in front of its street is no postal code.
        ("IE", ["1200 Main Street", "Dublin 2"], "", "", 2),
        ("US", ["4100 Market Street", "Boston, MA 02108"], "", "", 2),
        ("DE", ["1234 Straße", "Hof", "Hintereingang"], "", "", 3),
        ("DE", [], "", "", 0),
    ],
)
def test_the_city_is_told_from_the_street(country, lines, city, post_code, rest):
    found = postal_address(lines, country=country)
    assert (found.city, found.post_code, len(found.lines)) == (city, post_code, rest)


def test_what_is_more_than_three_lines_is_joined_to_the_third():
    lines = ["Abteilung 1", "Gebäude 2", "Stock 3", "Zimmer 4", "Weg 5", "20457 Hamburg"]
    assert postal_address(lines, country="DE") == PostalAddress(
        lines=("Abteilung 1", "Gebäude 2", "Stock 3, Zimmer 4, Weg 5"),
        city="Hamburg",
        post_code="20457",
        country="DE",
    )
