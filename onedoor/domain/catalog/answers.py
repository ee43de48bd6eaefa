"""Reading one answer of a form: stray spaces go, the kind of question decides what is accepted.

Every reader gives the value as it is kept (text, bool, int, list of texts; never a float), or raises
`Refused` with a sentence that says how to mend it.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Any

from onedoor.core import identifiers
from onedoor.core.instants import parse_date
from onedoor.core.refusals import Refused

from .reading import has_control
from .terms import Field

#: An answer to one question as it is kept in the dossier.
Single = str | bool | int | list[str]
#: A row of a group 填写组: answers by field code.
Row = dict[str, Single]
#: What the dossier keeps for a field: an answer, or a group's rows.
Answer = Single | list[Row]

#: The most digits before and after the point of a number.
WHOLE_DIGITS, DECIMAL_PLACES = 15, 6
MONEY_PLACES = 2

_LANDLINE = re.compile(r"(0\d{2,3}-?)?\d{7,8}(-\d{1,6})?|400\d{7}", re.ASCII)


def is_blank(value: object) -> bool:
    """Whether nothing has been answered: null, an empty list, or a text of nothing but spaces."""
    return value is None or value == [] or value == () or (isinstance(value, str) and not value.strip())


def read_answer(field: Field, value: object) -> Single:
    """The answer to a question as it is kept; `value` is not blank. Raises Refused if unacceptable."""
    return _READERS[field.type](field, value)


def _text(field: Field, value: object, *, lines: bool = False) -> str:
    if not isinstance(value, str):
        raise Refused("wrong_type", f"“{field.label}”应填写文字，请修改。")
    text = value.replace("\r\n", "\n").strip() if lines else value.strip()
    if has_control(text, lines=lines):
        raise Refused("control_character", f"“{field.label}”中有换行或不可见字符，请删去后重新填写。")
    if len(text) > field.max_length:
        raise Refused("too_long", f"“{field.label}”共 {len(text)} 字，请缩短到 {field.max_length} 字以内。")
    return text


def _line(field: Field, value: object) -> str:
    return _text(field, value)


def _paragraphs(field: Field, value: object) -> str:
    return _text(field, value, lines=True)


def _choice(field: Field, value: object) -> str:
    chosen = value.strip() if isinstance(value, str) else value
    if not isinstance(chosen, str) or chosen not in {option.value for option in field.options}:
        raise Refused("unknown_option", f"“{field.label}”请从以下选项中选择：{_offered(field)}。")
    return chosen


def _offered(field: Field) -> str:
    return "、".join(f"{option.label}（{option.value}）" for option in field.options)


def _choices(field: Field, value: object) -> list[str]:
    if not isinstance(value, list | tuple):
        raise Refused(
            "wrong_type", f'“{field.label}”可选多项，请以列表填写，如 ["{field.options[0].value}"]。'
        )
    # A repeated choice says nothing new; the order is that of the form, so that equal answers are equal.
    chosen = {_choice(field, entry) for entry in value}
    return [option.value for option in field.options if option.value in chosen]


def _date(field: Field, value: object) -> str:
    text = _compact(value)
    try:
        return parse_date(text).isoformat()
    except Refused:
        raise Refused(
            "date_malformed", f"“{field.label}”应为公历日期，请写成 2026-10-13 这样的形式。"
        ) from None


def _number(field: Field, value: object) -> int | str:
    if isinstance(value, int) and not isinstance(value, bool):
        _check_size(field, Decimal(value), DECIMAL_PLACES)
        return value
    return _plain(_decimal(field, value, DECIMAL_PLACES))


def _money(field: Field, value: object) -> str:
    amount = _decimal(field, value, MONEY_PLACES)
    if amount < 0:
        raise Refused("negative", f"“{field.label}”不能是负数，请修改。")
    return _plain(amount)


def _decimal(field: Field, value: object, places: int) -> Decimal:
    """A number given as text, whole number or JSON number with a fraction."""
    malformed = Refused("number_malformed", f"“{field.label}”应为数字，请只填写数字和小数点，如 120.5。")
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise malformed
    if isinstance(value, float) and not math.isfinite(value):
        raise malformed
    text = _compact(value) if isinstance(value, str) else str(value)
    if len(text) > 40 or not re.fullmatch(r"[+-]?\d+(\.\d+)?([eE][+-]?\d{1,2})?", text, re.ASCII):
        raise malformed
    try:
        number = Decimal(text)
    except InvalidOperation:
        raise malformed from None
    _check_size(field, number, places)
    return number


def _check_size(field: Field, number: Decimal, places: int) -> None:
    if abs(number) >= Decimal(10) ** WHOLE_DIGITS:
        raise Refused("too_large", f"“{field.label}”的数值过大，请核对单位后修改。")
    if number != round(number, places):
        raise Refused("too_precise", f"“{field.label}”最多保留 {places} 位小数，请修改。")


def _plain(number: Decimal) -> str:
    """A decimal without exponent and without zeros that say nothing."""
    text = f"{number:f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text in ("-0", "") else text


def _phone(field: Field, value: object) -> str:
    text = _compact(value)
    if not (identifiers.is_valid_mobile(text) or _LANDLINE.fullmatch(text)):
        raise Refused(
            "phone_malformed", f"“{field.label}”应为 11 位手机号码，或带区号的固定电话，如 0836-1234567。"
        )
    return text


def _id_number(field: Field, value: object) -> str:
    return _identifier(field, value, identifiers.validate_id_number)


def _uscc(field: Field, value: object) -> str:
    return _identifier(field, value, identifiers.validate_uscc)


def _identifier(field: Field, value: object, validate: Callable[[str], None]) -> str:
    text = _compact(value).upper()
    try:
        validate(text)
    except Refused as refused:
        raise Refused(refused.code, f"“{field.label}”有误：{refused.detail}") from None
    return text


def _compact(value: object) -> str:
    """A number that a person typed, half-width and without blanks; "" for what is no text."""
    return "".join(unicodedata.normalize("NFKC", value).split()) if isinstance(value, str) else ""


def _boolean(field: Field, value: object) -> bool:
    if isinstance(value, bool):
        return value
    # Pages send what a form sends: text.
    answer = {"true": True, "false": False}.get(value.strip() if isinstance(value, str) else "")
    if answer is None:
        raise Refused("wrong_type", f"“{field.label}”请回答是（true）或否（false）。")
    return answer


_READERS: dict[str, Callable[[Field, Any], Single]] = {
    "text": _line,
    "textarea": _paragraphs,
    "address": _line,
    "choice": _choice,
    "choices": _choices,
    "date": _date,
    "number": _number,
    "money": _money,
    "phone": _phone,
    "id_number": _id_number,
    "uscc": _uscc,
    "boolean": _boolean,
}
