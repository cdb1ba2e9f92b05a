"""Turns an invoice document into the bytes of its PDF; WeasyPrint and its system libraries are loaded on first use."""

from types import ModuleType

from invoices.documents import InvoiceDocument

INSTALL_HINT = (
    "PDF needs the Pango library and a Japanese font. "
    "Debian or Ubuntu: apt-get install -y --no-install-recommends "
    "libpangoft2-1.0-0 libharfbuzz-subset0 fonts-noto-cjk. "
    "macOS: brew install pango."
)


class PdfUnavailable(Exception):  # noqa: N818 - it is a state of the machine, not a fault of the document
    """This machine cannot make a PDF; the message says what to install."""


def render_pdf(document: InvoiceDocument) -> bytes:
    """
    Return the PDF of a document: the same document, the same bytes.

    :raises PdfUnavailable: if Pango is missing
    :raises invoices.pdf.engine.ForbiddenResource: if the document, by its logo, asks for anything but what we ship
    """
    content: bytes = _engine().render(document)
    return content


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
        from invoices.pdf import engine  # noqa: PLC0415
    except OSError as error:
        raise PdfUnavailable(INSTALL_HINT) from error
    return engine
