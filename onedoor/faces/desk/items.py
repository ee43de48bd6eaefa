"""What the editor keeps: the list of items with their drafts, the versions of one item, the start of a draft."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.views.decorators.http import require_http_methods, require_safe

from onedoor.core.refusals import Refused
from onedoor.domain.cases import queries as cases
from onedoor.domain.cases.terms import MOVERS, VersionUse
from onedoor.domain.catalog import queries as catalog
from onedoor.domain.catalog.drafts import actions as drafting
from onedoor.domain.catalog.drafts import queries as drafts
from onedoor.domain.catalog.drafts.terms import OPERATION_NAMES, STATE_NAMES, DraftLine, VersionLine
from onedoor.domain.catalog.guides.guide import TYPE_NAMES, guide_data
from onedoor.domain.catalog.states import DraftState, Operation
from onedoor.domain.catalog.terms import ServiceCard, ServiceVersion
from onedoor.domain.offices import queries as offices
from onedoor.domain.offices.terms import Principal, Role
from onedoor.faces.access import Access, admits, now, signed_in
from onedoor.faces.casefilters import onto
from onedoor.faces.staff import OVERSEERS, SIGN_IN, WORKERS, page

PAGE = "/desk/items"
EDITOR = Access(roles=frozenset({Role.EDITOR}), sign_in=SIGN_IN)
#: Those who decide under an item and those who watch over it; they read its versions.
CONCERNED = MOVERS | OVERSEERS
READER = Access(roles=EDITOR.roles | CONCERNED, sign_in=SIGN_IN)
#: Fields that name further items.
_OTHERS = ("successors", "merged")
NO_USE = VersionUse(0, 0)
#: Facts of a version that its page names.
GIST = ("事项类型", "办件类型", "承诺时限", "法定时限", "收费", "办理方式", "办理结果")
A_PAGE = 30
STATE_TONES = {
    DraftState.DRAFTING: "door",
    DraftState.CHECKING: "amber",
    DraftState.REVIEWING: "amber",
    DraftState.APPROVED: "jade",
    DraftState.DONE: "jade",
    DraftState.ABANDONED: "",
}
#: What may be begun on an item that is in force, and on one that is not.
RUNNING = (Operation.CHANGE, Operation.PAUSE, Operation.SPLIT, Operation.MERGE, Operation.CANCEL)
STANDING_STILL = (Operation.RESUME,)


class BeginForm(forms.Form):
    """What is to become of an item, and why."""

    operation = forms.ChoiceField(
        label="办什么",
        widget=forms.RadioSelect,
        error_messages={"required": "请选择办什么。", "invalid_choice": "请从列表中选择。"},
    )
    reason = forms.CharField(
        label="原因和依据",
        max_length=500,
        help_text="例如 省里下发的通知、法规修改；写入办理记录",
        widget=forms.Textarea,
        error_messages={"required": "请写明原因和依据。", "max_length": "原因最多 500 个字，请缩短。"},
    )
    successors = forms.CharField(
        label="由哪些事项承接",
        required=False,
        max_length=700,
        help_text="拆分填两个以上，合并填一个，取消可以不填；写编码，一行一个。拆分、合并的可以是正在起草的新事项",
        widget=forms.Textarea,
        error_messages={"max_length": "承接的事项太多，请减少。"},
    )
    merged = forms.CharField(
        label="和哪些事项一同合并",
        required=False,
        max_length=700,
        help_text="合并时填：一同停办的其他事项的编码，一行一个",
        widget=forms.Textarea,
        error_messages={"max_length": "一同合并的事项太多，请减少。"},
    )

    def __init__(self, *args: Any, offered: tuple[Operation, ...], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        chosen = self.fields["operation"]
        assert isinstance(chosen, forms.ChoiceField)
        chosen.choices = [(each.value, OPERATION_NAMES[each]) for each in offered]
        if Operation.CANCEL not in offered:
            del self.fields["successors"], self.fields["merged"]


class NewForm(forms.Form):
    """The first facts of an item that is not there yet."""

    code = forms.CharField(
        label="事项编码",
        max_length=64,
        help_text="字母、数字和连字符，以后不能改，例如 SCJG-FOOD-NEW",
        error_messages={"required": "请填写事项编码。", "max_length": "事项编码最多 64 个字符。"},
    )
    name = forms.CharField(
        label="事项名称",
        max_length=200,
        error_messages={"required": "请填写事项名称。", "max_length": "事项名称最多 200 个字。"},
    )
    type = forms.ChoiceField(
        label="事项类型",
        widget=forms.Select,
        choices=[("", "请选择"), *TYPE_NAMES.items()],
        error_messages={"required": "请选择事项类型。", "invalid_choice": "请从列表中选择事项类型。"},
    )
    department = forms.ChoiceField(
        label="实施部门",
        widget=forms.Select,
        error_messages={"required": "请选择实施部门。", "invalid_choice": "请从列表中选择部门。"},
    )
    reason = BeginForm.base_fields["reason"]

    def __init__(self, *args: Any, departments: dict[str, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        chosen = self.fields["department"]
        assert isinstance(chosen, forms.ChoiceField)
        chosen.choices = [("", "请选择"), *departments.items()]


@admits(EDITOR)
@require_safe
def listed(request: HttpRequest) -> HttpResponse:
    """Drafts in work on top, below them what is in force."""
    principal = signed_in(request)
    q = request.GET.get("q", "").strip()[:60]
    department = request.GET.get("department", "").strip()[:32]
    mine = own_departments(principal)
    found = [
        card
        for card in catalog.seek(principal.tenant_id, q=q, department=department).items
        if card.department in mine
    ]
    start = _whole(request.GET.get("from", ""))
    shown = found[start : start + A_PAGE]
    at_work = drafts.open_drafts(principal.tenant_id, [card.code for card in shown])
    more = {"q": q, "department": department, "from": str(start + A_PAGE)}
    words = {
        "q": q,
        "department": department,
        "departments": mine.items(),
        "drafts": [draft_row(line) for line in drafts.drafts(principal)],
        "paused": [line for line in drafts.paused(principal.tenant_id) if line.department in mine],
        "rows": [(card, draft_row(at_work[card.code]) if card.code in at_work else None) for card in shown],
        "total": f"共 {len(found)} 个事项",
        "next_url": f"{PAGE}?{urlencode(more)}#table" if len(found) > start + A_PAGE else "",
    }
    return page(request, "desk/items/list.html", words)


@admits(EDITOR)
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Begin the draft of a new item."""
    principal = signed_in(request)
    mine = own_departments(principal)
    if request.method != "POST":
        return page(request, "desk/items/new.html", {"form": NewForm(departments=mine)})
    form = NewForm(request.POST, departments=mine)
    if form.is_valid():
        given = dict(form.cleaned_data)
        reason, code = given.pop("reason"), given["code"].strip()
        try:
            made = drafting.open_draft(
                actor=principal, code=code, operation=Operation.ADD, reason=reason, at=now(), content=given
            )
        except Refused as refused:
            form.add_error("code" if refused.code.startswith("item_") else None, refused.detail)
        else:
            return HttpResponseRedirect(draft_url(made.id))
    return page(request, "desk/items/new.html", {"form": form}, status=422)


