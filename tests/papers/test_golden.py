"""Every paper word by word, against the text that was approved of when its template was last changed.

A changed template, sample or face makes these tests fail. After looking at the PDFs, the new texts are written by

    ONEDOOR_RENEW_GOLDEN=1 .venv/bin/python -m pytest tests/papers/test_golden.py

and the difference is read in the commit.
"""

from __future__ import annotations

import io
import os
import shutil
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader

from onedoor.domain.papers import queries, rules, typesetting
from onedoor.domain.papers.terms import PaperKind
from tests.papers.samples import SAMPLES, issue

GOLDEN = Path(__file__).parent / "golden"
RENEW = os.environ.get("ONEDOOR_RENEW_GOLDEN") == "1"
CODE = "7K3DPQ0M4WZX9T2B"
#: Name → kind, and what differs from its sample.
PAPERS: dict[str, tuple[PaperKind, dict[str, Any]]] = {
    **{kind.value: (kind, {}) for kind in PaperKind},
    "acceptance-deemed": (PaperKind.ACCEPTANCE, {"deemed": True}),
    "correction-long": (
        PaperKind.CORRECTION,
        {
            "items": [
                {"name": f"材料{n}", "problem": "内容填写不完整" * 4, "mend": "请补填后上传" * 4}
                for n in range(24)
            ]
        },
    ),
    "special-other-act": (PaperKind.SPECIAL, {"act": "行政确认"}),
    "extension-law-only": (PaperKind.EXTENSION, {"promised_former_on": None, "promised_due_on": None}),
    "delivery-window": (PaperKind.DELIVERY, {"way": "window", "method": "窗口领取", "courier_number": ""}),
    "delivery-electronic": (
        PaperKind.DELIVERY,
        {"way": "electronic", "method": "电子送达", "courier_number": ""},
    ),
}
#: Characters that few faces have, each in some sample's name.
RARE = "𠮷䶮堃㛃垚"


def as_read(pdf: bytes) -> str:
    """The text as a reader gets it, line by line, page by page."""
    pages = PdfReader(io.BytesIO(pdf)).pages
    parts = []
    for number, page in enumerate(pages, start=1):
        lines = [" ".join(line.split()) for line in page.extract_text().splitlines()]
        parts += [f"== {number}/{len(pages)}", *filter(None, lines)]
    return "\n".join(parts) + "\n"


def printed(name: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The paper of this name, issued and set."""
    monkeypatch.setattr(rules, "new_verify_code", lambda: CODE)
    kind, changes = PAPERS[name]
    return as_read(queries.pdf(issue(kind, data=SAMPLES[kind][1] | changes).id))


@pytest.mark.django_db
@pytest.mark.parametrize("name", PAPERS)
def test_the_paper_reads_word_by_word(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    text, golden = printed(name, monkeypatch), GOLDEN / f"{name}.txt"
    if RENEW:
        golden.parent.mkdir(exist_ok=True)
        golden.write_text(text, "utf-8")
    assert text == golden.read_text("utf-8")


def test_every_golden_text_has_its_paper() -> None:
    assert {path.stem for path in GOLDEN.glob("*.txt")} == PAPERS.keys()


def test_rare_characters_are_read_as_themselves() -> None:
    texts = "".join(path.read_text("utf-8") for path in GOLDEN.glob("*.txt"))
    assert [character for character in RARE if character not in texts] == []


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("template", "word", "other"),
    [
        ("extension.typ", "期限只延长这一次", "期限可以再延长"),
        ("layout.typ", "六十日内", "三十日内"),
        ("layout.typ", "bottom: 40mm", "bottom: 190mm"),
    ],
)
def test_control_a_changed_template_is_noticed(
    template: str, word: str, other: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = tmp_path / "templates"
    shutil.copytree(typesetting._TEMPLATES, copy)
    text = (copy / template).read_text("utf-8")
    assert word in text
    (copy / template).write_text(text.replace(word, other), "utf-8")
    monkeypatch.setattr(typesetting, "_TEMPLATES", copy)
    typesetting._compiler.cache_clear()
    try:
        name = "extension" if template == "extension.typ" else "decline"
        assert printed(name, monkeypatch) != (GOLDEN / f"{name}.txt").read_text("utf-8")
    finally:
        typesetting._compiler.cache_clear()
