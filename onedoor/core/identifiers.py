"""Identifiers of people, bodies, services and licences, with their check digits, and how to show them masked.

Validators take the canonical spelling (see `canonical`) and raise `Refused` with a sentence that says what
to look at; `is_valid_…` answers yes or no. They check that a number is well-formed, never that somebody
bears it.
"""

from __future__ import annotations

import re
import secrets
import unicodedata
from collections.abc import Callable
from datetime import date, datetime
from uuid import UUID

from onedoor.core.refusals import Refused

#: First two digits of GB/T 2260 that identity numbers may begin with; 81 to 83 are on the residence permits
#: of people from Hong Kong, Macao and Taiwan.
PROVINCES = frozenset(
    f"{province}"
    for area in (range(11, 16), range(21, 24), range(31, 38), range(41, 47), range(50, 55), range(61, 66))
    for province in area
) | {"71", "81", "82", "83"}

#: Root of every licence identifier: the object identifier of the national licence scheme (GB/T 36904).
LICENCE_ROOT = "1.2.156.3005.2"

_ALPHANUMERIC = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_VALUE_36 = {character: value for value, character in enumerate(_ALPHANUMERIC)}
#: GB 32100: no I, O, S, V, Z, which are easily misread.
_CREDIT_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_VALUE_31 = {character: value for value, character in enumerate(_CREDIT_ALPHABET)}
_CREDIT_WEIGHTS = tuple(pow(3, place, 31) for place in range(17))
#: GB 11643, ISO 7064 MOD 11-2.
_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_ID_CHECKS = "10X98765432"
_OLDEST_BIRTH_YEAR = 1800

_ID_NUMBER = re.compile(r"[0-9]{17}[0-9X]")
_CREDIT_CODE = re.compile(r"[0-9A-Z]{2}[0-9]{6}[0-9A-Z]{10}")
_SERVICE_TAIL = re.compile(r"[1-7](?P<setter>[0-9]{2})(?P<type>[0-9]{2})[0-9]{8}(?:[0-9]{2})?")
_LICENCE_PARTS = re.compile(
    r"(?P<type>[0-9A-Z]{21})\.(?P<issuer>[0-9A-Z]{18}|[0-9]{6})\.(?P<serial>[0-9A-Z]+)"
    r"\.(?P<version>[0-9]{3})\.(?P<check>[0-9A-Z])"
)
_MOBILE = re.compile(r"1[3-9][0-9]{9}")
_NUMBERS_WITHIN = re.compile(r"(?<![0-9])(?:[0-9]{17}[0-9Xx]|1[3-9][0-9]{9})(?![0-9])")
_HALF_WIDTH = {0xFF10 + digit: str(digit) for digit in range(10)} | {0xFF38: "X", 0xFF58: "x"}


def canonical(text: str) -> str:
    """What a person typed, as identifiers are written: half-width, upper case, without blanks."""
    return "".join(unicodedata.normalize("NFKC", text).split()).upper()


def validate_id_number(text: str) -> None:
    """居民身份证号码 by GB 11643, 18 places.

    Also 港澳台居民居住证, and 外国人永久居留身份证 (of 2023), which has a 9 before the province.
    """
    if not _ID_NUMBER.fullmatch(text):
        raise Refused("id_number_malformed", "身份证号码应为 18 位：前 17 位是数字，末位是数字或大写字母 X。")
    region = text[1:3] if text[0] == "9" else text[:2]
    if region not in PROVINCES:
        raise Refused("id_number_region", "身份证号码开头的地区代码不存在，请核对前 6 位。")
    if not _is_birth_date(text[6:14]):
        raise Refused("id_number_birth_date", "身份证号码中的出生日期不存在，请核对第 7 至 14 位。")
    if _id_check(text[:17]) != text[17]:
        raise Refused("id_number_check", "身份证号码校验不通过，可能有一位输错，请逐位核对。")


def is_valid_id_number(text: str) -> bool:
    """Whether `validate_id_number` accepts it."""
    return _accepts(validate_id_number, text)


def birth_date(id_number: str) -> date:
    """The birth date within a valid identity number."""
    return date.fromisoformat(id_number[6:14])


def validate_uscc(text: str) -> None:
    """统一社会信用代码 by GB 32100: 18 places, registrar 1, kind 1, region 6, body 9, check 1."""
    if not _CREDIT_CODE.fullmatch(text) or not _VALUE_31.keys() >= set(text):
        raise Refused(
            "uscc_malformed",
            "统一社会信用代码应为 18 位数字和大写字母（不含 I、O、S、V、Z），第 3 至 8 位为数字。",
        )
    if uscc_check(text[:17]) != text[17]:
        raise Refused("uscc_check", "统一社会信用代码校验不通过，可能有一位输错，请对照营业执照核对。")


def is_valid_uscc(text: str) -> bool:
    """Whether `validate_uscc` accepts it."""
    return _accepts(validate_uscc, text)


def uscc_check(body: str) -> str:
    """The 18th place of a 统一社会信用代码 for its first 17: weights 3ⁱ modulo 31."""
    total = sum(
        _VALUE_31[character] * weight for character, weight in zip(body, _CREDIT_WEIGHTS, strict=True)
    )
    return _CREDIT_ALPHABET[-total % 31]


def validate_service_code(text: str) -> None:
    """实施编码 of a service: credit code 18, level 1 … 7, basic code 12; 2 digits more are 业务办理项编码."""
    if len(text) not in (31, 33):
        raise Refused("service_code_length", f"国家事项编码应为 31 位或 33 位，现为 {len(text)} 位，请补全。")
    try:
        validate_uscc(text[:18])
    except Refused as refused:
        raise Refused("service_code_body", f"事项编码前 18 位有误：{refused.detail}") from None
    tail = _SERVICE_TAIL.fullmatch(text[18:])
    if tail is None:
        raise Refused("service_code_tail", "事项编码第 19 位应为行使层级 1 至 7，其后应全为数字，请核对。")
    _check_basic_code(tail["setter"], tail["type"])


