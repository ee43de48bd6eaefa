"""Papers as a county would issue them, and the files people hand in. Names carry rare characters."""

from __future__ import annotations

import io
import struct
import zlib
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from pypdf import PdfReader, PdfWriter

from onedoor.domain.papers import actions
from onedoor.domain.papers.terms import OrganRef, PaperKind, PaperRef

AT = datetime(2026, 11, 22, 6, 0, tzinfo=UTC)
ORGAN = OrganRef("明渠县市场监督管理局", "明市监", demo=True)

CASE: dict[str, Any] = {
    "service_name": "食品经营许可新办",
    "case_number": "990722-20261122-SCJG-00012-7",
    "phone": "0000-1234567",
    "complaint_phone": "12345",
    "location": "县政务服务中心一楼3号综合窗口",
}
REMEDIES: dict[str, Any] = {"review_organ": "明渠县人民政府", "court": "明渠县人民法院"}

#: Kind → holder and data.
SAMPLES: dict[PaperKind, tuple[str, dict[str, Any]]] = {
    PaperKind.RECEIPT: (
        "张𠮷祥",
        CASE
        | {
            "query_code": "H7K2M9",
            "received_on": "2026-11-22",
            "materials": [
                {"name": "食品经营许可申请书", "form": "原件", "count": 1},
                {"name": "营业执照", "form": "电子证照", "count": 1, "note": "系统核验"},
            ],
            "limit": "8个工作日",
            "clerk": "李明",
            "agent": "王䶮",
        },
    ),
    PaperKind.ACCEPTANCE: (
        "明渠县老𠮷家饭店",
        CASE | {"received_on": "2026-11-20", "limit": "8个工作日", "due_on": "2026-12-02"},
    ),
    PaperKind.CORRECTION: (
        "张堃",
        CASE
        | {
            "received_on": "2026-11-20",
            "due_on": "2026-12-20",
            "items": [
                {"name": "经营场所平面图", "problem": "未标注面积", "mend": "请标注各功能区面积后上传"},
                {"name": "冷藏设备说明", "problem": "缺少该材料", "mend": "请提供冷藏设备清单"},
            ],
        },
    ),
    PaperKind.DECLINE: (
        "欧阳㛃",
        CASE
        | REMEDIES
        | {
            "received_on": "2026-11-20",
            "reasons": ["经营场所位于邻县，不属于本机关管辖", "已持有同一场所的有效许可"],
            "other_organ": "清河县市场监督管理局",
        },
    ),
    PaperKind.SPECIAL: (
        "明渠县老𠮷家饭店",
        CASE
        | {
            "accepted_on": "2026-11-16",
            "special": "检验",
            "started_on": "2026-11-22",
            "needed": "10个工作日",
            "reasons": ["操作间用水需要送县疾病预防控制中心检验"],
        },
    ),
    PaperKind.EXTENSION: (
        "张䶮",
        CASE
        | {
            "accepted_on": "2026-11-16",
            "added": "10个工作日",
            "reasons": ["经营场所涉及多处改建，现场核查需要分两次进行", "消防部门的意见尚未作出"],
            "promised_former_on": "2026-11-26",
            "promised_due_on": "2026-12-10",
            "statutory_former_on": "2026-12-14",
            "statutory_due_on": "2026-12-28",
        },
    ),
    PaperKind.APPROVAL: (
        "明渠县老𠮷家饭店",
        CASE
        | {
            "accepted_on": "2026-11-22",
            "rows": [{"label": "经营场所", "value": "明渠县城关镇人民路18号"}],
            "valid_from": "2026-11-22",
            "valid_until": "2031-11-21",
            "result_name": "《食品经营许可证》",
            "basis": ["《中华人民共和国食品安全法》第三十五条"],
        },
    ),
    PaperKind.REFUSAL: (
        "张垚",
        CASE | REMEDIES | {"accepted_on": "2026-11-22", "reasons": ["操作间与卫生间直接相通。"]},
    ),
    PaperKind.LICENCE: (
        "明渠县老𠮷家饭店",
        {
            "name": "食品经营许可证",
            "number": "JY29907220000012",
            "holder_label": "经营者名称",
            "rows": [
                {"label": "负责人", "value": "张𠮷祥"},
                {"label": "经营场所", "value": "明渠县城关镇人民路18号"},
            ],
            "valid_from": "2026-11-22",
            "valid_until": "2031-11-21",
        },
    ),
    PaperKind.DELIVERY: (
        "明渠县老𠮷家饭店",
        CASE
        | {
            "documents": [
                {"label": "准予行政许可决定书", "value": "明市监许准〔2026〕1号"},
                {"label": "食品经营许可证", "value": "明市监许证〔2026〕1号"},
            ],
            "way": "courier",
            "method": "邮政寄递",
            "receiver": "王堃",
            "courier_number": "MQ00012345678",
            "delivered_on": "2026-11-22",
        },
    ),
}


