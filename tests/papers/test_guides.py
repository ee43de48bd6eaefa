"""A guide on paper: what an applicant is told once, with a code that leads back to its page."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from typing import Any

import pypdf
import pytest

from onedoor.core.refusals import Refused
from onedoor.domain.papers import queries

AT = datetime(2026, 11, 22, tzinfo=UTC)


def guide(**data: Any) -> bytes:
    """The guide of an item of which hardly anything is known."""
    known = {
        "code": "SCJG-FOOD-NEW",
        "version": "第 1 版",
        "name": "食品经营许可新办",
        "department": "明渠县市场监督管理局",
        "facts": [{"label": "承诺时限", "value": "8 个工作日"}],
    }
    return queries.guide_pdf(
        title="办事指南",
        organ="明渠县政务服务中心",
        demo=True,
        path="/services/SCJG-FOOD-NEW",
        at=AT,
        data=known | data,
    )


def text_of(pdf: bytes) -> str:
    """What a reader finds in it."""
    return "".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf)).pages)


def test_empty_parts_are_left_out() -> None:
    text = text_of(guide())
    assert "食品经营许可新办" in text
    assert "8 个工作日" in text
    assert "申请材料" not in text


def test_every_part_is_printed() -> None:
    text = text_of(
        guide(
            conditions=["有固定的经营场所"],
            materials=[{"name": "营业执照", "need": "必要", "way": "免提交"}],
            steps=[{"name": "现场核查", "department": "市场监管局", "limit": "4 个工作日"}],
            basis=["《中华人民共和国食品安全法》第三十五条"],
            questions=[{"question": "龘店也能办吗？", "answer": "能，𠮷䶮堃都印得出来。"}],
        )
    )
    for words in ("有固定的经营场所", "营业执照", "现场核查", "第三十五条", "𠮷䶮堃"):
        assert words in text


def test_a_character_that_no_face_has_stops_it() -> None:
    with pytest.raises(Refused, match="glyph_missing"):
        guide(plain_name="\U000323af")
