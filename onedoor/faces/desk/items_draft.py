"""A draft of an item as a whole: what is wrong, what it changes, who has judged it, and the next step."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.views.decorators.http import require_POST, require_safe

from onedoor.core.refusals import Problem, Refused
from onedoor.domain.catalog import queries as catalog
from onedoor.domain.catalog.drafts import actions as drafting
from onedoor.domain.catalog.drafts import edits as draft_edits
from onedoor.domain.catalog.drafts import queries as drafts
from onedoor.domain.catalog.drafts.terms import OPERATION_NAMES, STATE_NAMES, Draft, DraftEvent
from onedoor.domain.catalog.quality.queries import SEVERITY_NAMES, Finding, Severity
from onedoor.domain.catalog.states import OPEN_DRAFTS, DraftState
from onedoor.domain.offices.terms import Principal
from onedoor.faces.access import admits, now, signed_in
from onedoor.faces.parts import Entry, Task
from onedoor.faces.staff import page
from onedoor.faces.wording import date_zh

from .items import EDITOR, PAGE, STATE_TONES, draft_url, grouped, names_of
from .items_asking import value_at
from .items_parts import PARTS, Part
from .items_places import Place, place_of, places

EVENTS = {
    "catalog.draft_opened": ("开始起草", ""),
    "catalog.draft_submitted": ("提交编制核对", ""),
    "catalog.draft_checked": ("编制核对通过", "good"),
    "catalog.draft_returned": ("退回修改", "warn"),
    "catalog.draft_withdrawn": ("撤回修改", "warn"),
    "catalog.draft_approved": ("法制审核通过", "good"),
    "catalog.draft_applied": ("开始施行", "good"),
    "catalog.draft_abandoned": ("作废", "bad"),
}


@dataclass(frozen=True, slots=True)
class Step:
    """A step that may be taken from here: its verb, the words of its button, and whether a reason is asked for.

    `who` says whose step it is and `warning` what to weigh before. A `folded` one is not the main act. `fault` is what
    is wrong with what was `given`.
    """

    verb: str
    words: str
    reason: str = ""
    needed: bool = False
    day: bool = False
    tone: str = ""
    hint: str = ""
    who: str = ""
    warning: str = ""
    folded: bool = False
    fault: str = ""
    given: str = ""


#: Refusals of a step that are about what was typed for it.
_TYPED = frozenset({"reason_missing", "reason_too_long"})


@admits(EDITOR)
@require_safe
def overview(request: HttpRequest, draft_id: int) -> HttpResponse:
    """The draft with the steps that are open to whoever looks."""
    return show(request, drafts.draft(signed_in(request), draft_id))


@admits(EDITOR)
@require_POST
def act(request: HttpRequest, draft_id: int, verb: str) -> HttpResponse:
    """One step of the draft's life."""
    principal = signed_in(request)
    verbs: Mapping[str, Callable[..., Draft]] = {
        "submit": drafting.submit,
        "check": drafting.check,
        "approve": drafting.approve,
        "return": drafting.put_back,
        "withdraw": drafting.withdraw,
        "abandon": drafting.abandon,
    }
    if verb not in verbs:
        raise Refused("unknown_step", "没有这一步，请回到草案页面重新选择。", status=404)
    more: dict[str, Any] = {"reason": request.POST.get("reason", "")}
    try:
        if verb == "submit":
            more = {"effective_on": _day(request.POST.get("effective_on", ""))}
        verbs[verb](actor=principal, draft_id=draft_id, revision=seen(request), at=now(), **more)
    except Refused as refused:
        if refused.status == 404:
            raise
        return show(request, drafts.draft(principal, draft_id), refused, verb)
    return HttpResponseRedirect(f"{draft_url(draft_id)}?done={verb}")


def _others(found: Draft, codes: Sequence[str]) -> list[tuple[str, str, str]]:
    """Further items that a draft names: address, name, and how far one is that is still in the making."""
    cards = {card.code: card.name for card in catalog.cards(found.tenant_id, codes)}
    made = drafts.open_drafts(found.tenant_id, [code for code in codes if code not in cards])
    told = []
    for code in codes:
        if code in made:
            line = made[code]
            told.append((draft_url(line.id), line.name or code, f"新事项，{STATE_NAMES[line.state]}"))
        else:
            told.append((f"{PAGE}/{code}", cards.get(code, code), "" if code in cards else "没有施行"))
    return told


