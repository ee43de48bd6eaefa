"""The questions that a package asks first: taken from the items' forms, or of the package's own."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.views.decorators.http import require_http_methods

from onedoor.core.refusals import Refused
from onedoor.domain.catalog.packages import drafting as package_drafting
from onedoor.domain.catalog.packages import drafts as package_drafts
from onedoor.domain.catalog.packages.draft_terms import PackageDraft
from onedoor.domain.catalog.terms import Field, Option
from onedoor.faces.access import admits
from onedoor.faces.staff import page

from . import packages_words as words
from .packages import EDITOR
from .packages_conditions import Builder, drawn, sent
from .packages_draft import hand_of, open_draft

MOST_OPTIONS = 20


class QuestionForm(forms.Form):
    """A question as it is put to people, and how they answer."""

    label = forms.CharField(
        label="问什么",
        max_length=100,
        help_text="像当面问一样写，例如 店里卖不卖烟",
        error_messages={"required": "请写明问什么。", "max_length": "问题最多 100 个字，请缩短。"},
    )
    type = forms.ChoiceField(
        label="怎样答",
        choices=tuple(words.TYPES.items()),
        widget=forms.RadioSelect,
        error_messages={"required": "请选择怎样答。", "invalid_choice": "请选择怎样答。"},
    )
    options = forms.CharField(
        label="选项",
        max_length=3000,
        required=False,
        widget=forms.Textarea,
        help_text="选一个、选几个的才填，一行一个",
        error_messages={"max_length": "选项太长，请缩短。"},
    )
    hint = forms.CharField(
        label="提示",
        max_length=200,
        required=False,
        help_text="怕人拿不准的地方，例如 厨房和用餐的地方加在一起",
        error_messages={"max_length": "提示最多 200 个字，请缩短。"},
    )
    required = forms.ChoiceField(
        label="要不要必答",
        choices=(("yes", "必答"), ("no", "可以不答")),
        widget=forms.RadioSelect,
        error_messages={"required": "请选择要不要必答。", "invalid_choice": "请选择要不要必答。"},
    )

    def __init__(self, *args: Any, bound: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if bound:
            # How it is answered is given by the form into which the answer goes.
            del self.fields["type"], self.fields["options"]

    def clean(self) -> dict[str, Any]:
        """What is picked from needs something to pick."""
        given: dict[str, Any] = self.cleaned_data
        picked = given.get("type") in ("choice", "choices")
        lines = [line.strip() for line in given.get("options", "").splitlines() if line.strip()]
        if picked and len(lines) < 2:
            self.add_error("options", "请至少写两个选项，一行一个。")
        elif picked and len(set(lines)) < len(lines):
            self.add_error("options", "有两个选项是一样的，请删去一个。")
        elif picked and len(lines) > MOST_OPTIONS:
            self.add_error("options", f"选项最多 {MOST_OPTIONS} 个，请减少。")
        elif any(len(line) > 60 for line in lines):
            self.add_error("options", "一个选项最多 60 个字，请缩短。")
        given["lines"] = lines if picked else []
        return given


@admits(EDITOR)
@require_http_methods(["GET", "HEAD", "POST"])
def add(request: HttpRequest, code: str) -> HttpResponse:
    """One more question: one that the items' forms ask anyway, or one of the package's own."""
    draft = open_draft(request, code)
    if request.method != "POST":
        return _adding(request, draft, QuestionForm(initial={"type": "boolean", "required": "yes"}))
    if "element" in request.POST:
        return _taken(request, draft, request.POST["element"])
    form = QuestionForm(request.POST)
    if form.is_valid():
        try:
            package_drafting.add_question(on=hand_of(request, code), question=_values(form, ()))
        except Refused as refused:
            _blame(form, refused)
        else:
            return HttpResponseRedirect(f"{words.draft_url(code)}#questions")
    return _adding(request, draft, form, status=422)


def _taken(request: HttpRequest, draft: PackageDraft, element: str) -> HttpResponse:
    """A question of the items' forms is asked first; its answer goes into the forms."""
    found = next(
        (each.field for each in package_drafts.askable(draft) if each.field.element == element), None
    )
    if found is None:
        raise Refused(
            "unknown_question", "事项的表单里没有这个问题，或者已经问过了，请刷新页面。", status=404
        )
    question = {
        "element": found.element,
        "label": found.label,
        "type": found.type,
        "hint": found.hint,
        "options": [{"value": option.value, "label": option.label} for option in found.options],
    }
    try:
        package_drafting.add_question(on=hand_of(request, draft.code), question=question)
    except Refused as refused:
        if refused.status == 404:
            raise
        form = QuestionForm(initial={"type": "boolean", "required": "yes"})
        return _adding(request, draft, form, refused=refused, status=refused.status)
    return HttpResponseRedirect(f"{words.draft_url(draft.code)}#questions")


