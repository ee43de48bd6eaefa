"""一件事 as the editor keeps them: the list, one with its versions and its past, a new one, retiring."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from onedoor.core.refusals import Refused
from onedoor.domain.catalog.packages import drafting as package_drafting
from onedoor.domain.catalog.packages import drafts as package_drafts
from onedoor.domain.catalog.packages import queries as packages
from onedoor.domain.catalog.packages import reviewing as package_reviewing
from onedoor.domain.catalog.packages.draft_terms import PACKAGE_STATE_NAMES, PackageDraft, keeps
from onedoor.domain.catalog.packages.terms import PackageCard, PackageVersion
from onedoor.domain.catalog.states import PackageDraftState
from onedoor.domain.offices import queries as offices
from onedoor.domain.offices.terms import Principal, Role
from onedoor.faces.access import Access, admits, now, signed_in
from onedoor.faces.staff import SIGN_IN, page

from . import packages_words as words

EDITOR = Access(roles=frozenset({Role.EDITOR}), sign_in=SIGN_IN)
A_PAGE = 20
#: The newest of what happened to a package.
A_PAST = 50
TONES = {PackageDraftState.DRAFTING: "", PackageDraftState.REVIEWING: "amber"}
NO_LEAD = "请选择牵头部门。"


class NewForm(forms.Form):
    """What a package needs to be begun."""

    name = forms.CharField(
        label="名称",
        max_length=100,
        help_text="正式的叫法，例如 开面包店",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": "请填写名称。", "max_length": "名称最多 100 个字，请缩短。"},
    )
    audience = forms.MultipleChoiceField(
        label="给谁办",
        choices=tuple(words.AUDIENCES.items()),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "请选择给谁办。", "invalid_choice": "请从列出的里面选。"},
    )
    lead = forms.ChoiceField(
        label="牵头部门",
        widget=forms.Select,
        error_messages={"required": NO_LEAD, "invalid_choice": NO_LEAD},
    )
    code = forms.CharField(
        label="编码",
        max_length=64,
        required=False,
        help_text="字母、数字和短横线；不填就按名称的拼音编，以后不能改",
        widget=forms.TextInput(attrs={"data-type": "name", "autocomplete": "off"}),
        error_messages={"max_length": "编码最多 64 个字符，请缩短。"},
    )

    def __init__(self, *args: Any, actor: Principal, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        lead = self.fields["lead"]
        assert isinstance(lead, forms.ChoiceField)
        lead.choices = [("", "请选择"), *leads(actor)]


def leads(actor: Principal) -> list[tuple[str, str]]:
    """The departments that may lead a package of this editor."""
    known = offices.departments(actor.tenant_id)
    return [(code, view.name) for code, view in known.items() if keeps(actor, code)]


@admits(EDITOR)
@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """The drafts with their faults, and what is in force with what has become faulty since."""
    tenant_id, at = signed_in(request).tenant_id, now()
    q = request.GET.get("q", "").strip()[:60]
    found = packages.packages(tenant_id, q=q, cursor=request.GET.get("cursor") or None, limit=A_PAGE)
    drafts = package_drafts.drafts(tenant_id, at)
    names = words.names_of(draft.changed_by for draft in drafts)
    told = {
        "q": q,
        "drafts": [_draft_line(draft, names) for draft in drafts],
        "rows": [_row(card, at) for card in found.items],
        "total": f"共 {found.total} 件",
        "next_url": f"{words.HOME}?{urlencode({'q': q, 'cursor': found.next_cursor})}#table"
        if found.next_cursor
        else "",
        "said": _said(request),
    }
    return page(request, "desk/packages/list.html", told)


def _said(request: HttpRequest) -> str:
    """What was just done, for the list that one is led back to."""
    return {"abandoned": "草案已作废。", "retired": "已停用；已经提交的申请不受影响。"}.get(
        request.GET.get("done", ""), ""
    )


def _draft_line(draft: PackageDraft, names: dict[str, str]) -> dict[str, Any]:
    return {
        "draft": draft,
        "url": words.draft_url(draft.code),
        "state": PACKAGE_STATE_NAMES[draft.state],
        "tone": TONES.get(draft.state, ""),
        "faults": len(draft.problems),
        "who": names.get(draft.changed_by, draft.changed_by),
        "kind": f"改第 {draft.base.number} 版" if draft.base else "新编",
    }


def _row(card: PackageCard, at: Any) -> dict[str, Any]:
    return {
        "card": card,
        "url": f"{words.HOME}/{card.code}",
        "faults": len(package_drafts.faults(packages.version(card.id), at)),
    }


@admits(EDITOR)
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Begin a package that does not exist yet."""
    actor = signed_in(request)
    form = NewForm(request.POST if request.method == "POST" else None, actor=actor)
    if request.method == "POST" and form.is_valid():
        try:
            made = package_drafting.begin_package(actor=actor, values=form.cleaned_data, at=now())
        except Refused as refused:
            blame(form, refused)
        else:
            return HttpResponseRedirect(words.draft_url(made.code))
    return page(
        request,
        "desk/packages/new.html",
        {"form": form},
        status=422 if form.is_bound and form.errors else 200,
    )


