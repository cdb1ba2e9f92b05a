"""The page that documents the API: its own OpenAPI document, put so that people can read it, without a script."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from billingsite.api import api
from billingsite.api_document import SCHEME, SHARED

Schema = Mapping[str, Any]

BOUNDS = [("minLength", "maxLength", " characters"), ("minimum", "maximum", "")]
"""What bounds a value from below and above, and in what."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """What may be asked for at an address, in what form, and what is answered."""

    name: str
    method: str
    path: str
    summary: str
    scopes: list[str]
    paragraphs: list[str]
    parameters: list["Field"]
    takes: list[str]
    answers: list[tuple[str, str]]
    """What it answers that not every operation does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Noun:
    """What there is to ask for about one thing."""

    name: str
    operations: list[Operation]


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A field of what is sent or answered; one inside another is written with a dot, one in a list with `[]`."""

    name: str
    is_needed: bool
    holds: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A kind of thing that is sent or answered: an event by its type, an answer by its name."""

    name: str
    description: str
    fields: list[Field]


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """Show what the API takes and answers."""
    document = api.get_openapi_schema()
    schemas: Mapping[str, Schema] = document["components"]["schemas"]
    events = [name for name, schema in schemas.items() if _type_of(schema) is not None]
    context = {
        "info": document["info"],
        "nouns": _nouns(document["paths"]),
        "refusals": [(status, told["description"]) for status, told in SHARED.items()],
        "events": [_message(name, schemas) for name in events],
        "answers": [_message(name, schemas) for name in _answered(document["paths"])],
    }
    return render(request, "api_docs.html", context)


def _nouns(paths: Mapping[str, Mapping[str, Schema]]) -> list[Noun]:
    """Return the operations by what they are about, in the order of the document."""
    found: dict[str, list[Operation]] = {}
    for path, methods in paths.items():
        for method, operation in methods.items():
            found.setdefault(operation["tags"][0], []).append(_operation(method, path, operation))
    return [Noun(name=name.capitalize(), operations=operations) for name, operations in found.items()]


def _operation(method: str, path: str, operation: Schema) -> Operation:
    return Operation(
        name=operation["operationId"],
        method=method.upper(),
        path=path,
        summary=operation["summary"],
        scopes=operation["security"][0][SCHEME],
        paragraphs=operation.get("description", "").replace("`", "").split("\n\n"),
        parameters=[
            Field(name=one["name"], is_needed=one["required"], holds=_parameter(one)) for one in operation["parameters"]
        ],
        takes=list(operation.get("requestBody", {}).get("content", {})),
        answers=[
            (status, answer["description"])
            for status, answer in operation["responses"].items()
            if answer != SHARED.get(status)
        ],
    )


def _parameter(parameter: Schema) -> str:
    """Say what a part of an address, or of the head, holds."""
    schema = parameter["schema"]
    words = [str(schema.get("description", ""))]
    if "enum" in schema:
        words.append(f"One of {', '.join(str(value) for value in schema['enum'])}.")
    if "maximum" in schema and "default" in schema:
        words.append(f"From {schema['minimum']} to {schema['maximum']}, {schema['default']} unless it is said.")
    return " ".join(filter(None, words)) or "The number of a row, as lists tell it."


def _answered(paths: Mapping[str, Mapping[str, Schema]]) -> Iterable[str]:
    """Return the names of the schemas that answers have, each once."""
    answers = [
        content["schema"]
        for methods in paths.values()
        for operation in methods.values()
        for answer in operation["responses"].values()
        for content in answer.get("content", {}).values()
    ]
    return dict.fromkeys(filter(None, map(_referred_to, answers)))


def _referred_to(schema: Schema) -> str:
    """Return the name of the schema that is meant, also as the kind of what is listed; empty if it is none."""
    options = [schema, schema.get("items", {}), *schema.get("anyOf", [])]
    named = next((option["$ref"] for option in options if "$ref" in option), "")
    return str(named).rpartition("/")[2]


def _type_of(schema: Schema) -> str | None:
    """Return by which type an event of a schema is known; None if it is no event."""
    known_by = schema.get("properties", {}).get("type", {}).get("enum")
    return known_by[0] if known_by else None


def _message(name: str, schemas: Mapping[str, Schema]) -> Message:
    """Return what a schema describes; an event is known by its type and not by the name of its schema."""
    schema = schemas[name]
    return Message(
        name=_type_of(schema) or name,
        description=schema.get("description", ""),
        fields=list(_fields(schema, schemas, within="")),
    )


def _fields(schema: Schema, schemas: Mapping[str, Schema], *, within: str) -> Iterator[Field]:
    needed = schema.get("required", [])
    for name, field in schema.get("properties", {}).items():
        inner = schemas.get(_referred_to(field))
        if inner is None or "properties" not in inner:
            # What is one of some words is told by them.
            yield Field(name=f"{within}{name}", is_needed=name in needed, holds=_holds(field, inner))
        else:
            yield from _fields(inner, schemas, within=f"{within}{name}{'[]' if 'items' in field else ''}.")


def _holds(field: Schema, inner: Schema | None = None) -> str:
    """Say what a field holds; `inner` are the words that it is one of."""
    if "enum" in field:
        return " or ".join(str(value) for value in field["enum"])
    if inner is not None and "enum" in inner:
        words = " or ".join(str(value) for value in inner["enum"])
        return f"{field['description']} {words}" if "description" in field else words
    if "description" in field:
        return str(field["description"])
    kinds = [kind for kind in (field.get("format"), field.get("type")) if kind]
    if "anyOf" in field:
        kinds = [" or ".join(option.get("type", "object") for option in field["anyOf"])]
    return ", ".join([*kinds[:1], *_bounds(field)]) or "anything; the API does not read it"


def _bounds(field: Schema) -> Iterator[str]:
    for lower, upper, unit in BOUNDS:
        if lower in field and upper in field:
            yield f"{field[lower]} to {field[upper]}{unit}"
        elif lower in field or upper in field:
            yield f"at {'least' if lower in field else 'most'} {field.get(lower, field.get(upper))}{unit}"
