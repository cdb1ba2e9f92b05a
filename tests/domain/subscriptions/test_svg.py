"""A logo is a drawing that is complete in itself and does nothing (BR-79)."""

import pytest

from invoices.services.demo.sellers import LOGO
from subscriptions.domain.svg import DEEPEST, LARGEST_SOURCE, MOST_ELEMENTS, LogoFault, logo_faults


def svg(content: str, attributes: str = 'viewBox="0 0 10 10"') -> str:
    return f'<svg xmlns="http://www.w3.org/2000/svg" {attributes}>{content}</svg>'


@pytest.mark.parametrize(
    ("label", "source"),
    [
        ("the demo's", LOGO),
        ("with an XML declaration", '<?xml version="1.0" encoding="UTF-8"?>\n' + svg('<path d="M0 0"/>')),
        ("with a gradient", svg('<linearGradient id="a"/><rect fill="url(#a)"/>')),
        ("with a quoted reference", svg("<rect fill=\"url('#a')\"/>")),
        ("with styles", svg("<style>.a{fill:#123456}</style><path class='a'/>")),
        ("with styles as character data", svg("<style><![CDATA[.a > .b{fill:red}]]></style>")),
        ("with a comment", svg("<!-- drawn by hand -->")),
        ("with width and height", svg("<g/>", 'width="10" height="10"')),
        ("with a link between gradients", svg('<linearGradient id="a"/><linearGradient href="#a"/>')),
    ],
)
def test_a_drawing_is_taken(label, source):
    assert logo_faults(source) == []


@pytest.mark.parametrize(
    ("label", "source", "fault"),
    [
        ("a script", svg("<script>alert(1)</script>"), LogoFault.NOT_DRAWING),
        ("a page", svg("<foreignObject/>"), LogoFault.NOT_DRAWING),
        ("an image in itself", svg('<image href="#a"/>'), LogoFault.NOT_DRAWING),
        ("a link", svg('<a href="#a"/>'), LogoFault.NOT_DRAWING),
        ("an animation", svg('<animate attributeName="x"/>'), LogoFault.NOT_DRAWING),
        ("copies that multiply", svg('<g id="a"/><use href="#a"/>'), LogoFault.NOT_DRAWING),
        ("another namespace", svg('<h:script xmlns:h="http://www.w3.org/1999/xhtml"/>'), LogoFault.NOT_DRAWING),
        ("an event", svg('<rect onclick="alert(1)"/>'), LogoFault.ACTS),
        ("an event in capitals", svg('<rect ONLOAD="alert(1)"/>'), LogoFault.ACTS),
        ("an address", svg('<rect fill="url(https://elsewhere.example/x)"/>'), LogoFault.REACHES_OUT),
        ("a spaced address", svg("<rect style=\"fill: URL ( '//elsewhere.example' )\"/>"), LogoFault.REACHES_OUT),
        ("a file", svg('<linearGradient href="file:///etc/passwd"/>'), LogoFault.REACHES_OUT),
        (
            "a link of old",
            svg('<rect xlink:href="https://elsewhere.example"/>', 'viewBox="0 0 1 1" xmlns:xlink="http://w3.org/x"'),
            LogoFault.REACHES_OUT,
        ),
        ("a base", svg("<g/>", 'viewBox="0 0 1 1" xml:base="https://elsewhere.example"'), LogoFault.REACHES_OUT),
        ("an imported style", svg('<style>@import "https://elsewhere.example"</style>'), LogoFault.REACHES_OUT),
        ("an imported style after a part", svg('<style><g/>@import "x"</style>'), LogoFault.REACHES_OUT),
        ("a font", svg('<style>@font-face{font-family:"x"}</style>'), LogoFault.REACHES_OUT),
        ("an escaped address", svg(r'<rect style="fill:\75rl(https://elsewhere.example)"/>'), LogoFault.REACHES_OUT),
        ("a document type", '<!DOCTYPE svg SYSTEM "https://elsewhere.example">' + svg(""), LogoFault.DECLARES),
        ("an entity", '<!DOCTYPE svg [<!ENTITY a "aaaa">]>' + svg("<text>&a;</text>"), LogoFault.DECLARES),
        ("a stylesheet", '<?xml-stylesheet href="x"?>' + svg(""), LogoFault.DECLARES),
        ("text", "Northbeam", LogoFault.NOT_SVG),
        ("a page around it", f"<html>{svg('')}</html>", LogoFault.NOT_SVG),
        ("half of it", svg("<g>"), LogoFault.NOT_SVG),
        ("no namespace", '<svg viewBox="0 0 1 1"/>', LogoFault.NOT_SVG),
        ("an undeclared entity", svg("<text>&nbsp;</text>"), LogoFault.NOT_SVG),
        ("no size", svg("<g/>", ""), LogoFault.NO_SIZE),
        ("only a width", svg("<g/>", 'width="10"'), LogoFault.NO_SIZE),
        ("a long source", svg(f"<desc>{'a' * LARGEST_SOURCE}</desc>"), LogoFault.TOO_LARGE),
        ("many shapes", svg("<g/>" * MOST_ELEMENTS), LogoFault.TOO_LARGE),
        ("groups in groups", svg("<g>" * DEEPEST + "</g>" * DEEPEST), LogoFault.TOO_LARGE),
    ],
)
def test_what_is_more_than_a_drawing_is_refused(label, source, fault):
    assert logo_faults(source) == [fault]


def test_every_fault_is_told_at_once():
    faults = logo_faults(svg('<script/><script/><rect onload="x" fill="url(x)"/>', ""))
    assert set(faults) == {LogoFault.NOT_DRAWING, LogoFault.ACTS, LogoFault.REACHES_OUT, LogoFault.NO_SIZE}
    assert len(faults) == 4


def test_as_large_as_allowed_is_taken():
    assert logo_faults(svg("<g/>" * (MOST_ELEMENTS - 1))) == []
    assert logo_faults(svg("<g>" * (DEEPEST - 1) + "</g>" * (DEEPEST - 1))) == []
