"""Doubts about a document that stop nobody but are shown to whoever writes and whoever reviews it. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from onedoor.core.refusals import Problem
from onedoor.domain.catalog.terms import ServiceVersion, Source

#: Licences that every county can verify by the provincial directory of electronic licences, by any of their names.
KNOWN_LICENCES = (
    "营业执照", "居民身份证", "身份证", "户口簿", "结婚证", "离婚证", "不动产权证书", "社会保障卡",
    "残疾人证", "出生医学证明", "机动车驾驶证", "食品经营许可证",
)  # fmt: skip
#: Words around the name of a licence that change nothing about it.
_AROUND = (
    "申请人",
    "法定代表人",
    "经营者",
    "本人",
    "有效",
    "复印件",
    "原件",
    "电子",
    "正本",
    "副本",
    "扫描件",
    "的",
    "及",
    "和",
)


def flags(version: ServiceVersion, provable: Collection[str] = ()) -> Iterator[Problem]:
    """Materials asked of the applicant that a licence or shared record proves; `provable` are the kinds of licence
    that other items of the county verify already."""
    known = {*KNOWN_LICENCES, *provable}
    for index, material in enumerate(version.materials):
        licence = _bare(material.name)
        if material.source is Source.APPLICANT and licence in known:
            yield Problem(
                f"/materials/{index}",
                "already_proved",
                f"材料“{material.name}”可以核验电子证照，不应再要申请人提交。请把来源改为“电子证照核验”；"
                "确实不能核验的，在材料的说明里写明原因。",
            )
    if version.visits > 1:
        yield Problem(
            "/visits", "several_visits", f"申请人要到现场 {version.visits} 次，请核对能否减到 1 次。"
        )


def _bare(name: str) -> str:
    """The name of a licence without what stands around it."""
    text = name.split("（", maxsplit=1)[0].split("(", maxsplit=1)[0]
    for word in _AROUND:
        text = text.replace(word, "")
    return text.strip()
