"""The words of the papers room: kinds of paper, who issues them, and what others get to see of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Final
from uuid import UUID


class PaperKind(StrEnum):
    """Every document the house issues. The value is stored."""

    RECEIPT = "receipt"  # 收件凭证
    ACCEPTANCE = "acceptance"  # 受理通知书
    CORRECTION = "correction"  # 补正告知书（一次性告知）
    DECLINE = "decline"  # 不予受理通知书
    SPECIAL = "special"  # 特别程序告知书
    EXTENSION = "extension"  # 延期告知书
    APPROVAL = "approval"  # 准予许可决定书
    REFUSAL = "refusal"  # 不予许可决定书
    LICENCE = "licence"  # 证照
    DELIVERY = "delivery"  # 送达回证


#: The kinds in words. Which decision it is, and which licence, only the title of the paper itself says.
PAPER_NAMES: Final[Mapping[PaperKind, str]] = {
    PaperKind.RECEIPT: "收件凭证",
    PaperKind.ACCEPTANCE: "受理通知书",
    PaperKind.CORRECTION: "补正告知书",
    PaperKind.DECLINE: "不予受理通知书",
    PaperKind.SPECIAL: "特别程序告知书",
    PaperKind.EXTENSION: "延期告知书",
    PaperKind.APPROVAL: "决定书",
    PaperKind.REFUSAL: "决定书",
    PaperKind.LICENCE: "证照",
    PaperKind.DELIVERY: "送达回证",
}


class GuideForm(StrEnum):
    """How what an applicant is told once is printed. These are no papers of a case. The value names the template."""

    GUIDE = "guide"  # 办事指南
    NOTICE = "notice"  # 一次性告知单
    CARD = "card"  # 明白卡


class PaperState(StrEnum):
    """Whether a paper still stands."""

    VALID = "valid"  # 有效
    VOID = "void"  # 已作废


@dataclass(frozen=True, slots=True)
class OrganRef:
    """Who signs. `name` is the full name as on the seal, `word` the 机关代字 that opens the document number
    (`明市监`), `demo` marks the seal and the page as 演示 so that nobody takes them for real."""

    name: str
    word: str
    demo: bool = False


@dataclass(frozen=True, slots=True)
class UploadRef:
    """A stored upload. `sm3` is the hex digest of its content, `size` is in bytes."""

    id: UUID
    sm3: str
    size: int
    media_type: str


@dataclass(frozen=True, slots=True)
class UploadView:
    """An upload as its owner and the case's staff see it; `name` is the cleaned file name. `preview` is the hex digest
    of a small PNG of a picture, or of the file itself where that is small, "" without one; `pages` are those of a
    document, 0 where that is not known."""

    id: UUID
    tenant_id: int
    owner: str
    name: str
    media_type: str
    size: int
    sm3: str
    created_at: datetime
    preview: str = ""
    pages: int = 0


@dataclass(frozen=True, slots=True)
class ScannerTrial:
    """How the virus scanner did when it was tried; `fault` is Chinese, "" when all is well."""

    configured: bool
    fault: str = ""


@dataclass(frozen=True, slots=True)
class PaperRef:
    """An issued paper. `sm3` is the hex digest of the PDF, "" until it has been rendered."""

    id: UUID
    tenant_id: int
    stream_id: UUID
    source_seq: int
    kind: PaperKind
    title: str
    document_number: str
    organ: str
    verify_code: str
    created_at: datetime
    rendered_at: datetime | None
    state: PaperState
    sm3: str


@dataclass(frozen=True, slots=True)
class VerifiedPaper:
    """What anyone who holds a paper may check it against. The holder is masked; `issued_on` and
    `valid_until` are civil dates in Asia/Shanghai; `sm3` is "" until the paper has been rendered."""

    kind: PaperKind
    title: str
    document_number: str
    organ: str
    holder: str
    issued_on: date
    valid_until: date | None
    state: PaperState
    void_reason: str
    demo: bool
    sm3: str


class BlobDamaged(Exception):
    """A stored file is missing or is no longer what was stored: a fault of the store, not of the asker."""

    def __init__(self, sm3: str, fault: str) -> None:
        super().__init__(f"blob {sm3}: {fault}")
        self.sm3 = sm3
        self.fault = fault
