"""Numbers, codes, names and the shape of what papers print."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from onedoor.core.refusals import Refused
from onedoor.domain.papers import glyphs, rules
from onedoor.domain.papers.terms import GuideForm, PaperKind
from tests.papers.samples import SAMPLES


def test_document_number() -> None:
    assert rules.document_number("明市监", PaperKind.ACCEPTANCE, 2026, 12) == "明市监许受〔2026〕12号"


def test_every_kind_has_its_own_series_title_and_template() -> None:
    assert len(set(rules.SERIES.values())) == len(PaperKind) == len(rules.TITLES) == len(rules.ENTRIES)
    templates = Path(rules.__file__).parent / "templates"
    assert {each.stem for each in templates.glob("*.typ")} == {
        *map(str, PaperKind), *map(str, GuideForm), "layout", "flow",
    }  # fmt: skip


@pytest.mark.parametrize("kind", PaperKind)
def test_samples_are_printable_as_they_are(kind: PaperKind) -> None:
    _, data = SAMPLES[kind]
    assert rules.printable(kind, data).keys() == data.keys()


def test_dates_and_rows_become_canonical_and_the_rest_is_left_out() -> None:
    data = {
        "name": " 证 ",
        "rows": [{"label": "份数", "value": 2}],
        "valid_until": date(2031, 1, 2),
        "secret": "x",
    }
    assert rules.printable(PaperKind.LICENCE, data) == {
        "name": "证",
        "rows": [{"label": "份数", "value": "2"}],
        "valid_until": "2031-01-02",
    }


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"items": []}, "/items"),
        ({"items": "全部"}, "/items"),
        ({"items": [{"problem": "缺"}]}, "/items"),
        ({"service_name": None}, "/service_name"),
        ({"due_on": "明天"}, "/due_on"),
        ({"phone": 1.5}, "/phone"),
    ],
)
def test_faulty_data_is_refused_at_its_place(change: dict[str, object], pointer: str) -> None:
    _, data = SAMPLES[PaperKind.CORRECTION]
    with pytest.raises(Refused) as refused:
        rules.printable(PaperKind.CORRECTION, data | change)
    assert refused.value.code == "paper_data_invalid"
    assert [problem.pointer for problem in refused.value.errors] == [pointer]


def test_codes_survive_being_copied_by_hand() -> None:
    code = rules.new_verify_code()
    assert rules.normal_code(rules.grouped_code(code).lower().replace("0", "o").replace("1", "l")) == code
    assert rules.normal_code("７" * 16) == "7" * 16
    assert rules.normal_code("短") is None
    assert rules.normal_code("U" * 16) is None


def test_codes_do_not_repeat() -> None:
    assert len({rules.new_verify_code() for _ in range(5000)}) == 5000


@pytest.mark.parametrize(
    ("given", "cleaned"),
    [
        ("申请书.PDF", "申请书.pdf"),
        ("../../etc/passwd.pdf", "passwd.pdf"),
        ("C:\\扫描\\身份证 正面.pdf", "身份证 正面.pdf"),
        ("a\u202efdp.exe.pdf", "afdp.exe.pdf"),
        ("a\x00b\n.pdf", "ab.pdf"),
        (' <>:"|?*. .pdf', "未命名文件.pdf"),
        ("", "未命名文件.pdf"),
        ("长" * 300 + ".pdf", "长" * 116 + ".pdf"),
        ("没有后缀", "没有后缀.pdf"),
    ],
)
def test_file_names_are_cleaned(given: str, cleaned: str) -> None:
    assert rules.clean_file_name(given, ".pdf") == cleaned


@pytest.mark.parametrize(
    ("name", "masked"),
    [
        ("张", "张*"),
        ("张三", "张*"),
        ("欧阳娜娜", "欧***"),
        ("明渠县老家饭店", "明渠***饭店"),
        ("李家小吃店", "李****"),
    ],
)
def test_holders_are_masked(name: str, masked: str) -> None:
    assert rules.mask_holder(name) == masked


def test_rare_characters_have_glyphs_and_unknown_ones_are_named() -> None:
    assert glyphs.missing_glyphs("𠮷䶮堃㛃垚，〔2026〕（一）“甲”—\n\t　") == ""
    assert glyphs.missing_glyphs("张\U0003fffe三\U0003fffe\u202e\x07") == "\U0003fffe\u202e\x07"


def test_the_templates_own_words_have_glyphs() -> None:
    for template in (Path(rules.__file__).parent / "templates").glob("*.typ"):
        assert glyphs.missing_glyphs(template.read_text()) == "", template.name
