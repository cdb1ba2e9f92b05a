"""
Which SVG source may be printed as a logo: a drawing that is complete in itself and does nothing (BR-79).

What is printed on every document must not run, reach out, or grow when it is read. A source is refused, never mended:
a logo with a part cut out is not the logo.
"""

import re
from collections.abc import Iterator
from enum import StrEnum
from xml.etree import ElementTree as ET

LARGEST_SOURCE = 64_000
"""Characters; a drawn logo has a few thousand."""
MOST_ELEMENTS = 2_000
DEEPEST = 40
"""Elements within elements."""

SVG = "http://www.w3.org/2000/svg"
DRAWING = frozenset(
    {
        *("svg", "g", "defs", "title", "desc", "style"),
        *("path", "rect", "circle", "ellipse", "line", "polyline", "polygon"),
        *("text", "tspan"),
        *("linearGradient", "radialGradient", "stop", "clipPath"),
    }
)
"""Elements that draw. Those that copy others (`use`, `pattern`, `mask`) can multiply without end."""

_REFERENCES = re.compile(r"url\s*\(\s*['\"]?\s*([^)'\"\s]*)", re.IGNORECASE)


class LogoFault(StrEnum):
    """Why a logo is refused."""

    TOO_LARGE = "too_large"
    NOT_SVG = "not_svg"
    DECLARES = "declares"
    """A document type or entities, which could grow or read files."""
    NOT_DRAWING = "not_drawing"
    """An element that is not for drawing, such as a script or an image."""
    ACTS = "acts"
    """An attribute that runs something."""
    REACHES_OUT = "reaches_out"
    """A reference to anything outside the source."""
    NO_SIZE = "no_size"


def logo_faults(source: str) -> list[LogoFault]:
    """Return everything for which a logo is refused, each once; a source that cannot be read has one fault."""
    if len(source) > LARGEST_SOURCE:
        return [LogoFault.TOO_LARGE]
    # Before anything reads it: entities are expanded while reading.
    if re.search(r"<!\s*(?!--|\[CDATA\[)", source) or "<?" in source.replace("<?xml ", "", 1):
        return [LogoFault.DECLARES]
    try:
        root = ET.fromstring(source.strip())  # noqa: S314  (nothing in it can be expanded)
    except (ET.ParseError, ValueError, RecursionError):
        return [LogoFault.NOT_SVG]
    if root.tag != f"{{{SVG}}}svg":
        return [LogoFault.NOT_SVG]
    return list(dict.fromkeys(_faults(root)))


def _faults(root: ET.Element) -> Iterator[LogoFault]:
    if "viewBox" not in root.attrib and not {"width", "height"} <= root.attrib.keys():
        yield LogoFault.NO_SIZE
    count = 0
    waiting = [(root, 1)]
    while waiting:
        element, depth = waiting.pop()
        count += 1
        if count > MOST_ELEMENTS or depth > DEEPEST:
            yield LogoFault.TOO_LARGE
            return
        yield from _own_faults(element)
        waiting += [(child, depth + 1) for child in element]


def _own_faults(element: ET.Element) -> Iterator[LogoFault]:
    namespace, name = _split(element.tag)
    if namespace != SVG or name not in DRAWING:
        yield LogoFault.NOT_DRAWING
    if name == "style" and not _is_tame("".join(element.itertext())):
        yield LogoFault.REACHES_OUT
    for attribute, value in element.attrib.items():
        local = _split(attribute)[1].lower()
        if local.startswith("on"):
            yield LogoFault.ACTS
        if local in {"href", "src", "base"} and not value.startswith("#"):
            yield LogoFault.REACHES_OUT
        if not _is_tame(value):
            yield LogoFault.REACHES_OUT


def _is_tame(style: str) -> bool:
    """Tell whether a style or a value refers to nothing but parts of the drawing; escapes could hide what it says."""
    own = all(target.startswith("#") for target in _REFERENCES.findall(style))
    return own and not any(sign in style for sign in ("@", "\\", "javascript:", "image("))


def _split(name: str) -> tuple[str, str]:
    namespace, _, local = name.rpartition("}")
    return namespace.removeprefix("{"), local
