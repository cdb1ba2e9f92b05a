"""The page that documents the API: its own OpenAPI document, put so that people can read it, without a script."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from billingsite.api import api

Schema = Mapping[str, Any]

BOUNDS = [("minLength", "maxLength", " characters"), ("minimum", "maximum", "")]
"""What bounds a value from below and above, and in what."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """What may be asked for at an address, in what form, and what is answered."""

    method: str
    path: str
    summary: str
    paragraphs: list[str]
    takes: list[str]
    answers: list[tuple[str, str]]


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
        "operations": list(_operations(document["paths"])),
        "events": [_message(name, schemas) for name in events],
        "answers": [_message(name, schemas) for name in _answered(document["paths"])],
    }
    return render(request, "api_docs.html", context)


def _operations(paths: Mapping[str, Mapping[str, Schema]]) -> Iterator[Operation]:
    for path, methods in paths.items():
        for method, operation in methods.items():
            yield Operation(
                method=method.upper(),
                path=path,
                summary=operation["summary"],
                paragraphs=operation.get("description", "").replace("`", "").split("\n\n"),
                takes=list(operation.get("requestBody", {}).get("content", {})),
                answers=[(status, answer["description"]) for status, answer in operation["responses"].items()],
            )


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
    named = schema.get("$ref") or schema.get("items", {}).get("$ref", "")
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
        if inner is None:
            yield Field(name=f"{within}{name}", is_needed=name in needed, holds=_holds(field))
        else:
            yield from _fields(inner, schemas, within=f"{within}{name}{'[]' if 'items' in field else ''}.")


def _holds(field: Schema) -> str:
    """Say what a field holds."""
    if "enum" in field:
        return " or ".join(str(value) for value in field["enum"])
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
