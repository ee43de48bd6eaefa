"""Reading JSON bodies strictly: what cannot be stored is refused before anything else looks at it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, NoReturn

from django.http import HttpRequest
from ninja.parser import Parser
from ninja.renderers import JSONRenderer

from onedoor.plumbing.schemas import texts

from .problems import Unreadable

DEEPEST = 32
_SURROGATE = re.compile("[\ud800-\udfff]")


def _no_constant(name: str) -> NoReturn:
    raise Unreadable("not_json", f"JSON 中不能有 {name}，请改为普通数字。")


def read_json(body: bytes) -> Any:
    """The document of a body.

    Raises Unreadable for anything that is not JSON, is nested deeper than 32 levels, or holds characters that no
    database stores (NUL, lone surrogates).
    """
    try:
        # Left to itself the decoder would guess other encodings and let half characters pass.
        document = json.loads(body.decode("utf-8-sig"), parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise Unreadable("not_json", "请求内容不是合法的 JSON（UTF-8），请核对。") from None
    _check_depth(document)
    if b"\\u" in body:
        _check_text(document)
    return document


def _check_depth(document: Any) -> None:
    layer, depth = [document], 0
    while layer:
        depth += 1
        if depth > DEEPEST:
            raise Unreadable("nested_too_deep", "请求内容嵌套过深，请核对。")
        layer = [
            child
            for node in layer
            if isinstance(node, dict | list)
            for child in (node.values() if isinstance(node, dict) else node)
        ]


def _check_text(document: Any) -> None:
    for _, text in texts(document):
        if "\0" in text:
            raise Unreadable("bad_character", "内容中不能有空字符（NUL），请去掉后重试。", 422)
        if _SURROGATE.search(text):
            raise Unreadable("bad_character", "内容中有不完整的字符（代理项），请重新输入。", 422)


class StrictParser(Parser):
    """Reads bodies by `read_json`."""

    def parse_body(self, request: HttpRequest) -> Any:
        return read_json(request.body)


class ReadableRenderer(JSONRenderer):
    """Chinese stands in the answer as itself."""

    json_dumps_params: Mapping[str, Any] = {"ensure_ascii": False}
