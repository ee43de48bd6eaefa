"""The composer of a package: what a draft holds, what is wrong with it, what it would ask of people, and its review."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from onedoor.core.refusals import Problem, Refused
from onedoor.domain.catalog import queries as catalog
from onedoor.domain.catalog.packages import drafting as package_drafting
from onedoor.domain.catalog.packages import drafts as package_drafts
from onedoor.domain.catalog.packages import queries as packages
from onedoor.domain.catalog.packages import reviewing as package_reviewing
from onedoor.domain.catalog.packages.draft_terms import PACKAGE_STATE_NAMES, Hand, PackageDraft
from onedoor.domain.catalog.packages.terms import Plan
from onedoor.domain.catalog.states import PackageDraftState
from onedoor.domain.catalog.terms import Field
from onedoor.domain.offices.terms import Principal
from onedoor.faces.access import admits, now, signed_in
from onedoor.faces.controls import control_of
from onedoor.faces.staff import page
from onedoor.faces.wording import UNITS

from . import packages_words as words
from .packages import A_PAST, EDITOR, NO_LEAD, TONES, blame, leads

#: In an address whose questions have been answered.
TRIED = "tried"
PARTS = ("members", "questions")
STEPS = ("up", "down", "drop")


class BasicsForm(forms.Form):
    """What a package says of itself."""

    name = forms.CharField(
        label="名称",
        max_length=100,
        error_messages={"required": "请填写名称。", "max_length": "名称最多 100 个字，请缩短。"},
    )
    plain_name = forms.CharField(
        label="通俗名称", max_length=100, required=False, help_text="群众怎么说，例如 我要开面包店、蛋糕店"
    )
    summary = forms.CharField(
        label="说明", max_length=500, required=False, widget=forms.Textarea, help_text="一两句话：办了能怎样"
    )
    audience = forms.MultipleChoiceField(
        label="给谁办",
        choices=tuple(words.AUDIENCES.items()),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "请选择给谁办。", "invalid_choice": "请从列出的里面选。"},
    )
    lead = forms.ChoiceField(
        label="牵头部门", widget=forms.Select, error_messages={"required": NO_LEAD, "invalid_choice": NO_LEAD}
    )
    promised_limit = forms.IntegerField(
        label="整件事的承诺时限",
        required=False,
        min_value=0,
        max_value=7320,
        help_text="不填就按各事项的承诺时限算",
        widget=forms.NumberInput,
        error_messages={
            "invalid": "承诺时限请填整数，例如 10。",
            "min_value": "承诺时限不能小于 0。",
            "max_value": "承诺时限最多 7320，请核对。",
        },
    )
    unit = forms.ChoiceField(
        label="时限的单位", choices=tuple(UNITS.items()), required=False, widget=forms.Select
    )
    visits = forms.IntegerField(
        label="到现场次数",
        min_value=0,
        max_value=20,
        help_text="整件事最多跑几次，不用跑填 0",
        widget=forms.NumberInput,
        error_messages={
            "required": "请填写到现场次数，不用跑填 0。",
            "invalid": "到现场次数请填整数，例如 1。",
            "min_value": "到现场次数不能小于 0。",
            "max_value": "到现场次数最多 20，请核对。",
        },
    )
    themes = forms.MultipleChoiceField(
        label="主题", required=False, widget=forms.CheckboxSelectMultiple,
        error_messages={"invalid_choice": "请从列出的主题里选。"},
    )  # fmt: skip
    occasions = forms.MultipleChoiceField(
        label="人生大事、经营阶段", required=False, widget=forms.CheckboxSelectMultiple,
        error_messages={"invalid_choice": "请从列出的里面选，没有的写在下面。"},
    )  # fmt: skip
    other_occasions = forms.CharField(
        label="别的人生大事、经营阶段",
        max_length=120,
        required=False,
        help_text="和首页上的名称一致，例如 结婚生子、开办企业；几个之间用顿号隔开",
    )
    conditions = forms.CharField(
        label="办理前提", max_length=5000, required=False, widget=forms.Textarea, help_text="一行一条"
    )
    keywords = forms.CharField(
        label="搜索词",
        max_length=300,
        required=False,
        help_text="群众会搜的词，用顿号隔开，例如 面包店、蛋糕店",
    )
    ready = forms.ChoiceField(
        label="能不能申请",
        choices=(("yes", "可以一起申请"), ("no", "先只列清单，暂不能一起申请")),
        widget=forms.RadioSelect,
        error_messages={"required": "请选择能不能申请。", "invalid_choice": "请选择能不能申请。"},
    )

    def __init__(self, *args: Any, actor: Principal, draft: PackageDraft, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = packages.packages(actor.tenant_id, limit=100).items
        occasions = sorted({name for card in known for name in card.occasions})
        for name, offered in (
            ("lead", [("", "请选择"), *leads(actor)]),
            (
                "themes",
                _listed([tally.name for tally in catalog.themes(actor.tenant_id)], draft.package.themes),
            ),
            ("occasions", _listed(occasions, draft.package.occasions)),
        ):
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = offered

    def values(self) -> dict[str, Any]:
        """What was filled in, by the keys of the document."""
        given = self.cleaned_data
        limit = given["promised_limit"]
        return {
            **{key: given[key] for key in ("name", "plain_name", "audience", "lead", "themes")},
            "summary": " ".join(given["summary"].split()),
            "promised_limit": None
            if limit is None
            else {"amount": limit, "unit": given["unit"] or "working"},
            "visits": given["visits"],
            "occasions": list(dict.fromkeys([*given["occasions"], *_split(given["other_occasions"])])),
            "conditions": _lines(given["conditions"]),
            "keywords": _split(given["keywords"]),
            "ready": None if given["ready"] == "yes" else False,
        }


def _listed(offered: list[str], chosen: tuple[str, ...]) -> list[tuple[str, str]]:
    return [(name, name) for name in dict.fromkeys([*offered, *chosen])]


def _split(text: str) -> list[str]:
    for sign in "，,；;":
        text = text.replace(sign, "、")
    return list(dict.fromkeys(part.strip() for part in text.split("、") if part.strip()))


def _lines(text: str) -> list[str]:
    return list(dict.fromkeys(line.strip() for line in text.splitlines() if line.strip()))


def hand_of(request: HttpRequest, code: str) -> Hand:
    """Who changes the draft of a package, and which revision of it the page showed."""
    sent = request.POST.get("revision", "")
    revision = int(sent) if sent.isascii() and sent.isdecimal() and len(sent) < 9 else 0
    return Hand(signed_in(request), code, revision, now())


def open_draft(request: HttpRequest, code: str) -> PackageDraft:
    """The draft that a page is about. Raises Refused("unknown_draft", 404)."""
    return package_drafts.draft(signed_in(request).tenant_id, code, now())


@admits(EDITOR)
@require_safe
def composer(request: HttpRequest, code: str) -> HttpResponse:
    """The whole draft with its faults, and beside it what it would ask of people."""
    return shown(request, open_draft(request, code))


def shown(request: HttpRequest, draft: PackageDraft, refused: Refused | None = None) -> HttpResponse:
    """The composer as a page, with what was just refused."""
    names = words.names_of((draft.changed_by, draft.author, *draft.writers))
    actor = signed_in(request)
    told = {
        "draft": draft,
        "package": draft.package,
        "here": words.draft_url(draft.code),
        "state": PACKAGE_STATE_NAMES[draft.state],
        "tone": TONES.get(draft.state, ""),
        "writing": draft.state is PackageDraftState.DRAFTING,
        "own": actor.key in draft.writers,
        "who": names.get(draft.changed_by, draft.changed_by),
        "writers": "、".join(names.get(each, each) for each in draft.writers),
        "faults": words.faults(draft),
        "basics": words.basics_of(draft.package),
        "questions": words.questions_of(draft.package, draft.problems),
        "members": words.members_of(draft.package, draft.problems),
        "changes": package_drafts.differences(draft.base, draft.package) if draft.base else (),
        "moved_on": draft.base is not None and draft.base.number != draft.base_number,
        "refused": refused,
        "reason": request.POST.get("reason", ""),
        "past": words.past_of(package_drafts.events_of(draft.tenant_id, draft.code)[:A_PAST], draft.package),
        **_tried(request.GET, draft),
    }
    return page(request, "desk/packages/draft.html", told, status=_status(request, refused))


def _status(request: HttpRequest, refused: Refused | None) -> int:
    """Of the answers that refuse, htmx puts only 422 into the page."""
    if refused is None:
        return 200
    return 422 if "HX-Request" in request.headers else refused.status


def _tried(query: QueryDict, draft: PackageDraft) -> dict[str, Any]:
    """The plan that the answers in an address would make."""
    answers = _answers(query, draft.package.questions)
    problems: tuple[Problem, ...] = ()
    try:
        plan, left_out = package_drafts.preview(draft, answers)
    except Refused as refused:
        problems = refused.errors
        faulty = {problem.pointer.split("/")[2] for problem in problems}
        sound = {key: value for key, value in answers.items() if key not in faulty}
        plan, left_out = package_drafts.preview(draft, sound)
    faults = {problem.pointer.split("/")[2]: problem.detail for problem in problems}
    return {
        "plan": plan,
        "left_out": left_out,
        "savings": words.savings_of(plan),
        "controls": [
            control_of(
                field, answers.get(field.code), fault=faults.get(field.code, ""), name=f"a-{field.code}"
            )
            for field in _up(plan, draft.package.questions, faults)
        ],
    }


def _up(plan: Plan, questions: tuple[Field, ...], faults: dict[str, str]) -> list[Field]:
    """The questions that these answers bring up."""
    up = {field.code for field in plan.missing} | set(plan.answers) | set(faults)
    return [field for field in questions if field.code in up or (not field.required and not field.when)]


def _answers(query: QueryDict, questions: tuple[Field, ...]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for field in questions:
        given = [each[:200] for each in query.getlist(f"a-{field.code}")[:50] if each.strip()]
        if field.type == "choices" and (given or TRIED in query):
            found[field.code] = given
        elif given:
            found[field.code] = given[-1]
    return found


@admits(EDITOR)
@require_http_methods(["GET", "HEAD", "POST"])
def basics(request: HttpRequest, code: str) -> HttpResponse:
    """What the package says of itself."""
    actor, draft = signed_in(request), open_draft(request, code)
    if request.method != "POST":
        return _basics(request, draft, BasicsForm(initial=_initial(draft), actor=actor, draft=draft))
    form = BasicsForm(request.POST, actor=actor, draft=draft)
    if form.is_valid():
        try:
            package_drafting.keep_basics(on=hand_of(request, code), values=form.values())
        except Refused as refused:
            blame(form, refused)
            return _basics(request, draft, form, status=refused.status)
        return HttpResponseRedirect(words.draft_url(code))
    return _basics(request, draft, form, status=422)


def _basics(
    request: HttpRequest, draft: PackageDraft, form: BasicsForm, *, status: int = 200
) -> HttpResponse:
    told = {"form": form, "draft": draft, "package": draft.package, "here": words.draft_url(draft.code)}
    return page(request, "desk/packages/basics.html", told, status=status)


def _initial(draft: PackageDraft) -> dict[str, Any]:
    package = draft.package
    limit = package.promised_limit
    return {
        "name": package.name,
        "plain_name": package.plain_name,
        "summary": package.summary,
        "audience": list(package.audience),
        "lead": package.lead,
        "promised_limit": limit.amount if limit is not None and limit.known else None,
        "unit": limit.unit if limit is not None else "working",
        "visits": package.visits,
        "themes": list(package.themes),
        "occasions": list(package.occasions),
        "conditions": "\n".join(package.conditions),
        "keywords": "、".join(package.keywords),
        "ready": "yes" if package.ready else "no",
    }


@admits(EDITOR)
@require_POST
def change_list(request: HttpRequest, code: str, part: str, place: int, step: str) -> HttpResponse:
    """Move an item or question up or down, or take it out."""
    if part not in PARTS or step not in STEPS:
        raise Refused("unknown_step", "没有这个操作，请回到草案再试。", status=404)
    on = hand_of(request, code)

    def changed() -> object:
        if step in ("up", "down"):
            return package_drafting.move(on=on, part=part, place=place - 1, up=step == "up")
        drop = package_drafting.drop_member if part == "members" else package_drafting.drop_question
        return drop(on=on, place=place - 1)

    return _done(request, code, changed, f"{words.draft_url(code)}#{part}")


def _done(request: HttpRequest, code: str, do: Callable[[], object], after: str) -> HttpResponse:
    """Do it and go to `after`; what was refused is shown above the composer."""
    try:
        do()
    except Refused as refused:
        return _again(request, code, refused)
    return HttpResponseRedirect(after)


def _again(request: HttpRequest, code: str, refused: Refused) -> HttpResponse:
    """The composer with what was refused; what is not there any more is a page of its own."""
    if refused.status in (403, 404) and refused.code != "same_person":
        raise refused
    return shown(request, open_draft(request, code), refused)


def _reviewed(
    request: HttpRequest, code: str, act: Callable[..., object], after: str | None = None
) -> HttpResponse:
    on, reason = hand_of(request, code), request.POST.get("reason", "")
    return _done(request, code, lambda: act(on=on, reason=reason), after or words.draft_url(code))


@admits(EDITOR)
@require_POST
def hand_in(request: HttpRequest, code: str) -> HttpResponse:
    """Hand the draft over for review."""
    return _reviewed(request, code, package_reviewing.hand_in)


@admits(EDITOR)
@require_POST
def hand_back(request: HttpRequest, code: str) -> HttpResponse:
    """Give the draft back to be changed."""
    return _reviewed(request, code, package_reviewing.hand_back)


@admits(EDITOR)
@require_POST
def publish(request: HttpRequest, code: str) -> HttpResponse:
    """Put the draft into force."""
    on, after = hand_of(request, code), f"{words.HOME}/{code}?{urlencode({'published': 1})}"
    return _done(request, code, lambda: package_reviewing.publish_draft(on=on), after)


@admits(EDITOR)
@require_POST
def abandon(request: HttpRequest, code: str) -> HttpResponse:
    """Give the draft up."""
    return _reviewed(request, code, package_reviewing.abandon, f"{words.HOME}?done=abandoned")
