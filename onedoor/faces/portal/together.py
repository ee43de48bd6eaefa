"""What is applied for as one 一件事: begun from its plan, written like any application, followed on one page."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from onedoor.core.instants import page_due
from onedoor.domain.cases import actions
from onedoor.domain.cases import queries as cases
from onedoor.domain.cases.queries import BundleBrief, BundleSheet
from onedoor.domain.cases.terms import Application, BundleStage, MemberLine, MemberState
from onedoor.domain.catalog.packages import queries as packages
from onedoor.domain.catalog.packages.terms import PackageVersion, Plan
from onedoor.faces import planning
from onedoor.faces.access import SIGNED_IN, admits, hear_filer, now, signed_in
from onedoor.faces.packageasking import query_of, ticked
from onedoor.faces.parts import Entry, Row, Task

from .applying import known_applicant
from .guides import online_channel
from .once import new_token, once_of
from .showing import Standing

_TONES = {
    MemberState.WAITING: "",
    MemberState.OPEN: "door",
    MemberState.GRANTED: "jade",
    MemberState.REFUSED: "seal",
    MemberState.DECLINED: "seal",
    MemberState.WITHDRAWN: "",
    MemberState.DROPPED: "",
}
_FACT_TONES = {"bundle.member_dropped": "warn", "bundle.concluded": "good", "bundle.member_opened": "good"}


@admits(SIGNED_IN)
@require_http_methods(["GET", "HEAD", "POST"])
def start(request: HttpRequest, code: str) -> HttpResponse:
    """All that is needed on one page, as the answers in the address call for it; going on opens a draft."""
    principal, at = signed_in(request), now()
    package = packages.package(principal.tenant_id, code, at)
    plan = packages.plan_of(package, ticked(request.GET, package.questions), at)
    query = query_of(plan)
    if not plan.can_be_filed:
        return HttpResponseRedirect(f"/packages/{code}?{query}")
    if request.method == "POST":
        return HttpResponseRedirect(f"/cases/{_opened(request, package, plan)}/apply")
    words = {
        "package": package,
        "plan": planning.compose(plan),
        "begun": cases.own_bundle_draft(principal, code),
        "once": new_token(),
        "query": query,
        "ordered": any(member.after for member in plan.members),
    }
    return render(request, "portal/together_start.html", words)


def _opened(request: HttpRequest, package: PackageVersion, plan: Plan) -> str:
    """The number of a new draft, with what is known of the applicant."""
    principal = signed_in(request)
    services = [member.service for member in plan.members]
    audience = tuple(
        kind for kind in package.audience if all(kind in service.audience for service in services)
    )
    offered = frozenset.intersection(*(frozenset(service.channels) for service in services))
    application = Application(
        service="",
        applicant=known_applicant(request, principal, audience or package.audience),
        channel=online_channel(offered, request.headers.get("User-Agent", "")),
        draft=True,
        package=package.code,
        answers=plan.answers,
    )
    once = once_of(request, "together", package.code, query_of(plan))
    hear_filer(principal)
    return actions.file(application=application, actor=principal, at=now(), once=once).number


def page(request: HttpRequest, sheet: BundleSheet) -> HttpResponse:
    """A bundle of one's own: its members, what may be done, what has happened."""
    if sheet.stage == BundleStage.DRAFT:
        return HttpResponseRedirect(f"/cases/{sheet.number}/apply")
    words = {"whole": whole(sheet, "/cases"), "sheet": sheet, "tone": tone_of(sheet.stage)}
    return render(request, "portal/together.html", words)


def done(request: HttpRequest, sheet: BundleSheet) -> HttpResponse:
    """One number, one query code, and what comes next."""
    if sheet.stage == BundleStage.DRAFT:
        return HttpResponseRedirect(f"/cases/{sheet.number}/apply")
    return render(request, "portal/together_done.html", {"whole": whole(sheet, "/cases"), "sheet": sheet})


def own_bundle(request: HttpRequest, number: str) -> BundleSheet | None:
    """A bundle of one's own; None if no bundle has this number. Raises Refused("case_not_found", 404)."""
    sheet = cases.bundle_sheet(number, actor=signed_in(request), at=now())
    if sheet is not None and not sheet.mine:
        raise cases.not_found()
    return sheet