def is_valid_service_code(text: str) -> bool:
    """Whether `validate_service_code` accepts it."""
    return _accepts(validate_service_code, text)


def validate_basic_code(text: str) -> None:
    """基本编码: setter region 2 (00 national), type 2, department 2, item 3, sub-item 3."""
    if len(text) != 12 or not (text.isascii() and text.isdigit()):
        raise Refused("basic_code_malformed", "基本编码应为 12 位数字，请核对。")
    _check_basic_code(text[:2], text[2:4])


def validate_licence_identifier(text: str) -> None:
    """电子证照标识 by GB/T 36904: root, type 21, issuer, serial, version 3 and check, joined with dots."""
    root, parts = text[: len(LICENCE_ROOT) + 1], _LICENCE_PARTS.fullmatch(text, len(LICENCE_ROOT) + 1)
    if root != f"{LICENCE_ROOT}." or parts is None:
        raise Refused(
            "licence_identifier_malformed",
            "电子证照标识应由固定前缀、类型代码、颁发机构代码、流水号、版本和校验位以点号相连，请核对。",
        )
    body = "".join(parts.group("type", "issuer", "serial", "version"))
    if check_character(body) != parts["check"]:
        raise Refused("licence_identifier_check", "电子证照标识校验不通过，可能有一位输错，请对照证照核对。")


def is_valid_licence_identifier(text: str) -> bool:
    """Whether `validate_licence_identifier` accepts it."""
    return _accepts(validate_licence_identifier, text)


def licence_identifier(*, type_code: str, issuer: str, serial: str, version: int) -> str:
    """The identifier of a licence with its check character; refused when a part is not well-formed."""
    parts = (type_code, issuer, serial, f"{version:03d}")
    body = "".join(parts)
    check = check_character(body) if _VALUE_36.keys() >= set(body) else ""
    identifier = ".".join((LICENCE_ROOT, *parts, check))
    validate_licence_identifier(identifier)
    return identifier


def check_character(body: str) -> str:
    """ISO 7064 MOD 37,36 over digits and upper-case letters: finds every single slip and most swaps."""
    product = 36
    for character in body:
        product = ((product + _VALUE_36[character]) % 36 or 36) * 2 % 37
    return _ALPHANUMERIC[(37 - product) % 36]


def validate_mobile(text: str) -> None:
    """A mobile number of the mainland: 11 digits beginning with 13 to 19."""
    if not _MOBILE.fullmatch(text):
        raise Refused("mobile_malformed", "手机号码应为 11 位数字，以 13 至 19 开头，不加空格和区号。")


def is_valid_mobile(text: str) -> bool:
    """Whether `validate_mobile` accepts it."""
    return _accepts(validate_mobile, text)


def mask_id(number: str) -> str:
    """An identity number or code with only the first and last four places: 2208**********1234."""
    return _masked(number, 4, 4)


def mask_phone(number: str) -> str:
    """A telephone number with only the first three and last four places: 138****5678."""
    return _masked(number, 3, 4)


def mask_name(name: str) -> str:
    """A person's name with only its first character: 张*, one star for each character hidden."""
    return _masked(name, 1, 0)


def mask_numbers(text: str) -> str:
    """A text in which no whole identity number or mobile number stands any more; full-width digits count as digits."""
    plain = text.translate(_HALF_WIDTH)
    shown, last = "", 0
    for found in _NUMBERS_WITHIN.finditer(plain):
        number = found.group()
        if is_valid_mobile(number) or is_valid_id_number(number.upper()):
            masked = mask_phone(number) if len(number) == 11 else mask_id(number)
            shown, last = shown + text[last : found.start()] + masked, found.end()
    return shown + text[last:]


def uuid7(at: datetime) -> UUID:
    """A UUID version 7 (RFC 9562 §5.7) of the instant `at`, to a quarter of a microsecond, else random.

    Sorting by it sorts by time, which keeps new rows together in an index.
    """
    milliseconds, microseconds = divmod(round(at.timestamp() * 1_000_000), 1000)
    fraction = (microseconds << 12) // 1000
    high = milliseconds << 16 | 0x7000 | fraction
    low = 0b10 << 62 | secrets.randbits(62)
    return UUID(int=high << 64 | low)


def _masked(text: str, head: int, tail: int) -> str:
    # A text too short to keep both ends shows one character, so that masking never shows it whole.
    if len(text) <= head + tail:
        head, tail = 1, 0
    return f"{text[:head]}{'*' * max(len(text) - head - tail, 1)}{text[len(text) - tail :]}" if text else ""


def _is_birth_date(digits: str) -> bool:
    try:
        return date.fromisoformat(digits).year >= _OLDEST_BIRTH_YEAR
    except ValueError:
        return False


def _id_check(body: str) -> str:
    total = sum(int(digit) * weight for digit, weight in zip(body, _ID_WEIGHTS, strict=True))
    return _ID_CHECKS[total % 11]


def _check_basic_code(setter: str, item_type: str) -> None:
    if setter != "00" and setter not in PROVINCES:
        raise Refused("basic_code_setter", "基本编码前 2 位应为 00（国家）或省级代码，请核对。")
    if item_type == "00":
        raise Refused("basic_code_type", "基本编码第 3、4 位应为事项类型代码，例如 01 行政许可，请核对。")


def _accepts(validate: Callable[[str], None], text: str) -> bool:
    try:
        validate(text)
    except Refused:
        return False
    return True
