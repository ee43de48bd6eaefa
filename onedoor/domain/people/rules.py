"""What an applicant's identity must look like, and how it is indexed and masked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from onedoor.core.identifiers import (
    canonical,
    mask_id,
    mask_name,
    mask_numbers,
    mask_phone,
    validate_id_number,
    validate_mobile,
    validate_uscc,
)
from onedoor.core.refusals import Problem, Refused
from onedoor.plumbing.crypto import Keyring

from .terms import IdType, SubjectIdentity, SubjectKind, SubjectView

NAME_LENGTH = 200
PURPOSE_LENGTHS = range(2, 201)

_ID_FIELD = "people.id"
_PHONE_FIELD = "people.phone"

#: Which numbers identify which kind; an individual trader 个体工商户 applies as an organisation.
_ID_TYPES: dict[str, IdType] = {SubjectKind.PERSON: IdType.RESIDENT_ID, SubjectKind.ORGANIZATION: IdType.USCC}
_VALIDATORS: dict[IdType, Callable[[str], None]] = {
    IdType.RESIDENT_ID: validate_id_number,
    IdType.USCC: validate_uscc,
}


@dataclass(frozen=True, slots=True)
class Identity:
    """A well-formed identity in canonical spelling."""

    kind: SubjectKind
    name: str
    id_type: IdType
    id_number: str
    phone: str


@dataclass(frozen=True, slots=True)
class SealedIdentity:
    """What is stored of an identity beside its name."""

    id_cipher: bytes
    id_index: bytes
    id_tail_index: bytes
    phone_cipher: bytes
    phone_index: bytes


def problems(*, kind: str, name: str, id_type: str, id_number: str, phone: str) -> tuple[Problem, ...]:
    """Every fault of an identity as given, with pointers under /applicant."""
    found: list[Problem] = []
    cleaned = name.strip()
    if not cleaned:
        found.append(Problem("/applicant/name", "name_missing", "请填写申请人姓名或单位名称。"))
    elif len(cleaned) > NAME_LENGTH or not cleaned.isprintable():
        found.append(Problem("/applicant/name", "name_malformed", "申请人名称过长或含有特殊字符，请核对。"))
    elif mask_numbers(cleaned) != cleaned:
        detail = "名称里有完整的证件号码或手机号码，请只写姓名或单位名称，号码填在对应的位置。"
        found.append(Problem("/applicant/name", "name_holds_number", detail))
    found.extend(_number_problems(kind, id_type, canonical(id_number)))
    found.extend(_fault("/applicant/phone", validate_mobile, canonical(phone)))
    return tuple(found)


def identity(*, kind: str, name: str, id_type: str, id_number: str, phone: str) -> Identity:
    """The identity in canonical spelling. Raises `Refused` with every problem there is."""
    found = problems(kind=kind, name=name, id_type=id_type, id_number=id_number, phone=phone)
    if found:
        raise Refused("identity_malformed", "申请人信息有误，请按提示修改后重新提交。", errors=found)
    return Identity(SubjectKind(kind), name.strip(), IdType(id_type), canonical(id_number), canonical(phone))


def id_index(keyring: Keyring, number: str) -> bytes:
    """The blind index of a whole identity number in canonical spelling."""
    return keyring.blind(_ID_FIELD, number)


def id_tail_index(keyring: Keyring, last_four: str) -> bytes:
    """The blind index of the last four places of an identity number."""
    return keyring.blind("people.id_tail", last_four)


def phone_index(keyring: Keyring, phone: str) -> bytes:
    """The blind index of a telephone number in canonical spelling."""
    return keyring.blind(_PHONE_FIELD, phone)


def sealed(keyring: Keyring, who: Identity) -> SealedIdentity:
    """Encrypt and index an identity."""
    index = id_index(keyring, who.id_number)
    return SealedIdentity(
        id_cipher=keyring.seal(_ID_FIELD, who.id_number, bound_to=index),
        id_index=index,
        id_tail_index=id_tail_index(keyring, who.id_number[-4:]),
        phone_cipher=keyring.seal(_PHONE_FIELD, who.phone, bound_to=index),
        phone_index=phone_index(keyring, who.phone),
    )


def opened_id(keyring: Keyring, cipher: bytes, index: bytes) -> str:
    """The identity number of a row. Raises `Unreadable` if its ciphertext is not the row's own."""
    return keyring.open_(_ID_FIELD, cipher, bound_to=index)


def opened_phone(keyring: Keyring, cipher: bytes, index: bytes) -> str:
    """The telephone number of a row. Raises `Unreadable` if its ciphertext is not the row's own."""
    return keyring.open_(_PHONE_FIELD, cipher, bound_to=index)


def masked(clear: SubjectIdentity) -> SubjectView:
    """The subject as a list may show it."""
    body = clear.kind is SubjectKind.ORGANIZATION
    return SubjectView(
        id=clear.id,
        kind=clear.kind,
        name=clear.name if body else mask_name(clear.name),
        id_type=clear.id_type,
        id_number=clear.id_number if body else mask_id(clear.id_number),
        phone=mask_phone(clear.phone),
    )


def purpose(text: str) -> str:
    """Why somebody looks at an identity, trimmed. Raises Refused("purpose_missing")."""
    cleaned = " ".join(text.split())
    if len(cleaned) not in PURPOSE_LENGTHS:
        raise Refused("purpose_missing", "查看完整身份信息须写明用途，请用 2 至 200 个字说明后再查看。")
    return cleaned


def _number_problems(kind: str, id_type: str, number: str) -> tuple[Problem, ...]:
    expected = _ID_TYPES.get(kind)
    if expected is None:
        return (
            Problem(
                "/applicant/kind", "unknown_kind", "申请人类型应为个人（person）或单位（organization）。"
            ),
        )
    if id_type != expected:
        name = "居民身份证（resident_id）" if expected is IdType.RESIDENT_ID else "统一社会信用代码（uscc）"
        return (Problem("/applicant/id_type", "wrong_id_type", f"这类申请人的证件类型应为{name}，请改选。"),)
    return _fault("/applicant/id_number", _VALIDATORS[expected], number)


def _fault(pointer: str, validate: Callable[[str], None], text: str) -> tuple[Problem, ...]:
    try:
        validate(text)
    except Refused as refused:
        return (Problem(pointer, refused.code, refused.detail),)
    return ()