def issue(kind: PaperKind, stream_id: UUID | None = None, seq: int = 1, **changes: Any) -> PaperRef:
    """Issue the sample of a kind; `changes` replace arguments of the action."""
    holder, data = SAMPLES[kind]
    arguments: dict[str, Any] = {
        "tenant_id": 1,
        "stream_id": stream_id or uuid4(),
        "source_seq": seq,
        "kind": kind,
        "organ": ORGAN,
        "holder_name": holder,
        "data": data,
        "at": AT,
    }
    return actions.issue_paper(**(arguments | changes))


def text_of(pdf: bytes) -> str:
    """The text of all pages without any white space."""
    return "".join("".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages).split())


def pdf_file(pages: int = 1, version: str = "1.4", packed: bool = False) -> bytes:
    """A plain PDF; `packed` keeps its objects in compressed streams."""
    writer = PdfWriter()
    writer.pdf_header = f"%PDF-{version}"
    for _ in range(pages):
        writer.add_blank_page(595, 842)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue() if not packed else pack_objects(out.getvalue())


def pack_objects(pdf: bytes, body: bytes = b"<</Harmless true>>") -> bytes:
    """The PDF with one more object stream, compressed, holding `body`."""
    packed = zlib.compress(b"90 0 " + body)
    stream = (
        b"91 0 obj\n<</Type/ObjStm/N 1/First 5/Filter/FlateDecode/Length %d>>\nstream\n" % len(packed)
        + packed
        + b"\nendstream\nendobj\n"
    )
    cut = pdf.rindex(b"xref\n", 0, pdf.rindex(b"startxref"))
    moved = pdf[:cut] + stream + pdf[cut : pdf.rindex(b"startxref")]
    return moved + b"startxref\n%d\n%%%%EOF\n" % (cut + len(stream))


def chunk(kind: bytes, data: bytes) -> bytes:
    """One PNG chunk with its CRC."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png_file(width: int = 2, height: int = 2, extra: bytes = b"", colour: int = 2) -> bytes:
    """A PNG that claims `width` × `height`; `extra` chunks stand before the picture."""
    channels = {0: 1, 2: 3, 6: 4}[colour]
    rows = (b"\0" + bytes(channels * width)) * height if width * height <= 10_000 else b""
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, colour, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + extra + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def segment(marker: int, data: bytes) -> bytes:
    """One JPEG segment with its length."""
    return bytes([0xFF, marker]) + struct.pack(">H", len(data) + 2) + data


def jpeg_file(
    width: int = 8, height: int = 8, extra: bytes = b"", frame: int = 0xC0, scans: int = 1
) -> bytes:
    """A JPEG that claims `width` × `height`; `extra` segments stand before the frame."""
    scan = segment(0xDA, b"\x01\x01\x00\x00\x3f\x00") + b"\x12\xff\x00\x34\xff\xd0\x56"
    return (
        b"\xff\xd8"
        + segment(0xE0, b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0")
        + extra
        + segment(0xDB, bytes(65))
        + segment(frame, struct.pack(">BHHB", 8, height, width, 1) + b"\x01\x11\x00")
        + (segment(0xC4, bytes(17)) + scan) * scans
        + b"\xff\xd9"
    )
