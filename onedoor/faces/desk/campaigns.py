"""事项清理: clean-ups as editors, heads of departments and overseers see them, and their sheets."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from onedoor.core.instants import civil_date
from onedoor.core.refusals import Refused
from onedoor.domain.catalog.campaigns import actions as campaign_actions
from onedoor.domain.catalog.campaigns import queries as reading
from onedoor.domain.catalog.campaigns import sheets as campaign_sheets
from onedoor.domain.catalog.campaigns.terms import (
    DECISION_NAMES,
    STATE_NAMES,
    CampaignView,
    Counts,
    EntryFilter,
    EntryView,
    Tally,
)
from onedoor.domain.catalog.quality.ratios import KINDS
from onedoor.domain.catalog.states import Decision, EntryState
from onedoor.domain.catalog.terms import ImportReport, Outcome
from onedoor.domain.offices import queries as offices
from onedoor.domain.offices.terms import Principal, Role
from onedoor.faces.access import Access, admits, now, signed_in
from onedoor.faces.staff import OVERSEERS, SIGN_IN, page

from .acting import SURE
from .sheets import file_answer

PAGE = "/desk/campaigns"
#: Those who report and review, and those who look on.
PARTIES = Access(roles=frozenset({Role.EDITOR, Role.HEAD}) | OVERSEERS, sign_in=SIGN_IN)
REPORTERS = Access(roles=frozenset({Role.EDITOR, Role.HEAD}), sign_in=SIGN_IN)
EDITOR = Access(roles=frozenset({Role.EDITOR}), sign_in=SIGN_IN)
A_PAGE = 50
STATE_TONES = {
    EntryState.OPEN: "",
    EntryState.REPORTED: "amber",
    EntryState.RETURNED: "seal",
    EntryState.CONFIRMED: "jade",
    EntryState.DROPPED: "",
}
_OUTCOMES = {Outcome.ADDED: "新增", Outcome.CHANGED: "已填报", Outcome.UNCHANGED: "没有变化"}


class OpeningForm(forms.Form):
    """A new clean-up and its scope."""

    name = forms.CharField(
        label="清理的名称",
        max_length=100,
        help_text="例如 2026 年政务服务事项清理",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": "请给这次清理起个名字。", "max_length": "名字最多 100 字，请改短。"},
    )
    basis = forms.CharField(
        label="依据的文件",
        required=False,
        max_length=300,
        help_text="文件名称和文号",
        error_messages={"max_length": "最多 300 字，请改短。"},
    )
    opens_on = forms.DateField(
        label="自查申报开始",
        widget=forms.DateInput(attrs={"data-type": "date"}),
        error_messages={"required": "请选择开始日期。", "invalid": "请写一个实际的日期，如 2026-07-01。"},
    )
    closes_on = forms.DateField(
        label="自查申报截止",
        widget=forms.DateInput(attrs={"data-type": "date"}),
        error_messages={"required": "请选择截止日期。", "invalid": "请写一个实际的日期，如 2026-07-10。"},
    )
    departments = forms.MultipleChoiceField(
        label="部门",
        required=False,
        help_text="不选就是全部部门",
        widget=forms.CheckboxSelectMultiple,
        error_messages={"invalid_choice": "有本县没有的部门，请重新选择。"},
    )
    kinds = forms.MultipleChoiceField(
        label="事项类型",
        required=False,
        help_text="不选就是全部类型",
        choices=tuple(KINDS.items()),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"invalid_choice": "有不认识的事项类型，请重新选择。"},
    )

    def __init__(self, *given: Any, tenant_id: int, **named: Any) -> None:
        super().__init__(*given, **named)
        views = offices.departments(tenant_id)
        self.fields["departments"].choices = [(code, view.name) for code, view in views.items()]  # type: ignore[attr-defined]


@admits(PARTIES)
@require_http_methods(["GET", "HEAD", "POST"])
def campaigns(request: HttpRequest) -> HttpResponse:
    """The clean-ups; POST begins one."""
    principal = signed_in(request)
    runs = reading.may_run(principal)
    if request.method != "POST":
        return _listed(request, OpeningForm(tenant_id=principal.tenant_id) if runs else None)
    form = OpeningForm(request.POST, tenant_id=principal.tenant_id)
    if form.is_valid():
        try:
            made = campaign_actions.open_campaign(actor=principal, at=now(), **form.cleaned_data)
        except Refused as refused:
            if refused.status == 403:
                raise
            tell(form, refused)
        else:
            return HttpResponseRedirect(f"{PAGE}/{made.id}")
    return _listed(request, form, status=422)


def tell(form: forms.Form, refused: Refused) -> None:
    """Put what a room refuses where it belongs in the form."""
    if not refused.errors:
        form.add_error(None, refused.detail)
    for problem in refused.errors:
        name = problem.pointer.lstrip("/")
        form.add_error(name if name in form.fields else None, problem.detail)


def _listed(request: HttpRequest, form: OpeningForm | None, *, status: int = 200) -> HttpResponse:
    principal = signed_in(request)
    today = civil_date(now())
    rows = [_row(view, today) for view in reading.campaigns(principal)]
    return page(request, "desk/campaigns.html", {"form": form, "rows": rows}, status=status)


def _row(view: CampaignView, today: date) -> dict[str, Any]:
    if view.published:
        state, tone = "已公布", "jade"
    elif today < view.opens_on:
        state, tone = "未开始", ""
    else:
        state, tone = ("自查申报", "door") if today <= view.closes_on else ("核查", "amber")
    return {"view": view, "state": state, "tone": tone, "url": f"{PAGE}/{view.id}"}


@admits(PARTIES)
@require_safe
def campaign(request: HttpRequest, campaign_id: UUID) -> HttpResponse:
    """One clean-up: how far it is, its items, what is left to do."""
    return overview(request, campaign_id)


def overview(
    request: HttpRequest,
    campaign_id: UUID,
    *,
    report: ImportReport | None = None,
    refused: Refused | None = None,
    status: int = 200,
) -> HttpResponse:
    """The page of a clean-up, with what came of a sheet that was sent in or of an act that was refused."""
    principal, at = signed_in(request), now()
    view = reading.campaign(principal, campaign_id)
    every = reading.entries(principal, campaign_id)
    counts, departments, kinds = reading.tallies(every)
    here = f"{PAGE}/{view.id}"
    left = reading.follow_ups(principal, campaign_id, at=at)
    words = {
        **_rights(principal, view),
        **_items(request, here, every),
        "view": view,
        "row": _row(view, civil_date(at)),
        "here": here,
        "counts": counts,
        "figures": _figures(counts, here),
        "departments": [_tally(each, here, "department") for each in departments],
        "kinds": [_tally(each, here, "kind") for each in kinds],
        "department_choices": [(each.key, each.name) for each in departments],
        "report": report,
        "outcomes": _outcomes(report),
        "faults": [line for line in report.rows if line.problems] if report else [],
        "refused": refused,
        "sure": SURE,
        "unsure": refused.detail if refused and refused.code == "not_confirmed" else "",
        "note": request.POST.get("note", "")[:300],
        "follow_ups": left,
        "undone": sum(not each.done for each in left),
        "done": request.GET.get("done", ""),
    }
    return page(request, "desk/campaign.html", words, status=status)


def _items(request: HttpRequest, here: str, every: Sequence[EntryView]) -> dict[str, Any]:
    """The list of items with its filter."""
    asked = _asked(request)
    given = _given(asked)
    shown = [each for each in every if _wanted(each, asked)]
    start = _whole(request.GET.get("from", ""))
    more = onto(here, **given, **{"from": str(start + A_PAGE)})
    ticked = frozenset(request.POST.getlist("entry"))
    return {
        "asked": asked,
        "given": given,
        "state_choices": [(state.value, name) for state, name in STATE_NAMES.items()],
        "decision_choices": [(decision.value, name) for decision, name in DECISION_NAMES.items()],
        "rows": [
            {
                "entry": each,
                "tone": STATE_TONES[each.state],
                "url": f"{here}/items/{each.id}",
                "ticked": str(each.id) in ticked,
            }
            for each in shown[start : start + A_PAGE]
        ],
        "total": f"共 {len(shown)} 项",
        "next_url": more if len(shown) > start + A_PAGE else "",
        "sheet_url": onto(f"{here}/sheet.xlsx", **given),
    }


def _rights(principal: Principal, view: CampaignView) -> dict[str, bool]:
    """What somebody may do on the page."""
    reports = principal.has(Role.EDITOR, Role.HEAD) and not view.published
    runs = reading.may_run(principal)
    return {"reports": reports, "runs": runs, "reviews": runs and not view.published}


def _figures(counts: Counts, here: str) -> list[tuple[int, str, str]]:
    """The figures of a clean-up, each with the items behind it."""
    told = [
        (counts.items, "清理前", here),
        (counts.open, "待自查或改报", onto(here, state=EntryState.OPEN.value)),
        (counts.waiting, "待审核", onto(here, state=EntryState.REPORTED.value)),
    ]
    told += [
        (getattr(counts, decision.value), name, onto(here, decision=decision.value))
        for decision, name in DECISION_NAMES.items()
    ]
    return [*told, (counts.remaining, "清理后", here)]


def _tally(each: Tally, here: str, key: str) -> dict[str, Any]:
    return {"name": each.name, "counts": each.counts, "url": onto(here, **{key: each.key})}


def _outcomes(report: ImportReport | None) -> str:
    if report is None:
        return ""
    return "，".join(f"{name} {report.count(each)}" for each, name in _OUTCOMES.items() if report.count(each))


def _asked(request: HttpRequest) -> EntryFilter:
    get = request.GET.get
    return EntryFilter(
        department=get("department", "").strip()[:32],
        kind=get("kind", "").strip()[:2],
        state=get("state", "").strip()[:9],
        decision=get("decision", "").strip()[:9],
        q=get("q", "").strip()[:60],
    )


def _given(asked: EntryFilter) -> dict[str, str]:
    whole = {
        "department": asked.department,
        "kind": asked.kind,
        "state": asked.state,
        "decision": asked.decision,
        "q": asked.q,
    }
    return {key: value for key, value in whole.items() if value}


def _wanted(each: EntryView, asked: EntryFilter) -> bool:
    q = asked.q.lower()
    decision = each.decision.value if each.decision else ""
    # What was returned waits for its department like what was never reported.
    states = {asked.state, EntryState.RETURNED} if asked.state == EntryState.OPEN else {asked.state}
    return (
        asked.department in ("", each.department)
        and asked.kind in ("", each.type)
        and (not asked.state or each.state in states)
        and asked.decision in ("", decision)
        and (not q or q in each.name.lower() or q in each.code.lower())
    )


@admits(PARTIES)
@require_safe
def sheet(request: HttpRequest, campaign_id: UUID) -> HttpResponse:
    """The items that somebody sees as a sheet, to be filled in and sent back."""
    principal = signed_in(request)
    view = reading.campaign(principal, campaign_id)
    asked = _asked(request)
    found = [each for each in reading.entries(principal, campaign_id) if each.counts and _wanted(each, asked)]
    return file_answer(f"{view.name}清单", campaign_sheets.sheet(found))


@admits(REPORTERS)
@require_POST
def take_sheet(request: HttpRequest, campaign_id: UUID) -> HttpResponse:
    """Take a filled-in sheet, all of it or nothing."""
    file = request.FILES.get("sheet")
    try:
        if file is None:
            raise Refused("no_file", "请先选择填好的清单。")
        if (file.size or 0) > campaign_sheets.LARGEST:
            raise Refused("file_too_large", "清单超过 5 MB，请删去图片和多余的列，或分部门上传。")
        report = campaign_actions.import_sheet(
            actor=signed_in(request), campaign_id=campaign_id, data=file.read(), at=now()
        )
    except Refused as refused:
        if refused.status == 404:
            raise
        return overview(request, campaign_id, refused=refused, status=422)
    return overview(request, campaign_id, report=report, status=422 if report.refused else 200)


@admits(EDITOR)
@require_POST
def review(request: HttpRequest, campaign_id: UUID) -> HttpResponse:
    """Confirm the items that are ticked, or return them."""
    return _acted(request, campaign_id, judge, "reviewed")


def judge(request: HttpRequest, campaign_id: UUID, ids: Sequence[str] | None = None) -> None:
    """Do what a review form says to the items it names."""
    chosen = request.POST.getlist("entry") if ids is None else ids
    campaign_actions.review(
        actor=signed_in(request),
        campaign_id=campaign_id,
        entry_ids=[int(each) for each in chosen if each.isascii() and each.isdigit() and len(each) < 18],
        confirmed=request.POST.get("verdict") != "return",
        note=request.POST.get("note", ""),
        at=now(),
    )


@admits(EDITOR)
@require_POST
def publish(request: HttpRequest, campaign_id: UUID) -> HttpResponse:
    """Put the result out."""
    return _acted(request, campaign_id, _publish, "published")


def _publish(request: HttpRequest, campaign_id: UUID) -> None:
    if not request.POST.get(SURE):
        raise Refused("not_confirmed", "请勾选“我已核对，确定公布”后再公布结果。")
    campaign_actions.publish(actor=signed_in(request), campaign_id=campaign_id, at=now())


def _acted(request: HttpRequest, campaign_id: UUID, act: Any, done: str) -> HttpResponse:
    try:
        act(request, campaign_id)
    except Refused as refused:
        if refused.status in (403, 404) and refused.code != "own_report":
            raise
        return overview(request, campaign_id, refused=refused, status=422)
    return HttpResponseRedirect(f"{PAGE}/{campaign_id}?{urlencode({'done': done})}")


def onto(path: str, **asked: str) -> str:
    """An address with those conditions that are given."""
    given = {key: value for key, value in asked.items() if value}
    return f"{path}?{urlencode(given)}" if given else path


def decision_pairs(*, added: bool) -> list[tuple[str, str]]:
    """The decisions that may be reported of an item."""
    return [(each.value, name) for each, name in DECISION_NAMES.items() if (each is Decision.ADD) is added]


def _whole(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 0
