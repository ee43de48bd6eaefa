"""The OpenAPI document, with what holds for every operation: problems, the idempotency key, the kinds of content."""

from __future__ import annotations

from typing import Any

from ninja import NinjaAPI
from ninja.openapi.schema import OpenAPISchema

from .problems import MEDIA_TYPE

_KEY: dict[str, Any] = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": True,
    "description": "重试同一请求时用同一个键：同一内容只生效一次，换了内容会被拒绝（422）。",
    "schema": {"type": "string", "pattern": "^[!-~]{1,128}$"},
}
_PROBLEM: dict[str, Any] = {
    "description": "任何错误：说明原因和怎样改正",
    "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/ProblemOut"}}},
}
_PDF: dict[str, Any] = {"application/pdf": {"schema": {"type": "string", "format": "binary"}}}
_DOCUMENT: dict[str, Any] = {"application/json": {"schema": {"type": "object"}}}


class Interface(NinjaAPI):
    """The interface; its document is made once."""

    def get_openapi_schema(self, **more: Any) -> OpenAPISchema:
        """See `NinjaAPI.get_openapi_schema`."""
        document = super().get_openapi_schema(**more)
        for path, methods in document["paths"].items():
            for method, operation in methods.items():
                _complete(operation, pdf=path.endswith(".pdf"), post=method == "post")
        return document


def _complete(operation: dict[str, Any], *, pdf: bool, post: bool) -> None:
    """Every operation may answer with a problem; every POST carries a key."""
    answers = operation["responses"]
    for status, answer in list(answers.items()):
        if int(status) >= 400:
            answers[status] = _PROBLEM | {"description": answer["description"]}
        elif "content" not in answer:
            answer["content"] = _PDF if pdf else _DOCUMENT
    answers["default"] = _PROBLEM
    if post:
        operation["parameters"] = [*operation.get("parameters", ()), _KEY]
