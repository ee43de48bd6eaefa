"""The reference page of the interface's operations, drawn from its OpenAPI document."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from typing import Any

#: The ways to be known, as the document names them.
KNOWN_BY = {"TokenAuth": "令牌", "SessionAuth": "网页登录", "HolderAuth": "查询码"}
WHERE = {"path": "网址", "query": "参数", "header": "请求头"}
TYPES = {
    "string": "文字",
    "integer": "整数",
    "number": "数",
    "boolean": "是否",
    "array": "列表",
    "object": "对象",
    "null": "空",
}

_Schema = Mapping[str, Any]


def document() -> dict[str, Any]:
    """The OpenAPI document as clients get it."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "onedoor.site.settings")
    import django

    django.setup()
    from onedoor.faces.api.urls import api

    found: dict[str, Any] = json.loads(json.dumps(api.get_openapi_schema()))
    return found


def operations() -> Iterator[str]:
    """docs/reference/operations.md"""
    told = document()
    yield "# 接口逐项"
    yield ""
    yield (
        "本页由 `scripts/generate-docs.py` 从代码生成，请不要手工修改。"
        "身份、幂等、错误和分页的约定见[接口](api.md)，每个操作要填的内容见[办件操作清单](lifecycle.md)。"
    )
    for path, ways in told["paths"].items():
        for method, operation in ways.items():
            yield from _operation(method, path, operation)
    yield ""
    yield "## 用到的对象"
    for name, schema in told["components"]["schemas"].items():
        yield ""
        yield f"### {name}"
        yield ""
        yield from _fields(schema)


def _operation(method: str, path: str, operation: _Schema) -> Iterator[str]:
    yield ""
    yield f"## {operation['summary']}：`{method.upper()} {path}`"
    yield ""
    ways = [KNOWN_BY[name] for each in operation.get("security") or () for name in each]
    yield f"- 身份：{'、'.join(ways) or '公开'}"
    body = operation.get("requestBody", {}).get("content", {})
    for media, content in body.items():
        yield f"- 内容：`{media}`，{_kind(content.get('schema', {}))}"
    for status, answer in operation["responses"].items():
        if status.startswith("2"):
            yield f"- 答复：{status}{_answered(answer)}"
    parameters = operation.get("parameters", [])
    if parameters:
        yield ""
        yield "| 名称 | 位置 | 必填 | 是什么 |"
        yield "|---|---|---|---|"
        for each in parameters:
            needed = "是" if each.get("required") else "否"
            yield f"| `{each['name']}` | {WHERE[each['in']]} | {needed} | {_kind(each['schema'])} |"
    for content in body.values():
        if content.get("schema", {}).get("properties"):
            yield ""
            yield from _fields(content["schema"])


def _answered(answer: _Schema) -> str:
    kinds = [
        f"`{media}`，{_kind(each.get('schema', {}))}" for media, each in answer.get("content", {}).items()
    ]
    return "".join(f"，{kind}" for kind in kinds)


def _fields(schema: _Schema) -> Iterator[str]:
    yield "| 字段 | 必有 | 是什么 |"
    yield "|---|---|---|"
    needed = schema.get("required", ())
    for name, each in schema.get("properties", {}).items():
        yield f"| `{name}` | {'是' if name in needed else '否'} | {_kind(each)} |"


def _kind(schema: _Schema) -> str:
    """What a value is, with its bounds, in a few words."""
    if "$ref" in schema:
        name = str(schema["$ref"]).rsplit("/", 1)[-1]
        return f"[{name}](#{name.lower()})"
    if "anyOf" in schema:
        return "或".join(dict.fromkeys(_kind(each) for each in schema["anyOf"]))
    if "enum" in schema:
        return "、".join(f"`{value}`" for value in schema["enum"])
    if "const" in schema:
        return f"`{schema['const']}`"
    if schema.get("type") == "array":
        return f"列表，每项为{_kind(schema.get('items', {}))}{_bounds(schema)}"
    if schema.get("format") == "binary":
        return "文件"
    named = schema.get("type")
    kinds = [named] if isinstance(named, str) else named or []
    return ("或".join(TYPES[kind] for kind in kinds) or "任意") + _bounds(schema)


def _bounds(schema: _Schema) -> str:
    words = []
    if schema.get("maxLength") is not None:
        words.append(f"最长 {schema['maxLength']} 字")
    if schema.get("minimum") is not None or schema.get("maximum") is not None:
        words.append(f"{schema.get('minimum', '…')} 到 {schema.get('maximum', '…')}")
    if schema.get("maxItems") is not None:
        words.append(f"最多 {schema['maxItems']} 项")
    if schema.get("format"):
        words.append(f"格式 `{schema['format']}`")
    return "".join(f"，{word}" for word in words)
