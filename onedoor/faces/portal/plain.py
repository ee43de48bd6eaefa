"""零基础: the guide of an item for somebody who has never done such a thing, in everyday words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse

from onedoor.domain.catalog.guides.flowchart import limit_words, only_when, when_words
from onedoor.domain.catalog.guides.guide import count_words, result_words
from onedoor.domain.catalog.guides.situations import called_for
from onedoor.domain.catalog.terms import Material, Necessity, ServiceVersion, Source

#: The name in the address, and the cookie that remembers it.
NAME = "plain"
HALF_A_YEAR = 180 * 24 * 60 * 60
#: Longer lists of what goes wrong are not read.
MOST_SLIPS = 6


@dataclass(frozen=True, slots=True)
class Thing:
    """Something to bring: its name, how many, and what is said of it."""

    name: str
    count: str
    note: str


@dataclass(frozen=True, slots=True)
class PlainGuide:
    """The guide in everyday words; what is not known is ""."""

    title: str
    official: str
    what_for: str
    who: str
    bring: tuple[Thing, ...]
    sometimes: tuple[Thing, ...]
    free: tuple[str, ...]
    how: tuple[str, ...]
    how_long: str
    cost: str
    result: str
    visits: str
    slips: tuple[str, ...]


def compose(version: ServiceVersion) -> PlainGuide:
    """The everyday words of a version."""
    called, _ = called_for(version, {})
    sometimes = [material for material in called.perhaps if material.source is Source.APPLICANT]
    return PlainGuide(
        title=version.plain_name or version.name,
        official=version.name if version.plain_name else "",
        what_for=f"办好以后，您会拿到{result_words(version)}。" if version.result.name else "",
        who=_who(version),
        bring=tuple(_thing(material) for material in called.bring),
        sometimes=tuple(
            Thing(each.name, count_words(each), only_when(version, each.when, "要") or "视情形要")
            for each in sometimes
        ),
        free=tuple(material.name for material in called.free),
        how=tuple(_how(version)),
        how_long=limit_words(version.promised_limit),
        cost=version.fee,
        result=result_words(version),
        visits=_visits(version),
        slips=tuple(_slips(version, called.bring, sometimes, called.free))[:MOST_SLIPS],
    )


def wanted(request: HttpRequest) -> bool:
    """Whether this visitor reads everyday words: as the address says, else as remembered."""
    asked = request.GET.get(NAME)
    return asked == "1" if asked is not None else request.COOKIES.get(NAME) == "1"


def remember(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Remember what the address has chosen."""
    asked = request.GET.get(NAME)
    if asked == "1":
        response.set_cookie(
            NAME,
            "1",
            max_age=HALF_A_YEAR,
            path="/services",
            httponly=True,
            samesite="Lax",
            secure=request.is_secure(),
        )
    elif asked is not None:
        response.delete_cookie(NAME, path="/services")
    return response


def _who(version: ServiceVersion) -> str:
    person, body = "person" in version.audience, "organization" in version.audience
    if person and body:
        return "个人、个体户、企业和单位都可以办。"
    return "个人办的事。" if person else "企业、个体户和单位办的事。" if body else ""


def _thing(material: Material) -> Thing:
    later = "一时拿不出来，可以先交别的，之后再补" if material.necessity is Necessity.DEFERRABLE else ""
    note = "；".join(filter(None, (material.note, material.fill_note, later)))
    return Thing(material.name, count_words(material), note)


def _how(version: ServiceVersion) -> Iterator[str]:
    online = version.ready and any(channel in version.channels for channel in ("web", "mobile"))
    where = version.location or "政务服务中心"
    if online:
        yield "在手机或电脑上点“在线办理”，一步一步填；也可以带着东西到窗口，工作人员帮您填。"
    else:
        yield f"带着东西到{where}，工作人员帮您填。"
    yield "交上去以后，5 个工作日内告诉您收不收。缺什么会一次说清楚，补上就行。"
    many = len({step.department for step in version.procedure.steps})
    together = f"要经过 {many} 个部门，由窗口去转，您不用自己跑。" if many > 1 else ""
    limit = limit_words(version.promised_limit)
    yield f"收下以后{f'，{limit}内办好' if limit else '开始办'}。{together}"
    yield "办好了发短信告诉您，到窗口取，或者按您选的方式送到。"


def _visits(version: ServiceVersion) -> str:
    if not version.ready:
        return ""
    return f"最多 {version.visits} 趟" if version.visits else "一趟都不用跑"


def _slips(
    version: ServiceVersion,
    bring: tuple[Material, ...],
    sometimes: list[Material],
    free: tuple[Material, ...],
) -> Iterator[str]:
    """What goes wrong most easily with such papers."""
    for each in bring:
        if each.copies:
            yield f"“{each.name}”要复印件 {each.copies} 份，来之前先印好。"
        if each.originals > 1:
            yield f"“{each.name}”要 {each.originals} 份原件，只带一份不够。"
    for each in sometimes:
        yield f"{when_words(version, each.when)}，别忘了带“{each.name}”。"
    for each in bring:
        if each.accept_standard:
            yield f"“{each.name}”：{each.accept_standard}"
    if free:
        yield f"“{free[0].name}”{f'等 {len(free)} 样' if len(free) > 1 else ''}不用带，系统自己核对。"
    if version.conditions:
        yield "来之前先看看“您要符合的条件”，不符合的办不了。"
