"""WeasyPrint, with a style sheet read once and a fetcher that opens nothing but the fonts we ship."""

import logging
from functools import cache
from pathlib import Path
from typing import Any

import weasyprint
from django.contrib.staticfiles import finders
from django.template.loader import render_to_string
from django.utils import translation
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse

from invoices.documents import InvoiceDocument

NAME = f"WeasyPrint {weasyprint.__version__}"

# Archivable and tagged: readable in thirty years, and to a screen reader today.
PDF_VARIANT = "pdf/a-3a"

FONTS = {
    f"font:{name}": f"invoices/fonts/{name}"
    for name in ("Inter-Regular.woff2", "Inter-Medium.woff2", "Inter-SemiBold.woff2")
}


# A dozen lines for every document say nothing that the sweep does not say in one.
logging.getLogger("weasyprint.progress").setLevel(logging.WARNING)


class ForbiddenResource(Exception):  # noqa: N818 - it names what was refused
    """A document asked for a resource that is not ours; nothing was rendered."""


class OurFontsOnly(URLFetcher):  # type: ignore[misc]
    """Serves the fonts by name and the content of `data:` URLs; anything else ends the rendering."""

    def __init__(self) -> None:
        """Leave no protocol that could read a file or reach a network."""
        super().__init__(allowed_protocols={"data"}, allow_redirects=False, fail_on_errors=True)

    def fetch(self, url: str, headers: dict[str, str] | None = None) -> Any:
        """Return one of our fonts, or what a `data:` URL carries in itself."""
        if url in FONTS:
            return URLFetcherResponse(url, _font(FONTS[url]), {"Content-Type": "font/woff2"})
        return super().fetch(url, headers)


def render(document: InvoiceDocument) -> bytes:
    """
    Return the PDF of a document.

    :raises ForbiddenResource: if it asks for anything but our fonts and the data it carries
    """
    with translation.override(document.language):
        source = render_to_string("invoices/pdf/invoice.html", {"document": document})
    stylesheet, fonts = _stylesheet()
    html = weasyprint.HTML(string=source, url_fetcher=OurFontsOnly())
    try:
        content: bytes = html.write_pdf(stylesheets=[stylesheet], font_config=fonts, pdf_variant=PDF_VARIANT)
    except FatalURLFetchingError as error:
        # WeasyPrint's own is a BaseException, which would pass by everyone who handles a failed document.
        raise ForbiddenResource(f"{error}: {error.__cause__}") from error
    return content


@cache
def _stylesheet() -> tuple[Any, Any]:
    fonts = FontConfiguration()
    source = render_to_string("invoices/pdf/invoice.css")
    return weasyprint.CSS(string=source, font_config=fonts, url_fetcher=OurFontsOnly()), fonts


def _font(name: str) -> bytes:
    found = finders.find(name)
    if not isinstance(found, str):
        raise FileNotFoundError(f"static/{name} is missing")
    return Path(found).read_bytes()
