"""Reads a story from YAML or JSON, and says where a bad field stands."""

import re
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import product
from pathlib import Path
from typing import Any, get_args, get_type_hints

import msgspec
import yaml

from invoices.domain.charge import ChargeKind
from invoices.models import InvoiceLine
from invoices.services.simulation.checks import check_story
from invoices.services.simulation.story import Story, StoryError
from subscriptions.domain.catalog import VOICE
from usage.services.decoding import UnreadableBodyError, decode_batch


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceText:
    """A price as a story writes it: in which field, for what, and from when it may be in force."""

    field: str
    product: str
    price: Decimal
    text: str
    since: date = date.min
    destination: str = ""
    direction: str = ""


@dataclass(frozen=True, slots=True)
class Written:
    """A story, and its prices as they were written: a document prints `0.0470`, not `0.047`."""

    story: Story
    texts: Sequence[PriceText]
    """Of two that may be in force the one that is comes first."""

    def as_written(self, line: InvoiceLine) -> str:
        """Return the unit price of a line with the precision it was given in the story."""
        fields = _FIELDS_OF.get(line.corrects or line.kind, ("price",))
        told_by = (line.product, line.unit_price, line.destination, line.direction)
        for field, text in product(fields, self.texts):
            if (
                text.field == field
                and (text.product, text.price, text.destination, text.direction) == told_by
                and text.since <= line.service_start
            ):
                return text.text
        return f"{line.unit_price.normalize():f}"


_FIELDS_OF: Mapping[str, Sequence[str]] = {
    ChargeKind.OVERAGE: ("overage_price", "price"),
    ChargeKind.NUMBER_SETUP: ("setup_price",),
    ChargeKind.VOICE: ("per_minute",),
    ChargeKind.ONE_TIME: ("order",),
    ChargeKind.HARDWARE: ("order",),
}


class _Loader(yaml.CSafeLoader):
    """YAML without its surprises: `NO` is Norway, `1.10` keeps its zero, and no field stands there twice."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        """Refuse a repeated key, of which plain YAML would take the last in silence."""
        seen = set()
        for key, _value in node.value:
            if isinstance(key, yaml.ScalarNode) and key.value in seen:
                raise yaml.constructor.ConstructorError(None, None, f"{key.value} stands there twice", key.start_mark)
            seen.add(str(key.value))
        return super().construct_mapping(node, deep=deep)


def _keep_text(loader: _Loader, node: yaml.ScalarNode) -> str:
    return str(loader.construct_scalar(node))


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:bool" or first in "tTfF"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
# A number with a point stays text until a field makes a decimal of it: a float would not keep it exactly.
_Loader.add_constructor("tag:yaml.org,2002:float", _keep_text)


def _read_whole_number(loader: _Loader, node: yaml.ScalarNode) -> int | str:
    """Leave octals, minutes and seconds, and endless digits to the field in which they stand."""
    text = _keep_text(loader, node)
    return int(text) if _WHOLE_NUMBER.fullmatch(text) else text


def _read_date(loader: _Loader, node: yaml.ScalarNode) -> Any:
    """Leave a day that does not exist to the field in which it stands."""
    try:
        return loader.construct_yaml_timestamp(node)
    except ValueError:
        return _keep_text(loader, node)


_WHOLE_NUMBER = re.compile(r"[-+]?(0|[1-9][0-9]{0,99})")
_Loader.add_constructor("tag:yaml.org,2002:int", _read_whole_number)
_Loader.add_constructor("tag:yaml.org,2002:timestamp", _read_date)


def read_story(path: Path) -> Written:
    """
    Return the story in a YAML or JSON file.

    :raises StoryError: if it cannot be read, with the path of the bad field
    """
    try:
        plain = yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader)  # noqa: S506  (derived from SafeLoader)
    except (OSError, UnicodeDecodeError, yaml.YAMLError, RecursionError) as error:
        raise StoryError(f"the file cannot be read: {' '.join(str(error).split())}") from None
    written = parse_story(plain)
    if written.story.events_file is None:
        return written
    events = written.story.events + _events_in(path.parent / written.story.events_file)
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
    return Written(story=story, texts=list(_texts(story, plain)))


def _located(error: msgspec.ValidationError, plain: Any) -> str:
    """Return the problem behind the path of its field; in a table the decoder leaves the key out of the path."""
    problem, _, place = str(error).replace(" - at `key` in `$", " - at `$").partition(" - at `$")
    path = place.rstrip("`").lstrip(".")
    if "[...]" in path:
        path = _with_keys(path, plain)
    if named := _NAMED_FIELD.search(problem):
        path = f"{path}.{named[1]}".lstrip(".")
    return f"{path or 'story'}: {problem.replace('`', '')}"


def _with_keys(path: str, plain: Any) -> str:
    """Return a path with the key of the bad value in place of each `[...]`, found by decoding one by one."""
    section, *rests = path.split("[...]")
    kind, table, found = get_type_hints(Story, include_extras=True)[section], plain[section], section
    for rest in rests:
        bad = next((key for key, value in table.items() if not _fits({key: value}, kind)), None)
        if bad is None:
            break
        found, kind, table = f"{found}.{bad}{rest}", get_args(kind)[1], table[bad]
    return found


def _fits(value: object, kind: Any) -> bool:
    try:
        msgspec.convert(value, kind)
    except msgspec.ValidationError:
        return False
    return True


_NAMED_FIELD = re.compile(r"(?:unknown|required) field `(.+)`")


def _events_in(path: Path) -> list[dict[str, Any]]:
    """Return the events of a file, one a line; a bad one is named by its line."""
    numbered = list(_lines_in(path))
    try:
        failures = decode_batch(msgspec.json.encode([event for _number, event in numbered])).failures
    except UnreadableBodyError as error:
        raise StoryError(f"events_file: {error}") from None
    for failure in failures:
        raise StoryError(f"events_file: line {numbered[failure.index][0]}: {failure.message}")
    return [event for _number, event in numbered]


def _lines_in(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise StoryError(f"events_file: cannot be read: {error}") from None
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            yield number, msgspec.json.decode(line, type=dict[str, Any])
        except msgspec.DecodeError as error:
            raise StoryError(f"events_file: line {number}: {error}") from None


def _texts(story: Story, plain: Any) -> Iterator[PriceText]:
    """Yield each price of a story as it was written: the latest change first, the price book last."""
    changes = sorted(zip(story.changes, plain.get("changes", ()), strict=True), key=lambda pair: pair[0].effective_date)
    for change, written in reversed(changes):
        for field in ("price", "overage_price"):
            yield from _text(field, change.product, written.get(field), since=change.effective_date)
    for code, written in plain["prices"].items():
        for field in ("price", "overage_price", "setup_price"):
            yield from _text(field, code, written.get(field))
    for code, price in plain.get("price_book", {}).items():
        yield from _text("price", code, price)
    for order in plain.get("orders", ()):
        yield from _text("order", order["product"], order["price"])
    for rate in (plain.get("rate_deck") or {}).get("rates", ()):
        yield from _text(
            "per_minute", VOICE, rate["per_minute"], destination=rate["destination"], direction=rate["direction"]
        )


def _text(field: str, code: str, price: object, **told_by: Any) -> Iterator[PriceText]:
    if price is not None:
        exact = Decimal(str(price))
        yield PriceText(field=field, product=code, price=exact, text=f"{exact:f}", **told_by)
