"""Whether an answer is one that Cloudflare's own OpenAPI document allows."""

import json
from functools import cache
from pathlib import Path
from typing import Any

from openapi_schema_validator import OAS30Validator, oas30_format_checker
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT4

from .calls import Call

OPENAPI_FILE = Path(__file__).with_name("openapi.json")
_URI = "https://openapi.test/cloudflare.json"


@cache
def openapi() -> dict[str, Any]:
    """The OpenAPI document. Read once; do not change it."""
    document: dict[str, Any] = json.loads(OPENAPI_FILE.read_text(encoding="utf-8"))
    return document


def objections(call: Call, status: int, document: object) -> list[str]:
    """What the schema has against this body under this status; empty when it is as Cloudflare describes it."""
    errors = _validator(call, "200" if status == 200 else "4XX").iter_errors(document)
    return [f"{error.json_path}: {error.message}" for error in errors]


@cache
def _validator(call: Call, status: str) -> Any:
    registry: Registry[Any] = Registry().with_resource(_URI, Resource.from_contents(openapi(), DRAFT4))
    path = call.replace("~", "~0").replace("/", "~1")
    pointer = f"#/paths/{path}/get/responses/{status}/content/application~1json/schema"
    return OAS30Validator({"$ref": _URI + pointer}, registry=registry, format_checker=oas30_format_checker)
