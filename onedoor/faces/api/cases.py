"""Cases through the interface: filing, every verb of the lifecycle table, reading."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Router, Status
from ninja.params import Query

from onedoor.core.identifiers import mask_name
from onedoor.core.refusals import Problem, Refused
from onedoor.domain.cases import actions, queries
from onedoor.domain.cases.queries import (
    LIFECYCLE,
    AgentView,
    CaseSheet,
    ClockRun,
    FactView,
    StepView,
)
from onedoor.domain.cases.terms import Answer, Applicant, Application, CaseFilter, MaterialGiven
from onedoor.domain.offices.terms import Role
from onedoor.domain.people.terms import AgentGiven
from onedoor.faces.access import SIGNED_IN, Access, hear_filer, now

from .bundles import answered, bundle_answer, bundle_out, facts_of_bundle, package_of, with_members, written
from .gate import ACCOUNT, ACCOUNT_OR_CODE, AT_CASE, actor, declares, once, principal, reading
from .parsing import read_json
from .schemas import (
    CaseAnswer,
    CaseCreated,
    CaseIn,
    CaseList,
    DeadlineOut,
    FactList,
    PaperList,
    ProblemOut,
)

router = Router(tags=["办件"])
FILING = Access(roles=frozenset({Role.APPLICANT, Role.CLERK, Role.TOWN}))
_PROBLEMS = {
    400: ProblemOut,
    401: ProblemOut,
    403: ProblemOut,
    404: ProblemOut,
    409: ProblemOut,
    422: ProblemOut,
}


def _check_what(body: CaseIn) -> None:
    """One service or one package; answers choose among a package's items."""
    if body.package and body.service:
        both = Problem(
            "/package", "service_and_package", "事项和一件事只能选一个，请去掉 service 或 package。"
        )
        raise Refused("invalid_request", "请求内容有误，请按提示修改。", errors=(both,))
    if not (body.service or body.package):
        missing = Problem("/service", "missing", "请写明要办的事项编码，或者一件事编码 package。")
        raise Refused("invalid_request", "请求内容有误，请按提示修改。", errors=(missing,))
    if body.answers and not body.package:
        stray = Problem("/answers", "answers_without_package", "answers 只用于一件事，单个事项请去掉。")
        raise Refused("invalid_request", "请求内容有误，请按提示修改。", errors=(stray,))


def _agent(body: CaseIn) -> AgentGiven | None:
    if body.agent is None:
        return None
    given = body.agent.model_dump()
    return AgentGiven(**{**given, "acts": tuple(given["acts"]), "notify": tuple(given["notify"])})


@router.post(
    "/cases",
    response={201: CaseCreated, **_PROBLEMS},
    auth=ACCOUNT,
    summary="提交申请",
    exclude_unset=True,
)
@declares(FILING)
def file_case(request: HttpRequest, body: CaseIn) -> Any:
    """Create a case and submit it; with `draft: true` only save it. For a package, all members that wait for nothing
    become cases, or none does."""
    who = principal(request, FILING)
    _check_what(body)
    application = Application(
        service=body.service,
        applicant=Applicant(**body.applicant.model_dump()),
        channel=body.channel,
        form=body.form,
        materials=tuple(
            MaterialGiven(m.code, m.provided, tuple(str(upload) for upload in m.uploads))
            for m in body.materials
        ),
        draft=body.draft,
        agent=_agent(body),
        package=body.package,
        answers=body.answers,
    )
    hear_filer(who)
    answer = actions.file(application=application, actor=who, at=now(), once=once(request, who))
    return Status(201, with_members(answer) if body.package else answered(answer))


@router.post(
    "/cases/{number}/actions/{verb}",
    response={200: CaseAnswer, **_PROBLEMS},
    auth=AT_CASE,
    summary="办理",
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {
                    "schema": {
                        "type": "object",
                        "properties": {
                            "expect": {"type": "integer", "minimum": 1, "description": "last seq seen"},
                            "step": {
                                "type": "string",
                                "description": "code of the step, for verbs at a step",
                            },
                        },
                        "description": "The verb's payload as GET /lifecycle gives it, with expect and step.",
                    }
                }
            },
        }
    },
)
@declares(SIGNED_IN)
def act(request: HttpRequest, number: str, verb: str) -> Any:
    """Do one verb of the lifecycle table to a case."""
    who = actor(request, number)
    met = reading(request)
    payload, expect, step = _split(request.body)
    answer = actions.perform(
        number=number,
        verb=verb,
        payload=payload,
        actor=who,
        at=now(),
        step=step,
        expect=expect,
        once=once(request, who),
        met=met,
    )
    if answer.members:
        return bundle_answer(answer)
    return _acted(answer)


