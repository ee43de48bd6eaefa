"""Double submission: every form carries a random key, and the same key has one effect."""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Mapping
from typing import Any

from onedoor.core.refusals import Refused
from onedoor.domain.cases.terms import Once
from onedoor.plumbing.crypto import sm3

FIELD = "form-once"
_KEY = re.compile(r"[A-Za-z0-9_-]{22}")
#: What a person is told whose form was sent before with other words.
SENT_BEFORE = "这张表单刚才已经提交过一次。请打开办件查看结果；确需再办，请从办件页面重新进入。"


def new_key() -> str:
    """A key for a form that is shown for the first time."""
    return secrets.token_urlsafe(16)


def key_of(posted: Mapping[str, str]) -> str:
    """The key a form was sent with. Raises Refused("form_without_key") if it was tampered with."""
    key = posted.get(FIELD, "")
    if not _KEY.fullmatch(key):
        raise Refused("form_without_key", "这张表单不完整，请返回上一页刷新后重新填写。")
    return key


def once(key: str, *, act: str, content: Mapping[str, Any]) -> Once:
    """The request that a key stands for."""
    body = json.dumps([act, content], ensure_ascii=False, sort_keys=True, default=str)
    return Once(f"desk:{act}:{key}", sm3(body.encode()))
