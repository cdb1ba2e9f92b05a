"""
The catalogs of the languages: the words of the code, of the templates, of the models and of the admin theme.

It reads and writes them by Babel, which money and dates need anyway: no machine needs GNU gettext.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from pathlib import Path

import django
import unfold
from babel.messages import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.apps import apps
from django.conf import settings
from django.utils.translation.template import templatize

from subscriptions.apps import words_of

OWN_APPS = ("subscriptions", "usage", "invoices")
OWN_CODE = (*OWN_APPS, "billingsite", "templates")
THEME = Path(unfold.__file__).parent

KEYWORDS = DEFAULT_KEYWORDS | {
    "gettext_lazy": None,
    "ngettext_lazy": (1, 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext_lazy": ((1, "c"), 2, 3),
    # Words of rules, which know nothing of Django; a page translates them.
    "translatable": None,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What is to be translated, with the file it stands in; of words with a plural, both; with their context."""

    place: str
    id: str | tuple[str, ...]
    context: str | None = None


class PlainCatalog(Catalog):
    """A catalog that says of itself only what programs read: of dates and versions no two runs would agree."""

    @property
    def mime_headers(self) -> list[tuple[str, str]]:
        """Return the header's lines."""
        return [
            ("Language", str(self.locale)),
            ("MIME-Version", "1.0"),
            ("Content-Type", "text/plain; charset=utf-8"),
            ("Content-Transfer-Encoding", "8bit"),
            ("Plural-Forms", f"{self.plural_forms}\n"),
        ]


def collect_words(locale: str) -> Sequence[Words]:
    """Return all words that a person may read in a language, but those that Django translates to it."""
    known = _words_of_django(locale)
    return [*_own_words(), *(words for words in _words_of_the_theme() if words.id not in known)]


def updated(catalog: Catalog) -> Catalog:
    """Return a catalog with exactly the words there are, translated as far as they were."""
    fresh = PlainCatalog(locale=catalog.locale, header_comment=catalog.header_comment, fuzzy=False)
    for words in collect_words(str(catalog.locale)):
        before = catalog.get(words.id, words.context)
        kept = before if isinstance(before, Message) and before.id == words.id else None
        fresh.add(
            words.id,
            string=kept.string if kept else None,
            locations=[(words.place, 0)],
            flags=set(kept.flags) - {"python-format"} if kept else (),
            user_comments=kept.user_comments if kept else (),
            context=words.context,
        )
    return fresh


def find_catalogs() -> list[Path]:
    """Return the catalog of each language."""
    return sorted((Path(settings.BASE_DIR) / "locale").glob("*/LC_MESSAGES/django.po"))


def read_catalog(path: Path) -> Catalog:
    """Return a catalog as it is stored."""
    with path.open("rb") as file:
        return read_po(file, locale=path.parent.parent.name)


def po_bytes(catalog: Catalog) -> bytes:
    """Return a catalog as it is edited: by file, a line for each text."""
    file = BytesIO()
    write_po(file, catalog, width=0, sort_by_file=True, include_lineno=False)
    return file.getvalue()


def mo_bytes(catalog: Catalog) -> bytes:
    """Return a catalog as Django reads it."""
    file = BytesIO()
    write_mo(file, catalog)
    return file.getvalue()


@cache
def _own_words() -> Sequence[Words]:
    return list(_read_own_words())


def _read_own_words() -> Iterator[Words]:
    root = Path(settings.BASE_DIR)
    for folder in OWN_CODE:
        for path in sorted((root / folder).rglob("*")):
            yield from _words_in(path, str(path.relative_to(root)))
    for app in OWN_APPS:
        for model in apps.get_app_config(app).get_models():
            place = str(Path(*model.__module__.split(".")).with_suffix(".py"))
            yield from (Words(place=place, id=words) for words in words_of(model))


def _words_of_the_theme() -> Iterator[Words]:
    """Yield the words of the admin's theme, which has no catalog of its own."""
    for path in sorted(THEME.rglob("*")):
        if "contrib" not in path.parts or "filters" in path.parts:
            yield from _words_in(path, str(Path("unfold") / path.relative_to(THEME)))


def _words_in(path: Path, place: str) -> Iterator[Words]:
    if path.suffix == ".py" and "migrations" not in path.parts:
        source = path.read_text(encoding="utf-8")
        if "gettext" not in source and "translatable" not in source:
            return
    elif path.suffix in {".html", ".txt"}:
        # As calls among filler, of which the indentation means nothing.
        source = re.sub(r"^[ \t]+", "", templatize(path.read_text(encoding="utf-8")), flags=re.MULTILINE)
    else:
        return
    for _line, found, _comments, context in extract("python", BytesIO(source.encode()), keywords=KEYWORDS):
        texts = (found,) if isinstance(found, str) else found
        if all(texts):
            yield Words(place=place, id=texts[0] if len(texts) == 1 else tuple(texts), context=context)


def _words_of_django(locale: str) -> set[object]:
    core = Path(django.__file__).parent
    folders = [core / "conf", *(Path(app.path) for app in apps.get_app_configs() if core in Path(app.path).parents)]
    paths = [folder / f"locale/{locale}/LC_MESSAGES/django.po" for folder in folders]
    catalogs = [read_catalog(path) for path in paths if path.exists()]
    return {message.id for catalog in catalogs for message in catalog if message.string and not message.fuzzy}