@dataclass(frozen=True, slots=True)
class Whole:
    """A bundle as its page shows it."""

    sheet: BundleSheet
    standing: Standing
    tasks: tuple[Task, ...]
    entries: tuple[Entry, ...]
    facts: tuple[Row, ...]
    due: str
    verbs: frozenset[str]
    waiting: tuple[str, ...]


def whole(sheet: BundleSheet, base: str) -> Whole:
    """A bundle in plain words; its members' pages lie below `base`."""
    return Whole(
        sheet=sheet,
        standing=_standing(sheet),
        tasks=member_tasks(sheet.members, base),
        entries=tuple(
            Entry(fact.name, fact.effective_at, detail=fact.about, tone=_FACT_TONES.get(fact.kind, ""))
            for fact in sheet.facts
            if fact.kind != "bundle.draft_saved"
        ),
        facts=(
            Row("一件事", sheet.package_name),
            Row("编号", sheet.number, whole=True),
            Row("申请人", sheet.applicant.name),
            Row("牵头部门", sheet.department_name),
            Row("进展", f"{len(sheet.members)} 个事项，{sheet.over} 个办结，{sheet.granted} 个准予"),
        ),
        due=page_due(sheet.due_at) if sheet.due_at else "",
        verbs=frozenset(verb.code for verb in sheet.allowed),
        waiting=tuple(line.service_name for line in sheet.members if line.state == MemberState.WAITING),
    )


def member_tasks(members: tuple[MemberLine, ...], base: str) -> tuple[Task, ...]:
    """The members of a bundle and how far each is."""
    names = {line.service: line.service_name for line in members}
    return tuple(_task(line, names, base) for line in members)


def _task(line: MemberLine, names: dict[str, str], base: str) -> Task:
    state = MemberState(line.state)
    hint = line.department
    if state is MemberState.WAITING:
        before = "”“".join(names.get(code, code) for code in line.after)
        hint = f"等“{before}”准予后自动收件，不用您再申请"
    elif state is MemberState.DROPPED:
        hint = "前面的事项没有办成，或者您已撤回，这一项没有开始办"
    elif line.due_at is not None:
        hint = f"{hint} · 最迟 {page_due(line.due_at)}"
    words = line.state_name
    if line.stage == "correcting":
        return Task(line.service_name, "需要您补正", f"{base}/{line.number}", hint, "amber")
    return Task(line.service_name, words, f"{base}/{line.number}" if line.mine else "", hint, _TONES[state])


def _standing(sheet: BundleSheet) -> Standing:
    """The headline of a bundle and what comes next."""
    of = len(sheet.members)
    if sheet.stage == BundleStage.CONCLUDED:
        if sheet.granted == of:
            return Standing("全部办好了", "各事项的证照和文书在各自的页面里。", "good")
        if sheet.granted:
            return Standing(
                f"{of} 个事项中 {sheet.granted} 个办成",
                "办成的照常有效，没有办成的可以看各自的理由，补齐条件后单独申请。",
                "warn",
            )
        return Standing("没有办成", "各事项的理由写在各自的文书里；需要时可以重新申请。", "bad")
    if any(line.stage == "correcting" for line in sheet.members):
        return Standing("有事项需要您补正", "请点开标着“需要您补正”的事项，按列出的问题修改。", "warn")
    waits = any(line.state == MemberState.WAITING for line in sheet.members)
    then = "有前后顺序的，前一项准予后系统自动接着办，您不用再跑。" if waits else "有进展会发短信告诉您。"
    return Standing(f"{of} 个事项正在办理，已办结 {sheet.over} 个", then)


def tone_of(stage: str) -> str:
    """The colour of a bundle's tag."""
    return "jade" if stage == BundleStage.CONCLUDED else "door"


def listed(briefs: tuple[BundleBrief, ...]) -> list[tuple[BundleBrief, str, int]]:
    """Bundles for a list, each with its tag's colour and how many members are over."""
    return [(brief, tone_of(brief.stage), sum(line.over for line in brief.members)) for brief in briefs]