_encoded = json.JSONEncoder(ensure_ascii=False).encode


def _acted(answer: Answer) -> HttpResponse:
    """What `CaseAnswer` says, made by hand: having it checked once more would cost as much as the act's decisions."""
    told = {
        "number": answer.number,
        "state": answer.state,
        "state_name": answer.state_name,
        "seq": answer.seq,
        "due_at": written(answer.due_at),
    }
    return HttpResponse(_encoded(told), content_type="application/json; charset=utf-8")


def _split(body: bytes) -> tuple[Mapping[str, Any], int | None, str]:
    """The payload, and what stands around it. Raises Refused("invalid_request")."""
    document = read_json(body) if body.strip() else {}
    if not isinstance(document, dict):
        raise Refused("invalid_request", "请求内容应为 JSON 对象，请核对。")
    expect, step = document.pop("expect", None), document.pop("step", "")
    problems = []
    if expect is not None and (type(expect) is not int or not 1 <= expect <= 2**31):
        problems.append(Problem("/expect", "wrong_type", "expect 应为看到的最后一条记录的序号。"))
    if not isinstance(step, str) or len(step) > 64:
        problems.append(Problem("/step", "wrong_type", "step 应为环节编码。"))
    if problems:
        raise Refused("invalid_request", "请求内容有误，请按提示修改。", errors=tuple(problems))
    return document, expect, step


@router.get("/cases", response=CaseList, auth=ACCOUNT, summary="办件列表")
@declares(SIGNED_IN)
def list_cases(
    request: HttpRequest,
    state: str = Query("", max_length=20),
    service: str = Query("", max_length=64),
    q: str = Query("", max_length=60),
    overdue: bool = False,
    cursor: str = Query("", max_length=200),
    limit: int = Query(50, ge=1, le=200),
) -> Any:
    """The cases the caller may see, newest first."""
    who = principal(request)
    page = queries.cases(
        who,
        at=now(),
        asked=CaseFilter(stage=state, service=service, q=q, overdue=overdue),
        cursor=cursor,
        limit=limit,
    )
    return _page(page, who.tenant_id)


@router.get("/work", response=CaseList, auth=ACCOUNT, summary="待办")
@declares(SIGNED_IN)
def work(
    request: HttpRequest, cursor: str = Query("", max_length=200), limit: int = Query(50, ge=1, le=200)
) -> Any:
    """The caller's inbox, by time left."""
    who = principal(request)
    return _page(queries.inbox(who, at=now(), cursor=cursor, limit=limit), who.tenant_id)


def _page(page: queries.Page, tenant_id: int) -> dict[str, Any]:
    bundles = {line.bundle for line in page.items if line.bundle is not None}
    known = queries.bundle_briefs(bundles, tenant_id) if bundles else {}
    items = [
        {
            "number": line.number,
            "service": line.service_code,
            "service_name": line.service_name,
            "applicant": mask_name(line.applicant_name),
            "state": line.stage,
            "state_name": line.stage_name,
            "due_at": line.due_at,
            "days_left": line.days_left,
            "lamp": line.lamp,
            "created_at": line.created_at,
            "package": package_of(known.get(line.bundle)) if line.bundle else None,
        }
        for line in page.items
    ]
    return {"items": items, "next_cursor": page.next_cursor or None}


def _sheet(request: HttpRequest, number: str) -> CaseSheet:
    return queries.case_sheet(number, actor=actor(request, number), at=now())


@router.get("/cases/{number}", auth=ACCOUNT_OR_CODE, summary="办件详情")
@declares(SIGNED_IN)
def case(request: HttpRequest, number: str) -> dict[str, Any]:
    """A case: in full with rights, masked with its query code in the header X-Query-Code. A package's number gives the
    package with its members."""
    who = actor(request, number)
    bundle = queries.bundle_sheet(number, actor=who, at=now())
    if bundle is not None:
        return bundle_out(bundle)
    sheet = queries.case_sheet(number, actor=who, at=now())
    around = queries.bundle_around(sheet.case_id, who, now())
    return {
        "number": sheet.number,
        "service": sheet.version.code,
        "service_name": sheet.version.name,
        "version": sheet.version.number,
        "state": sheet.stage,
        "state_name": sheet.stage_name,
        "seq": sheet.seq,
        "due_at": written(sheet.running.due.instant if sheet.running else None),
        "received_at": written(sheet.received_at),
        "channel": sheet.channel,
        "department": sheet.department_name,
        "applicant": {
            "kind": sheet.applicant.kind,
            "name": sheet.applicant.name,
            "id_number": sheet.applicant.id_number,
            "phone": sheet.applicant.phone,
        },
        "agent": _agent_out(sheet.agent),
        "package": package_of(around),
        "form": [{"code": a.code, "label": a.label, "text": a.text, "open": a.open} for a in sheet.answers],
        "materials": [
            {
                "code": m.code,
                "name": m.name,
                "provided": m.way,
                "uploads": [str(view.id) for view in m.uploads],
                "open": m.open,
            }
            for m in sheet.materials
        ],
        "correction": [asdict(item) for item in sheet.correction],
        "steps": [_step(step) for step in sheet.steps],
        "allowed": [
            {"verb": a.verb.code, "name": a.verb.name, "step": a.step, "step_name": a.step_name}
            for a in sheet.allowed
        ],
    }


