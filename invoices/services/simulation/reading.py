"""Reads a story from YAML or JSON, and says where a bad field stands."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, get_type_hints

import msgspec
import yaml

from invoices.services.simulation.story import Story, StoryError, check_story


@dataclass(frozen=True, slots=True)
class Written:
    """A story, and its prices as they were written: a document prints `0.0470`, not `0.047`."""

    story: Story
    texts: Mapping[tuple[str, str, Decimal], str]

    def as_written(self, product: str, kind: str, price: Decimal) -> str:
        """Return the unit price of a line of some kind with the precision it was given in the story."""
        field = _FIELD_OF.get(kind, "price")
        text = self.texts.get((product, field, price)) or self.texts.get((product, "price", price))
        return text or f"{price.normalize():f}"


class _Loader(yaml.CSafeLoader):
    """YAML without its surprises: `NO` is Norway, `1.10` keeps its zero."""


def _keep_text(loader: _Loader, node: yaml.ScalarNode) -> str:
    return str(loader.construct_scalar(node))


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:bool" or first in "tTfF"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
# A number with a point stays text until a field makes a decimal of it: a float would not keep it exactly.
_Loader.add_constructor("tag:yaml.org,2002:float", _keep_text)


def read_story(path: Path) -> Written:
    """
    Return the story in a YAML or JSON file.

    :raises StoryError: if it cannot be read, with the path of the bad field
    """
    try:
        plain = yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader)  # noqa: S506  (derived from SafeLoader)
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise StoryError(f"the file cannot be read: {' '.join(str(error).split())}") from None
    written = parse_story(plain)
    if written.story.events_file is None:
        return written
    events = written.story.events + list(_events_in(path.parent / written.story.events_file))
    return Written(story=msgspec.structs.replace(written.story, events=events), texts=written.texts)


def parse_story(plain: object) -> Written:
    """
    Return a story from plain values.

    :raises StoryError: with the path of the bad field
    """
    try:
        story = msgspec.convert(plain, Story)
    except msgspec.ValidationError as error:
        raise StoryError(_located(error, plain)) from None
    check_story(story)
    return Written(story=story, texts=dict(_texts(plain)))


def _located(error: msgspec.ValidationError, plain: Any) -> str:
    """Return the problem behind the path of its field; in a table the decoder leaves the key out of the path."""
    problem, _, place = str(error).replace(" - at `key` in `$", " - at `$").partition(" - at `$")
    path = place.rstrip("`").lstrip(".")
    if "[...]" in path:
        section, _, rest = path.partition("[...]")
        kind = get_type_hints(Story)[section]
        for key, value in plain[section].items():
            try:
                msgspec.convert({key: value}, kind)
            except msgspec.ValidationError:
                path = f"{section}.{key}{rest}"
                break
    if named := _NAMED_FIELD.search(problem):
        path = f"{path}.{named[1]}".lstrip(".")
    return f"{path or 'story'}: {problem.replace('`', '')}"


_NAMED_FIELD = re.compile(r"(?:unknown|required) field `(.+)`")


def _events_in(path: Path) -> Iterator[dict[str, Any]]:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise StoryError(f"events_file: cannot be read: {error}") from None
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            yield msgspec.json.decode(line, type=dict[str, Any])
        except msgspec.DecodeError as error:
            raise StoryError(f"events_file: line {number}: {error}") from None


def _texts(plain: Any) -> Iterator[tuple[tuple[str, str, Decimal], str]]:
    """Yield each price of a story as it was written, by product, field and value; of two ways the last."""
    written = [
        *((product, "price", price) for product, price in plain.get("price_book", {}).items()),
        *(("voice", "price", rate["per_minute"]) for rate in (plain.get("rate_deck") or {}).get("rates", ())),
        *((order["product"], "price", order["price"]) for order in plain.get("orders", ())),
        *((change["product"], name, change.get(name)) for change in plain.get("changes", ()) for name in _PRICES),
        *((product, name, price.get(name)) for product, price in plain.get("prices", {}).items() for name in _PRICES),
    ]
    for product, field, price in written:
        if price is not None:
            yield (product, field, Decimal(str(price))), str(price)


_PRICES = ("price", "overage_price", "setup_price")
_FIELD_OF = {"overage": "overage_price", "number_setup": "setup_price"}
