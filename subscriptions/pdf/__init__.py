"""Turns a document into the bytes of its PDF; WeasyPrint and its system libraries are loaded on first use."""

from collections.abc import Callable
from types import ModuleType
from typing import TYPE_CHECKING

from subscriptions.pdf.embedded import Embedded, Hybrid
from subscriptions.pdf.limits import within_limits

if TYPE_CHECKING:
    from subscriptions.pdf.engine import Document

__all__ = ["Embedded", "Hybrid", "PdfUnavailable", "render_hybrid", "render_pdf", "renderer_name"]

INSTALL_HINT = (
    "PDF needs the Pango library, and fonts for the letters of every language. "
    "Debian or Ubuntu: apt-get install -y --no-install-recommends "
    "libpangoft2-1.0-0 libharfbuzz-subset0 fonts-noto-cjk fonts-noto-core. "
    "macOS: brew install pango."
)


class PdfUnavailable(Exception):  # noqa: N818 - it is a state of the machine, not a fault of the document
    """This machine cannot make a PDF; the message says what to install."""


def render_pdf(document: "Document", *, template: str) -> bytes:
    """
    Return the PDF of a document, laid out by a template: the same document, the same bytes.

    :raises PdfUnavailable: if Pango is missing
    :raises subscriptions.pdf.limits.RenderingLimitError: if it takes more than a minute or a gigabyte
    :raises subscriptions.pdf.engine.ForbiddenResource: if the document, by its logo, asks for anything but what we ship
    """
    engine = _engine()
    return within_limits(lambda: bytes(engine.render(document, template=template)))


def render_hybrid(document: "Document", *, template: str, make: Callable[[], Embedded]) -> Hybrid:
    """
    Return the PDF of a document with a file in it, and that file: both are made by the process that renders.

    :raises PdfUnavailable: if Pango is missing
    :raises subscriptions.pdf.limits.RenderingLimitError: if it takes more than a minute or a gigabyte
    :raises subscriptions.pdf.engine.ForbiddenResource: if the document, by its logo, asks for anything but what we ship
    """
    engine = _engine()

    def render() -> Hybrid:
        file = make()
        return Hybrid(pdf=bytes(engine.render(document, template=template, file=file)), file=file.content)

    return within_limits(render)


def renderer_name() -> str:
    """
    Return the name and version of what renders here.

    :raises PdfUnavailable: if Pango is missing
    """
    name: str = _engine().NAME
    return name


def _engine() -> ModuleType:
    try:
        # Importing WeasyPrint takes a second and fails without Pango: only those who render pay for it.
        from subscriptions.pdf import engine  # noqa: PLC0415
    except OSError as error:
        raise PdfUnavailable(INSTALL_HINT) from error
    return engine
