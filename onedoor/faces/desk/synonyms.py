"""近义词: what people say and what it stands for, kept by the editor; queries that found nothing become synonyms."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.views.decorators.http import require_http_methods, require_POST

from onedoor.core.refusals import Refused
from onedoor.domain.catalog import actions
from onedoor.domain.catalog import queries as catalog
from onedoor.domain.catalog.search.terms import SynonymOrigin, SynonymView
from onedoor.domain.offices.terms import Role
from onedoor.faces.access import Access, admits, now, signed_in
from onedoor.faces.staff import SIGN_IN, page

PAGE = "/desk/synonyms"
EDITOR = Access(roles=frozenset({Role.EDITOR}), sign_in=SIGN_IN)
A_PAGE = 50
SHOWN_FINDS = 5
ORIGINS = {
    SynonymOrigin.BUILT_IN: ("系统自带", ""),
    SynonymOrigin.OWN: ("本县添加", "jade"),
    SynonymOrigin.CHANGED: ("本县修改", "door"),
    SynonymOrigin.OFF: ("已停用", "amber"),
}
_BETWEEN = re.compile(r"[、，,；;\n]")


class SynonymForm(forms.Form):
    """What is said, and what it stands for."""

    said = forms.CharField(
        label="群众的说法",
        max_length=60,
        help_text="例如 撸串",
        widget=forms.TextInput(attrs={"data-type": "name", "autocomplete": "off"}),
        error_messages={
            "required": "请填写群众的说法。",
            "max_length": "群众的说法最多 20 个字，请只留关键的词。",
        },
    )
    terms = forms.CharField(
        label="指的是",
        max_length=600,
        help_text="事项名称里的词或事项编码，几个之间用顿号隔开，最贴切的放前面",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={
            "required": "请填写它指的是什么：事项名称里的词，或者事项编码。",
            "max_length": "对应的词太多，请减少一些。",
        },
    )


@admits(EDITOR)
@require_http_methods(["GET", "HEAD", "POST"])
def synonyms(request: HttpRequest) -> HttpResponse:
    """The table with what was missed on top; POST keeps one synonym."""
    if request.method != "POST":
        return _page(request, SynonymForm(initial=_chosen(request)))
    form = SynonymForm(request.POST)
    if form.is_valid():
        principal = signed_in(request)
        try:
            kept = actions.keep_synonym(
                tenant_id=principal.tenant_id,
                said=form.cleaned_data["said"],
                terms=_BETWEEN.split(form.cleaned_data["terms"]),
                principal=f"user:{principal.user_id}",
                at=now(),
            )
        except Refused as refused:
            place = refused.errors[0].pointer[1:] if refused.errors else None
            form.add_error(place, refused.detail)
        else:
            return HttpResponseRedirect(f"{PAGE}?{urlencode({'kept': kept.said})}")
    return _page(request, form, status=422)


@admits(EDITOR)
@require_POST
def drop(request: HttpRequest) -> HttpResponse:
    """Take a synonym out of use."""
    return _done(request, actions.drop_synonym, "dropped")


@admits(EDITOR)
@require_POST
def restore(request: HttpRequest) -> HttpResponse:
    """Give a word that comes with the program its own meaning back."""
    return _done(request, actions.restore_synonym, "restored")


@admits(EDITOR)
@require_POST
def settle(request: HttpRequest) -> HttpResponse:
    """Never list a query that found nothing again."""
    actions.settle_miss(tenant_id=signed_in(request).tenant_id, said=request.POST.get("said", ""))
    return HttpResponseRedirect(PAGE)


def _done(request: HttpRequest, act: Any, done: str) -> HttpResponse:
    principal = signed_in(request)
    said = request.POST.get("said", "")
    act(
        tenant_id=principal.tenant_id,
        said=said,
        principal=f"user:{principal.user_id}",
        at=now(),
    )
    told = {"q": request.POST.get("q", "").strip()[:60], done: said.strip()[:60]}
    return HttpResponseRedirect(f"{PAGE}?{urlencode({key: value for key, value in told.items() if value})}")


def _chosen(request: HttpRequest) -> dict[str, str]:
    """What the form begins with: a word of the table to be changed, or nothing."""
    said = request.GET.get("said", "").strip()[:60]
    listed = catalog.synonyms(signed_in(request).tenant_id) if said else ()
    return next(
        ({"said": v.said, "terms": "、".join(v.terms)} for v in listed if v.said == said), {"said": said}
    )


def _page(request: HttpRequest, form: SynonymForm, *, status: int = 200) -> HttpResponse:
    tenant_id = signed_in(request).tenant_id
    q = request.GET.get("q", "").strip()[:60]
    kept = request.GET.get("kept", "").strip()[:60]
    listed = catalog.synonyms(tenant_id, q=q)
    start = _whole(request.GET.get("from", ""))
    more = {"q": q, "from": str(start + A_PAGE)}
    words = {
        "form": form,
        "misses": catalog.misses(tenant_id),
        "q": q,
        "rows": [_row(view) for view in listed[start : start + A_PAGE]],
        "total": f"共 {len(listed)} 个",
        "next_url": f"{PAGE}?{urlencode(more)}#table" if len(listed) > start + A_PAGE else "",
        "kept": kept,
        "dropped": request.GET.get("dropped", "").strip()[:60],
        "restored": request.GET.get("restored", "").strip()[:60],
        "finds": catalog.listing(tenant_id, q=kept, limit=SHOWN_FINDS).items if kept else (),
    }
    return page(request, "desk/synonyms.html", words, status=status)


def _row(view: SynonymView) -> dict[str, Any]:
    name, tone = ORIGINS[view.origin]
    return {
        "view": view,
        "meaning": "、".join(view.terms),
        "origin": name,
        "tone": tone,
        "edit": f"{PAGE}?{urlencode({'said': view.said})}#form",
        "off": view.origin is SynonymOrigin.OFF,
        "restorable": view.origin in (SynonymOrigin.OFF, SynonymOrigin.CHANGED),
        "own": view.origin is SynonymOrigin.OWN,
    }


def _whole(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 0
