"""What a message may say and to whom."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from datetime import timedelta

from onedoor.core.identifiers import canonical, is_valid_id_number, validate_mobile
from onedoor.core.refusals import Refused

#: Characters of one short message; a longer one is sent, and charged, in parts.
SMS_LENGTH = 70
LONG_LENGTH = 500

_ID_NUMBER = re.compile(r"(?<![0-9A-Z])[0-9]{17}[0-9X](?![0-9A-Z])")
_MOBILE = re.compile(r"(?<![0-9])1[3-9][0-9]{9}(?![0-9])")


def check_text(text: str, *, long: bool = False) -> str:
    """The text, trimmed. Raises `Refused`: text_missing, text_too_long, text_holds_personal_data."""
    cleaned = text.strip()
    if not cleaned:
        raise Refused("text_missing", "短信内容为空，请填写后再发送。")
    most = LONG_LENGTH if long else SMS_LENGTH
    if len(cleaned) > most:
        raise Refused("text_too_long", f"短信内容有 {len(cleaned)} 个字，最多 {most} 个字，请精简后再发送。")
    if holds_personal_number(cleaned):
        raise Refused(
            "text_holds_personal_data", "短信内容里有完整的身份证号码或手机号码，请删去或只留后四位再发送。"
        )
    return cleaned


def holds_personal_number(text: str) -> bool:
    """Whether a valid identity number or a whole mobile number stands in the text, also in full width."""
    plain = unicodedata.normalize("NFKC", text).upper()
    return bool(_MOBILE.search(plain)) or any(
        is_valid_id_number(found.group()) for found in _ID_NUMBER.finditer(plain)
    )


def check_phone(phone: str) -> str:
    """The mobile number in canonical spelling. Raises `Refused` from `validate_mobile`."""
    number = canonical(phone)
    validate_mobile(number)
    return number


def delivery_key(tenant_id: int, key: str) -> str:
    """What a carrier knows a message by: 32 hexadecimal digits, told by tenant and key alone.

    A row's number would not do: after a restore it may come back for another message.
    """
    return hashlib.sha256(f"{tenant_id}\n{key}".encode()).hexdigest()[:32]


def wait_after(attempt: int) -> timedelta:
    """How long a message waits after its carrier failed for the `attempt`th time: from 10 seconds to an hour."""
    return timedelta(seconds=min(3600, 5 * 2 ** min(attempt, 12)))