def reads_item(principal: Principal, department: str) -> bool:
    """Whether somebody edits the items of a department, decides under them or watches over them."""
    concerned = any(g.role in CONCERNED and g.department in (None, department) for g in principal.grants)
    return concerned or drafts.editable(principal, department)


def read_lines(principal: Principal, code: str) -> tuple[VersionLine, ...]:
    """Every version of an item, newest first, for whoever reads the item.

    Raises Refused("unknown_item", 404).
    """
    lines = drafts.versions(principal.tenant_id, code)
    if lines:
        department = catalog.version(lines[0].id).department
        if reads_item(principal, department):
            return lines
    raise Refused("unknown_item", "没有这个事项，请回到事项列表重新选择。", status=404)


@admits(READER)
@require_http_methods(["GET", "HEAD", "POST"])
def item(request: HttpRequest, code: str) -> HttpResponse:
    """One item: its versions and the cases on them, what changed between two of them, and the start of a draft."""
    principal = signed_in(request)
    lines = read_lines(principal, code)
    offered = STANDING_STILL if lines[0].retired_at else RUNNING
    if request.method != "POST":
        return _item(request, code, BeginForm(offered=offered, initial={"operation": offered[0].value}))
    form = BeginForm(request.POST, offered=offered)
    if form.is_valid():
        try:
            made = drafting.open_draft(
                actor=principal,
                code=code,
                operation=Operation(form.cleaned_data["operation"]),
                reason=form.cleaned_data["reason"],
                at=now(),
                successors=form.cleaned_data.get("successors", "").splitlines(),
                merged=form.cleaned_data.get("merged", "").splitlines(),
            )
        except Refused as refused:
            known = next(
                (each for each in _OTHERS if each.rstrip("s") in refused.code and each in form.fields), None
            )
            form.add_error(known, refused.detail)
        else:
            return HttpResponseRedirect(draft_url(made.id))
    return _item(request, code, form, status=422)


