"""The OpenAPI document: what the framework makes of the nouns, with the scopes and the refusals that all share."""

from collections.abc import Mapping
from typing import Any

from ninja.openapi.schema import OpenAPISchema
from ninja.operation import Operation

from subscriptions.api.problems import Problem, describe_problem
from usage.api.access import KeyRequired
from usage.api.events import EVENT_SCHEMAS

RETRY_AFTER = {"Retry-After": "Seconds after which it is worth trying again."}

SHARED: Mapping[int, dict[str, Any]] = {
    400: describe_problem("It cannot be read, its cursor is not ours, or a parameter has no meaning here."),
    401: describe_problem("No key, a wrong one, or a revoked one."),
    403: describe_problem("The key lacks the scope, which is named."),
    404: describe_problem("It does not exist, or not for this key: the two cannot be told apart."),
    422: describe_problem('Something in it cannot be; "errors" names each field and says what to do.'),
    429: describe_problem(
        "The key asks too often, or too many wrong keys came from this address. Send the same again after as many "
        "seconds as Retry-After says.",
        headers=RETRY_AFTER,
    ),
    500: describe_problem("Something went wrong on our side; nothing was changed."),
    503: describe_problem("The database is busy or away; send the same again later.", headers=RETRY_AFTER),
}
"""What any operation may answer that says nothing else about it."""

WORDS = {200: "What was asked for.", 201: "It is done.", 202: "Not yet: ask again.", 304: "What you have still holds."}

SCHEME = "Key"


class Document(OpenAPISchema):
    """The OpenAPI document of the API."""

    def get_components(self) -> dict[str, Any]:
        """Return what operations refer to, also the schemas that msgspec checks."""
        components: dict[str, Any] = super().get_components()
        problem = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
        # What stands in an address is told with the operation.
        for name in [name for name in components["schemas"] if name.endswith("Query")]:
            del components["schemas"][name]
        components["schemas"] |= {**problem.pop("$defs"), "Problem": problem, **EVENT_SCHEMAS}
        return components

    def operation_parameters(self, operation: Operation) -> list[dict[str, Any]]:
        """Return what an address may say; what is left out of one is nothing, and no null."""
        parameters: list[dict[str, Any]] = super().operation_parameters(operation)
        for parameter in parameters:
            schema = parameter["schema"]
            options = [one for one in schema.get("anyOf", []) if one != {"type": "null"}]
            if len(options) == 1:
                parameter["schema"] = {name: said for name, said in schema.items() if name != "anyOf"} | options[0]
            elif options:
                schema["anyOf"] = options
        return parameters

    def operation_security(self, operation: Operation) -> list[dict[str, Any]] | None:
        """Return which scopes a key needs."""
        found = None
        for required in operation.auth_callbacks:
            if isinstance(required, KeyRequired):
                self.securitySchemes[SCHEME] = required.openapi_security_schema
                found = [{SCHEME: [scope.value for scope in required.scopes]}]
        return found

    def responses(self, operation: Operation) -> dict[int, Any]:
        """Return what an operation answers: its own words win over those that all share."""
        own: dict[int, Any] = super().responses(operation)
        for status, told in own.items():
            told["description"] = WORDS.get(status, told["description"])
        extra: Mapping[int, Any] = (operation.openapi_extra or {}).get("responses", {})
        events = operation.path == "/events"
        shared = {} if events else {status: told for status, told in SHARED.items() if status not in extra}
        return own | shared
