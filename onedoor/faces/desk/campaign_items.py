"""One item of a clean-up: what its department reports of it, and what a reviewer says to that."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.views.decorators.http import require_http_methods, require_POST

from onedoor.core.refusals import Refused
from onedoor.domain.catalog.campaigns import actions as campaign_actions
from onedoor.domain.catalog.campaigns import queries as reading
from onedoor.domain.catalog.campaigns.terms import (
    DECISION_NAMES,
    Addition,
    CampaignView,
    Declaration,
    EntryView,
    TrailLine,
)
from onedoor.domain.catalog.quality.ratios import KINDS
from onedoor.domain.catalog.states import Decision, EntryState
from onedoor.domain.offices import queries as offices
from onedoor.domain.offices.terms import Principal
from onedoor.faces.access import admits, now, signed_in
from onedoor.faces.parts import Entry, Row
from onedoor.faces.staff import page
from onedoor.faces.wording import instant_zh

from .campaigns import EDITOR, PAGE, PARTIES, REPORTERS, STATE_TONES, decision_pairs, judge, tell

_LONG = {"max_length": "写得太长，请缩短。"}


class BasisForm(forms.Form):
    """Why: what every report but 保留 must say."""

    basis = forms.CharField(
        label="依据",
        required=False,
        max_length=500,
        help_text="法律、法规、规章或文件的名称和条款；保留的可以不写",
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages=_LONG,
    )
    reason = forms.CharField(
        label="理由",
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages=_LONG,
    )


class ReportForm(BasisForm):
    """What is to become of an item."""

    field_order = ("decision", "target", "places", "basis", "reason")
    decision = forms.ChoiceField(
        label="处理意见",
        widget=forms.RadioSelect,
        error_messages={"required": "请选择处理意见。", "invalid_choice": "请从列出的处理意见中选择。"},
    )
    target = forms.CharField(
        label="合并到或移交给",
        required=False,
        max_length=200,
        help_text="合并的写另一个事项的编码；下放、划转的写给谁。其他不填",
        error_messages=_LONG,
    )
    places = forms.CharField(
        label="修改之处",
        required=False,
        max_length=6000,
        help_text="选“修改”时填，每处一行，例如 承诺时限：20→8 个工作日",
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages=_LONG,
    )

    def __init__(self, *given: Any, added: bool = False, **named: Any) -> None:
        super().__init__(*given, **named)
        self.fields["decision"].choices = decision_pairs(added=added)  # type: ignore[attr-defined]


class AdditionForm(BasisForm):
    """An item that the catalogue does not have."""

    field_order = ("name", "department", "type", "code", "basis", "reason")
    name = forms.CharField(
        label="事项名称", max_length=200, error_messages={"required": "请写明事项名称。", **_LONG}
    )
    department = forms.ChoiceField(
        label="部门", error_messages={"required": "请选择部门。", "invalid_choice": "请从列出的部门中选择。"}
    )
    type = forms.ChoiceField(
        label="事项类型",
        error_messages={"required": "请选择事项类型。", "invalid_choice": "请从列出的类型中选择。"},
    )
    code = forms.CharField(
        label="事项编码",
        required=False,
        max_length=64,
        help_text="还没有编码的留空",
        error_messages=_LONG,
    )

    def __init__(self, *given: Any, principal: Principal, view: CampaignView, **named: Any) -> None:
        super().__init__(*given, **named)
        known = offices.departments(principal.tenant_id)
        own = [
            (code, each.name)
            for code, each in known.items()
            if reading.reports_for(principal, code) and (not view.departments or code in view.departments)
        ]
        kinds = [(code, name) for code, name in KINDS.items() if not view.kinds or code in view.kinds]
        for key, pairs in (("department", own), ("type", kinds)):
            self.fields[key].choices = [("", "请选择"), *pairs]  # type: ignore[attr-defined]


@admits(PARTIES)
@require_http_methods(["GET", "HEAD", "POST"])
def item(request: HttpRequest, campaign_id: UUID, entry_id: int) -> HttpResponse:
    """One item; POST reports what is to become of it."""
    principal = signed_in(request)
    entry = reading.entry(principal, campaign_id, entry_id)
    if request.method != "POST":
        return _page(request, campaign_id, entry, ReportForm(initial=_initial(entry), added=entry.added))
    form = ReportForm(request.POST, added=entry.added)
    if form.is_valid():
        try:
            campaign_actions.report(
                actor=principal,
                campaign_id=campaign_id,
                entry_id=entry_id,
                declared=_declared(form.cleaned_data),
                at=now(),
            )
        except Refused as refused:
            if refused.status == 404:
                raise
            tell(form, refused)
        else:
            return HttpResponseRedirect(f"{PAGE}/{campaign_id}/items/{entry_id}?done=1")
    return _page(request, campaign_id, entry, form, status=422)


def _initial(entry: EntryView) -> dict[str, Any]:
    """What was reported so far."""
    decision = entry.decision.value if entry.decision else (Decision.ADD.value if entry.added else "")
    return {
        "decision": decision,
        "target": entry.target,
        "places": "\n".join(entry.places),
        "basis": entry.basis,
        "reason": entry.reason,
    }


def _declared(clean: dict[str, Any]) -> Declaration:
    places = tuple(line.strip() for line in clean.get("places", "").splitlines() if line.strip())
    return Declaration(
        Decision(clean.get("decision", Decision.ADD.value)),
        clean["basis"].strip(),
        clean["reason"].strip(),
        clean.get("target", "").strip(),
        places,
    )


def _page(
    request: HttpRequest,
    campaign_id: UUID,
    entry: EntryView,
    form: ReportForm,
    *,
    refused: Refused | None = None,
    status: int = 200,
) -> HttpResponse:
    principal = signed_in(request)
    view = reading.campaign(principal, campaign_id)
    own = reading.reports_for(principal, entry.department) and not view.published
    runs = reading.may_run(principal) and not view.published
    words = {
        "view": view,
        "entry": entry,
        "here": f"{PAGE}/{campaign_id}/items/{entry.id}",
        "back": f"{PAGE}/{campaign_id}",
        "tone": STATE_TONES[entry.state],
        "told": _told(entry),
        "trail": _trail(principal, campaign_id, entry),
        "form": form,
        "reports": own and entry.state not in (EntryState.CONFIRMED, EntryState.DROPPED),
        "confirms": runs and entry.state is EntryState.REPORTED and entry.reported_by != principal.key,
        "returns": runs and entry.state in (EntryState.REPORTED, EntryState.CONFIRMED),
        "own_report": runs and entry.state is EntryState.REPORTED and entry.reported_by == principal.key,
        "drops": own and entry.added and entry.state not in (EntryState.CONFIRMED, EntryState.DROPPED),
        "refused": refused,
        "done": bool(request.GET.get("done")),
    }
    return page(request, "desk/campaign_item.html", words, status=status)


def _told(entry: EntryView) -> list[Row]:
    """What is known of the item and what was reported."""
    pairs = (
        ("事项编码", entry.code or "还没有"),
        ("部门", entry.department_name),
        ("事项类型", entry.type_name),
        ("清理开始时的版本", f"第 {entry.number} 版" if entry.number else "新增，没有版本"),
        ("处理意见", entry.decision_name),
        ("合并到或移交给", entry.target),
        ("修改之处", "；".join(entry.places)),
        ("依据", entry.basis),
        ("理由", entry.reason),
        ("申报时间", instant_zh(entry.reported_at) if entry.reported_at else ""),
        ("审核时间", instant_zh(entry.reviewed_at) if entry.reviewed_at else ""),
        ("审核意见", entry.note),
    )
    return [Row(name, value) for name, value in pairs if value]


def _trail(principal: Principal, campaign_id: UUID, entry: EntryView) -> list[Entry]:
    """What happened to the item, with the names of those who did it."""
    lines = reading.trail(principal, campaign_id, entry.id)
    ids = {int(number) for line in lines if (number := line.principal.partition(":")[2]).isdecimal()}
    names = {f"user:{number}": view.name for number, view in offices.users(ids).items()}
    return [
        Entry(_what(line), line.at, names.get(line.principal, line.principal), line.told, _tone(line))
        for line in lines
    ]


def _what(line: TrailLine) -> str:
    if line.decision is not None:
        return f"申报：{DECISION_NAMES[line.decision]}"
    if line.confirmed is None:
        return "撤回新增"
    return "确认" if line.confirmed else "退回"


def _tone(line: TrailLine) -> str:
    return {True: "good", False: "warn", None: ""}[line.confirmed]


@admits(EDITOR)
@require_POST
def review(request: HttpRequest, campaign_id: UUID, entry_id: int) -> HttpResponse:
    """Confirm or return this item."""
    principal = signed_in(request)
    entry = reading.entry(principal, campaign_id, entry_id)
    try:
        judge(request, campaign_id, [str(entry_id)])
    except Refused as refused:
        if refused.status in (403, 404) and refused.code != "own_report":
            raise
        form = ReportForm(initial=_initial(entry), added=entry.added)
        return _page(request, campaign_id, entry, form, refused=refused, status=422)
    return HttpResponseRedirect(f"{PAGE}/{campaign_id}/items/{entry_id}?done=1")


@admits(REPORTERS)
@require_POST
def drop(request: HttpRequest, campaign_id: UUID, entry_id: int) -> HttpResponse:
    """Take an addition back."""
    campaign_actions.drop(actor=signed_in(request), campaign_id=campaign_id, entry_id=entry_id, at=now())
    return HttpResponseRedirect(f"{PAGE}/{campaign_id}?done=dropped")


@admits(REPORTERS)
@require_http_methods(["GET", "HEAD", "POST"])
def add(request: HttpRequest, campaign_id: UUID) -> HttpResponse:
    """Report an item that the catalogue does not have."""
    principal = signed_in(request)
    view = reading.campaign(principal, campaign_id)
    posted = request.POST if request.method == "POST" else None
    form = AdditionForm(posted, principal=principal, view=view)
    if posted is not None and form.is_valid():
        clean = form.cleaned_data
        addition = Addition(clean["name"].strip(), clean["type"], clean["department"], clean["code"].strip())
        try:
            made = campaign_actions.add(
                actor=principal,
                campaign_id=campaign_id,
                addition=addition,
                declared=_declared(clean),
                at=now(),
            )
        except Refused as refused:
            if refused.status == 404:
                raise
            tell(form, refused)
        else:
            return HttpResponseRedirect(f"{PAGE}/{campaign_id}/items/{made.id}?done=1")
    words = {"view": view, "form": form, "back": f"{PAGE}/{campaign_id}"}
    return page(request, "desk/campaign_add.html", words, status=200 if posted is None else 422)