def _agent_out(agent: AgentView | None) -> dict[str, Any] | None:
    if agent is None:
        return None
    return asdict(agent) | {"until": agent.until.isoformat() if agent.until else None}


def _step(step: StepView) -> dict[str, Any]:
    instants = {name: written(getattr(step, name)) for name in ("since", "done_at", "due_at")}
    return asdict(step) | instants


@router.get("/cases/{number}/facts", response=FactList, auth=ACCOUNT_OR_CODE, summary="办件过程")
@declares(SIGNED_IN)
def facts(request: HttpRequest, number: str) -> Any:
    """The journal of a case or of a package, oldest first."""
    who = actor(request, number)
    bundle = queries.bundle_sheet(number, actor=who, at=now())
    if bundle is not None:
        return {"items": facts_of_bundle(bundle)}
    sheet = queries.case_sheet(number, actor=who, at=now())
    return {"items": [_fact(view) for view in reversed(sheet.facts)]}


def _fact(view: FactView) -> dict[str, Any]:
    details: dict[str, str] = {}
    for label, text in view.details:
        details[label] = f"{details[label]}；{text}" if label in details else text
    return {
        "seq": view.seq,
        "kind": view.kind,
        "name": view.name,
        "who": view.who,
        "effective_at": view.effective_at,
        "recorded_at": view.recorded_at,
        "details": details,
        "hash": view.hash,
    }


@router.get("/cases/{number}/deadline", response=DeadlineOut, auth=ACCOUNT_OR_CODE, summary="期限说明")
@declares(SIGNED_IN)
def deadline(request: HttpRequest, number: str) -> Any:
    """Every limit of the case, day by day."""
    sheet = _sheet(request, number)
    return {
        "number": number,
        "due_at": sheet.running.due.instant if sheet.running else None,
        "running": sheet.running.code if sheet.running else None,
        "clocks": [_clock(run) for run in sheet.runs],
    }


def _clock(run: ClockRun) -> dict[str, Any]:
    clock = run.clock
    return {
        "code": clock.code,
        "name": clock.name,
        "started_at": clock.start,
        "limit": {"amount": clock.limit.amount, "unit": clock.limit.unit.value},
        "extended": clock.extended,
        "due_at": clock.due.instant,
        "provisional": clock.due.provisional,
        "ended_at": run.ended_at,
        "late": run.late,
        "calendar_version": clock.due.calendar_version,
        "days": [{"date": day.date.isoformat(), "status": day.status.value} for day in run.days],
    }


@router.get("/cases/{number}/papers", response=PaperList, auth=ACCOUNT, summary="文书")
@declares(SIGNED_IN)
def papers_of(request: HttpRequest, number: str) -> Any:
    """The documents issued in a case."""
    found = queries.case_sheet(number, actor=principal(request), at=now()).papers
    return {"items": [{**asdict(ref), "kind": ref.kind.value} for ref in found]}


@router.get("/lifecycle", auth=None, summary="办件操作清单")
@declares(Access(public=True))
def lifecycle(request: HttpRequest) -> dict[str, Any]:
    """The lifecycle table itself: verbs, states, roles, payload schemas."""
    verbs = [
        {
            "verb": row.code,
            "name": row.name,
            "states": sorted(stage.value for stage in row.stages),
            "rights": [{"role": r.role.value, "relation": r.relation.value} for r in row.rights],
            "fact": row.kind.value,
            "clock": row.clock.value,
            "clock_effect": queries.CLOCK_EFFECT_NAMES[row.clock],
            "paper": row.paper or None,
            "at_step": row.at_step,
            "basis": row.basis,
            "payload": dict(row.payload),
        }
        for row in LIFECYCLE.values()
    ]
    states = [{"state": stage.value, "name": name} for stage, name in queries.STAGE_NAMES.items()]
    return {"verbs": verbs, "states": states}