def seen(request: HttpRequest) -> int:
    """The revision of the draft that the page showed."""
    text = request.POST.get("revision", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else 0


def _day(text: str) -> date | None:
    """A day as it was typed. Raises Refused("effective_invalid")."""
    if not text.strip():
        return None
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise Refused("effective_invalid", "施行日期的写法不对，请按 2026-01-01 的样子填写。") from None


def show(request: HttpRequest, found: Draft, refused: Refused | None = None, verb: str = "") -> HttpResponse:
    """The page of a draft, after a step that was refused with the reason."""
    principal = signed_in(request)
    done = EVENTS.get(f"catalog.draft_{_DONE.get(request.GET.get('done', ''), '')}", ("", ""))[0]
    amiss = drafts.findings(found) if found.state in OPEN_DRAFTS else ()
    offered = steps(found, principal, amiss)
    typed = refused is not None and refused.code in _TYPED and any(each.verb == verb for each in offered)
    if refused is not None and typed:
        given = request.POST.get("reason", "")[:600]
        offered = [
            replace(each, fault=refused.detail, given=given) if each.verb == verb else each
            for each in offered
        ]
    flags = [each for each in found.flags if each.code not in {finding.code for finding in amiss}]
    words = {
        **frame(found),
        "refused": refused.detail if refused and not typed else "",
        "alarm": refused is not None and bool(refused.errors),
        "typed": typed,
        "done": done,
        "flags": told(places(flags, found.content), found.id),
        "amiss": _amiss(found, amiss),
        "changes": grouped(drafts.difference(found)),
        "tasks": _tasks(found, amiss) if found.written else [],
        "steps": offered,
        "kept_from": _kept_from(found, principal),
        "successors": _others(found, found.successors),
        "merged": _others(found, found.merged),
        "people": _people(found),
        "entries": [_entry(event) for event in drafts.history(found)],
    }
    return page(request, "desk/items/draft.html", words, status=refused.status if refused else 200)


_DONE = {
    "submit": "submitted",
    "check": "checked",
    "approve": "approved",
    "return": "returned",
    "withdraw": "withdrawn",
    "abandon": "abandoned",
}


def frame(found: Draft) -> dict[str, Any]:
    """What every page of a draft shows."""
    return {
        "draft": found,
        "url": draft_url(found.id),
        "operation": OPERATION_NAMES[found.operation],
        "state": STATE_NAMES[found.state],
        "tone": STATE_TONES[found.state],
        "writing": found.state is DraftState.DRAFTING and found.written and found.batch is None,
        "faults": told(places(found.problems, found.content), found.id) if found.written else [],
    }


def told(found: list[Place], draft_id: int) -> list[tuple[str, str]]:
    """Faults as addresses and sentences."""
    return [(place.address(draft_url(draft_id)), place.words) for place in found]


def _problem(finding: Finding) -> Problem:
    return Problem(finding.pointer, finding.code, f"{finding.detail}{finding.mend}")


def _amiss(found: Draft, amiss: Sequence[Finding]) -> list[tuple[str, str, str, str]]:
    """What the check-up will find: how grave, its colour, where it is mended, and what it is."""
    listed = []
    for each in amiss:
        place = place_of(_problem(each), found.content)
        if place is not None:
            tone = "seal" if each.severity is Severity.ERROR else "amber"
            listed.append(
                (SEVERITY_NAMES[each.severity], tone, place.address(draft_url(found.id)), place.words)
            )
    return listed


def _tasks(found: Draft, amiss: Sequence[Finding]) -> list[Task]:
    """The parts of the document, how much is in each, and how many faults or findings."""
    faults = [place.part for place in places(found.problems, found.content)]
    graded = {
        severity: [
            place.part
            for place in places([_problem(f) for f in amiss if f.severity is severity], found.content)
        ]
        for severity in (Severity.ERROR, Severity.WARNING)
    }
    lines = []
    for part in PARTS.values():
        rows = draft_edits.rows(found.content, part.slug) if part.listed else []
        count = f"{len(rows)} 个{part.nouns[0]}" if rows else ""
        state, tone = ("没有问题", "jade") if rows or _filled(found, part) else ("没有填", "")
        if wrong := faults.count(part.slug):
            state, tone = f"{wrong} 处要改", "seal"
        elif grave := graded[Severity.ERROR].count(part.slug):
            state, tone = f"{grave} 处必须改", "seal"
        elif doubtful := graded[Severity.WARNING].count(part.slug):
            state, tone = f"{doubtful} 处应当改", "amber"
        lines.append(Task(part.title, state, f"{draft_url(found.id)}/edit/{part.slug}", count, tone))
    return lines


def _filled(found: Draft, part: Part) -> bool:
    """Whether a part of questions says anything."""
    return any(value_at(found.content, replace(ask, default=None)) not in (None, "", []) for ask in part.asks)


def steps(found: Draft, principal: Principal, amiss: Sequence[Finding] = ()) -> list[Step]:
    """What whoever looks may do next, the main act first. `amiss` is what the check-up will find."""
    again = Step(
        "withdraw",
        "撤回修改",
        "撤回的原因",
        needed=True,
        tone="second",
        who="送出以后自己发现还要改的，撤回来接着改。",
    )
    back = Step(
        "return",
        "退回修改",
        "哪里要改、怎么改",
        needed=True,
        tone="second",
        folded=True,
        who="核对、审核的人发现要改的，写明原因，退给起草的人。",
    )
    warning = _warning(amiss)
    if found.batch is not None:
        return []
    match found.state:
        case DraftState.DRAFTING:
            hint = "审核通过当天施行的，不用填日期"
            submit = Step("submit", "提交编制核对", day=True, hint=hint, warning=warning)
            give_up = Step("abandon", "作废草案", "作废的原因", needed=True, tone="danger", folded=True)
            return [*([] if found.problems and found.written else [submit]), give_up]
        case DraftState.CHECKING:
            who = "由负责这个部门的事项管理员办，起草的人也可以自己核对。"
            passed = Step("check", "编制核对通过", "核对意见", who=who, warning=warning)
            return [passed, back, replace(again, folded=True)]
        case DraftState.REVIEWING:
            mine = principal.key in (*found.writers, found.checker, found.author)
            who = "由没有起草、修改、核对过这份草案的事项管理员办。"
            words = f"法制审核通过，{_when(found)}施行"
            return [again] if mine else [Step("approve", words, "审核意见", who=who, warning=warning), back]
        case DraftState.APPROVED:
            return [again]
    return []


def _warning(amiss: Sequence[Finding]) -> str:
    counts = [(name, sum(each.severity is key for each in amiss)) for key, name in SEVERITY_NAMES.items()]
    told = "、".join(f"{count} 处{name}" for name, count in counts if count)
    return f"体检会指出 {told}，请先核对。" if told else ""


def _when(found: Draft) -> str:
    return f"{date_zh(found.effective_on)}起" if found.effective_on else "立即"


def _kept_from(found: Draft, principal: Principal) -> bool:
    """Whether somebody else has to review what this one has written or checked."""
    mine = principal.key in (*found.writers, found.checker, found.author)
    return found.state is DraftState.REVIEWING and mine


def _people(found: Draft) -> list[tuple[str, str]]:
    """Who has done what to the draft."""
    named = (
        ("起草", "、".join(names_of(each) for each in found.writers)),
        ("编制核对", names_of(found.checker) if found.checker else ""),
        ("法制审核", names_of(found.reviewer) if found.reviewer else ""),
        ("施行日期", date_zh(found.effective_on) if found.effective_on else ""),
        ("从哪一版起草", f"第 {found.number} 版" if found.base else ""),
    )
    return [(name, value) for name, value in named if value]


def _entry(event: DraftEvent) -> Entry:
    words, tone = EVENTS.get(event.kind, (event.kind, ""))
    day = f"施行日期：{date_zh(date.fromisoformat(event.effective_on))}" if event.effective_on else ""
    detail = "\n".join(part for part in (event.reason, day) if part)
    return Entry(words, event.at, names_of(event.principal), detail, tone)
