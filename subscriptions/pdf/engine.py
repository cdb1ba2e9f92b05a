"""WeasyPrint, with a fetcher that opens nothing but the fonts we ship."""

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, Protocol

import weasyprint
from django.contrib.staticfiles import finders
from django.template.loader import render_to_string
from django.utils import translation
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse

from subscriptions.pdf.embedded import Embedded

NAME = f"WeasyPrint {weasyprint.__version__}"

# Archivable and tagged: readable in thirty years, and to a screen reader today.
PDF_VARIANT = "pdf/a-3a"

FONTS = {
    f"font:{name}": f"subscriptions/fonts/{name}"
    for name in ("Inter-Regular.ttf", "Inter-Medium.ttf", "Inter-SemiBold.ttf")
}


# A dozen lines for every document say nothing that the sweep does not say in one.
logging.getLogger("weasyprint.progress").setLevel(logging.WARNING)


class Document(Protocol):
    """What the engine has to know of a document; the rest is between it and its template."""

    @property
    def language(self) -> str:
        """Return the language it is written in."""


class ForbiddenResource(Exception):  # noqa: N818 - it names what was refused
    """A document asked for a resource that is not ours; nothing was rendered."""


class OurFontsOnly(URLFetcher):  # type: ignore[misc]
    """Serves the fonts by name and the content of `data:` URLs, refuses all else, and remembers what it refused."""

    def __init__(self) -> None:
        """Leave no protocol that could read a file or reach a network."""
        super().__init__(allowed_protocols={"data"}, allow_redirects=False, fail_on_errors=True)
        self.refused: list[str] = []

    def fetch(self, url: str, headers: dict[str, str] | None = None) -> Any:
        """
        Return one of our fonts, or what a `data:` URL carries in itself.

        :raises ForbiddenResource: for any other address
        """
        if url in FONTS:
            return URLFetcherResponse(url, _font(FONTS[url]), {"Content-Type": "font/ttf"})
        if url.startswith("data:"):
            return super().fetch(url, headers)
        self.refused.append(url)
        raise ForbiddenResource(f"The document asks for {url}")


def render(document: Document, *, template: str, file: Embedded | None = None) -> bytes:
    """
    Return the PDF of a document, laid out by a template in its language, with a file in it if there is one.

    :raises ForbiddenResource: if it asks for anything but our fonts and the data it carries
    """
    with translation.override(document.language):
        source = render_to_string(template, {"document": document})
    fetcher = OurFontsOnly()
    # A fresh one for each document: a logo may declare fonts, and what it declares must not reach the next document.
    fonts = FontConfiguration()
    our_fonts = weasyprint.CSS(string=_text("fonts.css"), font_config=fonts, url_fetcher=fetcher)
    html = weasyprint.HTML(string=source, url_fetcher=fetcher)
    try:
        with _own_open_file_ignored():
            content: bytes = html.write_pdf(
                stylesheets=[our_fonts, _stylesheet()],
                font_config=fonts,
                pdf_variant=PDF_VARIANT,
                **(_embedding(file) if file else {}),
            )
    except FatalURLFetchingError as error:
        # A BaseException: it would pass by everyone who handles a document that failed.
        raise ForbiddenResource(str(error)) from error
    # Inside an image WeasyPrint only logs a refusal, and goes on without it.
    if fetcher.refused:
        raise ForbiddenResource(f"The document asks for {', '.join(fetcher.refused)}")
    return content


def _embedding(file: Embedded) -> dict[str, Any]:
    """Return what WeasyPrint has to be told of a file, and what is still to be mended of how it writes it."""
    attachment = weasyprint.Attachment(
        string=file.content,
        name=file.name,
        description=file.description,
        relationship=file.relationship,
        created=file.at,
        modified=file.at,
    )

    def finish(_document: Any, pdf: Any) -> None:
        # It lists an attached file twice, guesses the type of its content by the machine's own tables, and would add an
        # announcement as a second description of the PDF where readers look at the first; simple ones look for it in
        # the bytes, so it is not compressed.
        (reference, *_again) = pdf.catalog["AF"]
        pdf.catalog["AF"][:] = [reference]
        filespec = pdf.objects[_number(reference)]
        stream = pdf.objects[_number(filespec["EF"]["F"])]
        stream.extra["Subtype"] = "/" + file.mime_type.replace("/", "#2f")
        metadata = pdf.objects[_number(pdf.catalog["Metadata"])]
        metadata.compress = False
        end = b"</rdf:RDF>"
        metadata.stream = [part.replace(end, file.announcement.encode() + end) for part in metadata.stream]

    return {"attachments": [attachment], "finisher": finish}


def _number(reference: bytes) -> int:
    """Return the number of the object that a reference is to."""
    return int(reference.split()[0])


@contextmanager
def _own_open_file_ignored() -> Iterator[None]:
    """Keep quiet about the color profile that WeasyPrint opens and leaves to the garbage collector."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="unclosed file.*sRGB", category=ResourceWarning)
        yield


@cache
def _stylesheet() -> Any:
    return weasyprint.CSS(string=_text("document.css"), url_fetcher=OurFontsOnly())


@cache
def _text(name: str) -> str:
    return render_to_string(f"subscriptions/pdf/{name}")


@cache
def _font(name: str) -> bytes:
    found = finders.find(name)
    if not isinstance(found, str):
        raise FileNotFoundError(f"static/{name} is missing")
    return Path(found).read_bytes()