def _adding(
    request: HttpRequest,
    draft: PackageDraft,
    form: QuestionForm,
    *,
    refused: Refused | None = None,
    status: int = 200,
) -> HttpResponse:
    told = {
        "draft": draft,
        "package": draft.package,
        "here": words.draft_url(draft.code),
        "form": form,
        "offered": [
            (each.field, words.answers_of(each.field), "”“".join(each.items))
            for each in package_drafts.askable(draft)
        ],
        "refused": refused,
    }
    return page(request, "desk/packages/question_new.html", told, status=status)


@admits(EDITOR)
@require_http_methods(["GET", "HEAD", "POST"])
def one(request: HttpRequest, code: str, place: int) -> HttpResponse:
    """Change a question, and say when it is asked."""
    draft = open_draft(request, code)
    if not 1 <= place <= len(draft.package.questions):
        raise Refused("unknown_place", "这个问题已经不在草案里，请回到草案查看。", status=404)
    question, earlier = draft.package.questions[place - 1], draft.package.questions[: place - 1]
    bound = not question.element.startswith("package.")
    if request.method != "POST":
        form = QuestionForm(initial=_initial(question), bound=bound)
        return _one(request, draft, place, form, drawn(question.when, earlier))
    builder, form = sent(request.POST, earlier, question.when), QuestionForm(request.POST, bound=bound)
    if "step" in request.POST:
        return _one(request, draft, place, form, builder)
    if form.is_valid() and not builder.faulty:
        values = _values(form, question.options) | {"when": builder.source}
        try:
            package_drafting.keep_question(on=hand_of(request, code), place=place - 1, values=values)
        except Refused as refused:
            if refused.status == 404:
                raise
            _blame(form, refused)
            return _one(request, draft, place, form, builder, status=refused.status)
        return HttpResponseRedirect(f"{words.draft_url(code)}#questions")
    return _one(request, draft, place, form, builder, status=422)


def _one(
    request: HttpRequest,
    draft: PackageDraft,
    place: int,
    form: QuestionForm,
    builder: Builder,
    *,
    status: int = 200,
) -> HttpResponse:
    question = draft.package.questions[place - 1]
    told = {
        "draft": draft,
        "package": draft.package,
        "here": words.draft_url(draft.code),
        "place": place,
        "place_text": str(place),
        "earlier": draft.package.questions[: place - 1],
        "question": question,
        "answers": words.answers_of(question),
        "form": form,
        "builder": builder,
        "checking": request.POST.get("step") == "check",
        "asked_first": place == 1,
    }
    return page(request, "desk/packages/question.html", told, status=status)


def _initial(question: Field) -> dict[str, Any]:
    return {
        "label": question.label,
        "type": question.type,
        "options": "\n".join(option.label for option in question.options),
        "hint": question.hint,
        "required": "yes" if question.required else "no",
    }


def _values(form: QuestionForm, former: tuple[Option, ...]) -> dict[str, Any]:
    """What was filled in, by the keys of the document."""
    given = form.cleaned_data
    values = {"label": given["label"], "hint": given["hint"], "required": given["required"] == "yes"}
    if "type" in form.fields:
        values |= {"type": given["type"], "options": _options(given["lines"], former)}
    return values


def _options(lines: list[str], former: tuple[Option, ...]) -> list[dict[str, str]]:
    """The options for these labels. One that was there keeps its value, also under another label in the same place, so
    that conditions still speak of it; a new one is called by its label."""
    known = {option.label: option.value for option in former}
    places = [option.value for option in former] if len(former) == len(lines) else []
    taken = {known[line] for line in lines if line in known}
    found = []
    for place, line in enumerate(lines):
        value = known.get(line, "")
        if not value and places and places[place] not in taken:
            value = places[place]
        value = value or (line if line not in taken else f"{line}-{place + 1}")
        taken.add(value)
        found.append({"value": value, "label": line})
    return found


def _blame(form: QuestionForm, refused: Refused) -> None:
    """What a room refused, at the inputs of the form: a pointer names the question, then what is wrong with it."""
    if not refused.errors:
        form.add_error(None, refused.detail)
    for problem in refused.errors:
        parts = problem.pointer.split("/")
        name = parts[3] if len(parts) > 3 else ""
        form.add_error(name if name in form.fields else None, problem.detail)