def _gist(version: ServiceVersion) -> list[tuple[str, str]]:
    """What a version says, in a few lines."""
    departments = offices.departments(version.tenant_id)
    told = guide_data(version, {code: view.name for code, view in departments.items()})
    facts = [(each["label"], each["value"]) for each in told["facts"] if each["label"] in GIST]
    asked = sum(len(section.fields) for section in version.sections)
    counted = (
        ("表单", f"{asked} 个问题" if asked else ""),
        ("材料", "、".join(each.name for each in version.materials)),
        ("环节", "、".join(each["name"] for each in told["steps"])),
    )
    return [("实施部门", told["department"]), *facts, *(each for each in counted if each[1])]


def _item(request: HttpRequest, code: str, form: BeginForm, *, status: int = 200) -> HttpResponse:
    principal = signed_in(request)
    lines = drafts.versions(principal.tenant_id, code)
    newest = catalog.version(lines[0].id)
    use = cases.by_version(principal.tenant_id, code)
    at_work = drafts.open_drafts(principal.tenant_id, [code]).get(code)
    numbers = {line.number: line.id for line in lines}
    b = _whole(request.GET.get("b", "")) or lines[0].number
    a = _whole(request.GET.get("a", "")) or b - 1
    compared = None
    if a in numbers and b in numbers and a != b:
        compared = drafts.between(catalog.version(numbers[a]), catalog.version(numbers[b]))
    words = {
        "version": newest,
        "lines": [
            (
                line,
                names_of(line.published_by),
                use.get(line.id, NO_USE),
                _lists(principal, code, line),
            )
            for line in lines
        ],
        "edits": drafts.editable(principal, newest.department),
        "a": a,
        "b": b,
        "compared": grouped(compared) if compared is not None else None,
        "draft": draft_row(at_work) if at_work else None,
        "form": form,
        "gist": _gist(newest),
        "in_force": lines[0].retired_at is None,
        "successors": _successors(principal, code) if lines[0].retired_at else (),
    }
    return page(request, "desk/items/item.html", words, status=status)


def _successors(principal: Principal, code: str) -> tuple[ServiceCard, ...]:
    """What took the place of an item that is out of force."""
    return catalog.cards(principal.tenant_id, drafts.successors_of(principal.tenant_id, code))


def _lists(principal: Principal, code: str, line: VersionLine) -> dict[str, str]:
    """Where the cases on a version are listed for whoever sees cases, and where those on a former one are moved by
    whoever decides; {} for others."""
    if not principal.has(*WORKERS, *OVERSEERS):
        return {}
    place = "desk" if principal.has(*WORKERS) else "watch"
    asked = {"service": code, "version": str(line.number)}
    found = {"running": onto(place, **asked, open="1"), "ended": onto(place, **asked, ended="1")}
    if line.retired_at is not None and principal.has(*MOVERS):
        found["move"] = f"{PAGE}/{code}/versions/{line.number}/cases"
    return found


def draft_url(draft_id: int) -> str:
    """Where a draft is worked on."""
    return f"{PAGE}/drafts/{draft_id}"


def draft_row(line: DraftLine) -> dict[str, Any]:
    """A draft as lists show it."""
    return {
        "line": line,
        "url": draft_url(line.id),
        "operation": OPERATION_NAMES[line.operation],
        "state": STATE_NAMES[line.state],
        "tone": "seal" if line.fault else STATE_TONES[line.state],
    }


def own_departments(principal: Principal) -> dict[str, str]:
    """The departments whose items this editor keeps, by code."""
    known = offices.departments(principal.tenant_id)
    return {code: view.name for code, view in known.items() if drafts.editable(principal, code)}


def names_of(principal: str) -> str:
    """Who a principal of a fact is, by name; what is no account is told as it is."""
    kind, _, number = principal.partition(":")
    if kind != "user" or not number.isdecimal():
        return "命令行" if kind == "command" else principal
    view = offices.users({int(number)}).get(int(number))
    return view.name if view else principal


def grouped(changes: Any) -> list[tuple[str, list[str]]]:
    """Sentences of a comparison by the part they belong to."""
    found: dict[str, list[str]] = {}
    for each in changes:
        found.setdefault(each.part, []).append(each.words)
    return list(found.items())


def _whole(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 0