def blame(form: forms.Form, refused: Refused) -> None:
    """Put what a room refused at the fields of a form, in its own words."""
    for problem in refused.errors:
        part = problem.pointer.split("/")[1] if problem.pointer else ""
        form.add_error(part if part in form.fields else None, problem.detail)
    if not refused.errors:
        form.add_error("code" if refused.code == "package_exists" else None, refused.detail)


@admits(EDITOR)
@require_safe
def one(request: HttpRequest, code: str) -> HttpResponse:
    """A package: what is in force, what has become faulty, its versions, its past."""
    return _one(request, code)


def _one(request: HttpRequest, code: str, *, refused: Refused | None = None) -> HttpResponse:
    actor, at = signed_in(request), now()
    lines = package_drafts.versions(actor.tenant_id, code)
    draft = package_drafts.find(actor.tenant_id, code, at)
    if not lines and draft is not None and refused is None:
        return HttpResponseRedirect(words.draft_url(code))
    if not lines:
        raise Refused("unknown_package", f"没有编码为“{code[:64]}”的一件事，请核对编码。", status=404)
    package = packages.version(lines[0].id)
    live = lines[0].retired_at is None
    names = words.names_of(line.published_by for line in lines)
    told = {
        "package": package,
        "live": live,
        "retired_at": lines[0].retired_at,
        "draft": draft,
        "draft_url": words.draft_url(code),
        "faults": package_drafts.faults(package, at) if live else (),
        "basics": words.basics_of(package),
        "questions": words.questions_of(package),
        "members": words.members_of(package),
        "versions": [(line, names.get(line.published_by, line.published_by)) for line in lines],
        "changes": _last_changes(package, lines[1].id if len(lines) > 1 else None),
        "past": words.past_of(package_drafts.events_of(actor.tenant_id, code)[:A_PAST], package),
        "mine": keeps(actor, package.lead),
        "refused": refused,
        "reason": request.POST.get("reason", ""),
        "published": "published" in request.GET,
    }
    return page(request, "desk/packages/one.html", told, status=refused.status if refused else 200)


def _last_changes(package: PackageVersion, former: Any) -> tuple[package_drafts.PackageChange, ...]:
    return package_drafts.differences(packages.version(former), package) if former else ()


@admits(EDITOR)
@require_POST
def begin(request: HttpRequest, code: str) -> HttpResponse:
    """A draft from what is in force; whoever comes second is led to the draft that is there."""
    try:
        package_drafting.begin_change(actor=signed_in(request), code=code, at=now())
    except Refused as refused:
        if refused.code != "draft_exists":
            raise
    return HttpResponseRedirect(words.draft_url(code))


@admits(EDITOR)
@require_POST
def retire(request: HttpRequest, code: str) -> HttpResponse:
    """Take a package out of force."""
    actor, reason = signed_in(request), request.POST.get("reason", "")
    try:
        package_reviewing.retire(actor=actor, code=code, reason=reason, at=now())
    except Refused as refused:
        if refused.status != 422 and refused.code != "draft_exists":
            raise
        return _one(request, code, refused=refused)
    return HttpResponseRedirect(f"{words.HOME}?done=retired")
