"""What an applicant is told and takes home after a package was taken in at the counter: one receipt for all of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.views.decorators.http import require_safe

from onedoor.domain.cases import counter
from onedoor.domain.cases import queries as cases
from onedoor.domain.cases.counter import HandedIn
from onedoor.domain.cases.queries import BundleSheet, CaseSheet
from onedoor.domain.cases.terms import BundleStage, MemberLine, MemberState
from onedoor.domain.catalog.forms import PROVIDED
from onedoor.domain.offices.terms import Principal
from onedoor.domain.papers import queries as papers
from onedoor.domain.papers.terms import PaperRef
from onedoor.faces import planning
from onedoor.faces.access import admits, now, signed_in
from onedoor.faces.casework import STAGE_TONES, Lamp, lamp_of_sheet, masked_applicant
from onedoor.faces.parts import Row
from onedoor.faces.staff import COUNTER, page
from onedoor.faces.wording import instant_zh

from .intake import EXPECTED_PAPERS


@dataclass(frozen=True, slots=True)
class Member:
    """A member on the receipt. `lacking` names the materials that it misses; `hint` says what a member without a case
    waits for; `pending` that papers of it are still being made."""

    line: MemberLine
    tone: str
    hint: str = ""
    lamp: Lamp | None = None
    papers: tuple[PaperRef, ...] = ()
    lacking: tuple[str, ...] = ()
    to_accept: bool = False
    pending: bool = False


@dataclass(frozen=True, slots=True)
class MaterialLine:
    """A material on the receipt: how it came, or "" if it is lacking, and the items that want it."""

    name: str
    way: str
    wanted_by: str


@admits(COUNTER)
@require_safe
def received(request: HttpRequest, number: str) -> HttpResponse:
    """The receipt of a package, with what has become of each member. Papers are made in the background; the page asks
    again for them."""
    principal, at = signed_in(request), now()
    sheet = cases.bundle_sheet(number, actor=principal, at=at)
    if sheet is None:
        raise cases.not_found()
    if sheet.stage == BundleStage.DRAFT:
        return HttpResponseRedirect(f"/desk/intake/together/{number}/draft")
    handed = counter.handed_in(number, actor=principal, at=at)
    members = tuple(_member(line, sheet, handed, principal, at) for line in sheet.members)
    materials = _materials(handed)
    words = {
        "sheet": sheet,
        "members": members,
        "there": [line for line in materials if line.way],
        "lacking": [line for line in materials if not line.way],
        "who": _who(sheet, handed),
        "papers_pending": any(member.pending for member in members),
        "left": any(member.to_accept and not member.lacking for member in members) and "left" in request.GET,
        "unprintable": papers.missing_glyphs(sheet.applicant.name),
    }
    return page(request, "desk/intake_package_done.html", words)


def _member(
    line: MemberLine, sheet: BundleSheet, handed: HandedIn, principal: Principal, at: datetime
) -> Member:
    if not (line.number and line.mine):
        return Member(line, "", _waits(line, sheet))
    case = cases.case_sheet(line.number, actor=principal, at=at)
    made = {paper.kind.value for paper in case.papers}
    return Member(
        line=line,
        tone=STAGE_TONES.get(case.stage, ""),
        lamp=lamp_of_sheet(case, at),
        papers=case.papers,
        lacking=_lacking(line.service, handed),
        to_accept=_to_accept(case),
        pending=not made.issuperset(EXPECTED_PAPERS.get(case.stage, ())),
    )


def _waits(line: MemberLine, sheet: BundleSheet) -> str:
    """What a member without a case waits for, or why it never had one."""
    if line.state != MemberState.WAITING:
        return "没有开始办" if not line.number else ""
    names = {each.service: each.service_name for each in sheet.members}
    before = "”“".join(names.get(code, code) for code in line.after)
    return f"等“{before}”准予后自动收件，不用再申请"


def _to_accept(case: CaseSheet) -> bool:
    """Whether this visitor may accept the case, or tell what is missing."""
    return any(each.verb.code == "accept" for each in case.allowed)


def _lacking(service: str, handed: HandedIn) -> tuple[str, ...]:
    """The materials that a member wants and that are not there."""
    wanting = {each.material.code: each.asked_for for each in handed.plan.materials}
    codes = [each for each in handed.lacking if service in wanting.get(each.material.code, (service,))]
    return tuple(each.material.name for each in codes)


def _materials(handed: HandedIn) -> tuple[MaterialLine, ...]:
    names = {member.service.code: member.service.name for member in handed.plan.members}
    wanting = {each.material.code: each.asked_for for each in handed.plan.materials}
    return tuple(
        MaterialLine(
            each.material.name,
            PROVIDED[each.way] if each.given else "",
            "、".join(names[code] for code in wanting.get(each.material.code, names)),
        )
        for each in handed.materials
    )


def _who(sheet: BundleSheet, handed: HandedIn) -> list[Row]:
    """Who applies for what, personal data masked, and what was promised."""
    who, promise = sheet.applicant, planning.promise_of(handed.plan)
    rows = [
        Row("申请人" if who.kind == "person" else "申请单位", masked_applicant(who.name, who.kind)),
        Row("身份证号" if who.kind == "person" else "统一社会信用代码", who.id_number),
        Row("手机号码", who.phone),
        Row("牵头部门", sheet.department_name),
        *([Row("收件时间", instant_zh(sheet.filed_at))] if sheet.filed_at else []),
    ]
    return rows + ([Row("全部办好承诺", promise)] if promise else [])
