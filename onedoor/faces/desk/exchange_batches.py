"""A batch 批次: how far its file has been read, what it changes, and the steps of its review."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.views.decorators.http import require_POST, require_safe

from onedoor.core.instants import civil_date
from onedoor.core.refusals import Refused
from onedoor.domain.catalog.batches import actions as batching
from onedoor.domain.catalog.batches import queries as batches
from onedoor.domain.catalog.batches.terms import KIND_NAMES, PHASE_NAMES, STATE_NAMES, Batch, Entry, EntryView
from onedoor.domain.catalog.states import BatchState
from onedoor.domain.offices import queries as offices
from onedoor.domain.offices.terms import Principal
from onedoor.faces.access import admits, now, signed_in
from onedoor.faces.parts import Entry as Happening
from onedoor.faces.parts import Tab
from onedoor.faces.staff import page
from onedoor.faces.wording import date_zh

from .exchange import EDITOR, PAGE, STATE_TONES, XLSX, named
from .items import names_of
from .items_draft import Step

EVENTS = {
    "handed_in": ("送审", ""),
    "checked": ("编制核对通过", "good"),
    "returned": ("整批退回", "warn"),
    "rows_returned": ("退回几行", "warn"),
    "withdrawn": ("撤回", "warn"),
    "approved": ("法制审核通过", "good"),
    "applied": ("整批施行", "good"),
    "abandoned": ("作废", "bad"),
}
OUTCOMES = (
    ("refused", "有误", "seal"),
    ("added", "新增", "jade"),
    ("changed", "变更", "door"),
    ("unchanged", "未变", ""),
)
#: Nobody reads any more if there has been no sign for so long.
SILENT = timedelta(seconds=25)
#: Changes in a printed sample, and the most that may be asked for.
SAMPLE, MOST_SAMPLED = 20, 100
_VERBS: Mapping[str, Callable[..., None]] = {
    "hand-in": batching.hand_in,
    "check": batching.check,
    "approve": batching.approve,
    "return": batching.put_back,
    "withdraw": batching.withdraw,
    "abandon": batching.abandon,
    "return-rows": batching.put_back_rows,
}
_RETURNABLE = (BatchState.READY, BatchState.CHECKING, BatchState.REVIEWING)


@admits(EDITOR)
@require_safe
def overview(request: HttpRequest, batch_id: UUID) -> HttpResponse:
    """The batch with what it changes and the steps that are open to whoever looks."""
    return _show(request, batches.batch(signed_in(request), batch_id))


@admits(EDITOR)
@require_POST
def act(request: HttpRequest, batch_id: UUID, verb: str) -> HttpResponse:
    """One step of the batch's life."""
    principal = signed_in(request)
    if verb == "drop":
        batching.drop(actor=principal, batch_id=batch_id)
        return HttpResponseRedirect(f"{PAGE}?dropped=1")
    if verb not in _VERBS:
        raise Refused("unknown_step", "没有这一步，请回到批次页面重新选择。", status=404)
    more: dict[str, Any] = {"reason": request.POST.get("reason", "")}
    try:
        if verb == "hand-in":
            more["effective_on"] = _day(request.POST.get("effective_on", ""))
        if verb == "return-rows":
            more |= _chosen(request.POST.getlist("row"))
        _VERBS[verb](actor=principal, batch_id=batch_id, revision=_seen(request), at=now(), **more)
    except Refused as refused:
        if refused.status == 404:
            raise
        return _show(request, batches.batch(principal, batch_id), refused)
    return HttpResponseRedirect(f"{PAGE}/batches/{batch_id}?done={verb}")


@admits(EDITOR)
@require_safe
def change(request: HttpRequest, batch_id: UUID, kind: str, draft_id: int) -> HttpResponse:
    """One change of the batch, in sentences."""
    found = batches.batch(signed_in(request), batch_id)
    told = batches.entry(found, kind, draft_id, now())
    words = {**_frame(found), "one": _opened(told, found), "here": f"{_url(found)}/{kind}/{draft_id}"}
    words["returnable"] = found.state in _RETURNABLE and found.handed_at is not None
    return page(request, "desk/exchange_change.html", words)


@admits(EDITOR)
@require_safe
def sample(request: HttpRequest, batch_id: UUID) -> HttpResponse:
    """Some changes spread over the whole batch, to be printed and gone through on paper."""
    found = batches.batch(signed_in(request), batch_id)
    many = min(_whole(request.GET.get("many", "")) or SAMPLE, MOST_SAMPLED)
    told = [_opened(each, found) for each in batches.sample(found, many, now())]
    return page(
        request, "desk/exchange_sample.html", {**_frame(found), "told": told, "many": many, "at": now()}
    )


@admits(EDITOR)
@require_safe
def faults(request: HttpRequest, batch_id: UUID) -> HttpResponse:
    """The rows of the file that cannot be taken over, as a workbook."""
    content = batches.faults(batches.batch(signed_in(request), batch_id))
    if content is None:
        raise Refused("file_gone", "有误的行已经过期，请重新选择文件检查一次。", status=404)
    return named(HttpResponse(content, content_type=XLSX), "有误.xlsx")  # type: ignore[no-any-return]


def _show(request: HttpRequest, found: Batch, refused: Refused | None = None) -> HttpResponse:
    principal = signed_in(request)
    template = "exchange_reading" if found.state is BatchState.READING else "exchange_batch"
    words = {
        **_frame(found),
        "refused": refused,
        "done": EVENTS.get(_DONE.get(request.GET.get("done", ""), ""), ("", ""))[0],
        "phase": PHASE_NAMES.get(found.phase, ""),
        "percent": found.done * 100 // found.total if found.total else None,
        "silent": now() - found.seen_at > SILENT,
        "counts": [(name, tone, found.counts.get(key, 0)) for key, name, tone in OUTCOMES],
        "findings": [{"row": each, "outcome": _OUTCOME[each.outcome]} for each in found.findings],
        "applying": found.state is BatchState.APPROVED and not _to_come(found),
        "stalled": now() - found.changed_at > SILENT,
        "steps": _steps(found, principal),
        "kept_from": found.state is BatchState.REVIEWING and _concerned(found, principal),
        "people": _people(found),
        "happened": [_happening(each) for each in batches.history(found)],
        **_list(request, found),
    }
    return page(request, f"desk/{template}.html", words, status=refused.status if refused else 200)


_DONE = {
    "hand-in": "handed_in",
    "check": "checked",
    "approve": "approved",
    "return": "returned",
    "withdraw": "withdrawn",
    "abandon": "abandoned",
    "return-rows": "rows_returned",
}
_OUTCOME = {key: (name, tone) for key, name, tone in OUTCOMES}


def _frame(found: Batch) -> dict[str, Any]:
    """What every page of a batch shows."""
    return {
        "batch": found,
        "url": _url(found),
        "state": STATE_NAMES[found.state],
        "tone": STATE_TONES[found.state],
        "by": names_of(found.author),
    }


def _url(found: Batch) -> str:
    return f"{PAGE}/batches/{found.id}"


def _list(request: HttpRequest, found: Batch) -> dict[str, Any]:
    """The page of changes that is asked for."""
    kind = request.GET.get("kind", "") if request.GET.get("kind", "") in KIND_NAMES else ""
    q = request.GET.get("q", "").replace("\0", "").strip()[:60]
    start = _whole(request.GET.get("from", ""))
    lines, total = batches.entries(found, kind=kind, q=q, start=start)
    names = {code: view.name for code, view in offices.departments(found.tenant_id).items()}
    further = urlencode({"kind": kind, "q": q, "from": start + batches.A_PAGE})
    former = urlencode({"kind": kind, "q": q, "from": max(0, start - batches.A_PAGE)})
    tabs = [Tab("全部", f"?{urlencode({'q': q})}#changes", current=not kind, count=found.many)]
    for each, count in found.entries.items():
        address = f"?{urlencode({'kind': each, 'q': q})}#changes"
        tabs.append(Tab(KIND_NAMES[each], address, current=kind == each, count=count))
    return {
        "kind": kind,
        "q": q,
        "tabs": tabs,
        "lines": [_line(each, found, names) for each in lines],
        "total": total,
        "from_to": f"第 {start + 1} 至 {start + len(lines)} 行，共 {total} 行" if lines else "",
        "next_url": f"?{further}#changes" if start + len(lines) < total else "",
        "previous_url": f"?{former}#changes" if start else "",
        "returnable": found.state in _RETURNABLE and found.handed_at is not None,
    }


def _line(each: Entry, found: Batch, names: Mapping[str, str]) -> dict[str, Any]:
    return {
        "entry": each,
        "kind": KIND_NAMES[each.kind],
        "url": f"{_url(found)}/{each.kind}/{each.draft}",
        "department": names.get(each.department, each.department),
        "value": f"{each.kind}:{each.draft}",
    }


def _opened(told: EntryView, found: Batch) -> dict[str, Any]:
    names = {code: view.name for code, view in offices.departments(found.tenant_id).items()}
    preview = f"/preview/{told.entry.draft}" if told.entry.kind != batches.PACKAGE else ""
    return {**_line(told.entry, found, names), "told": told, "preview": preview}


def _steps(found: Batch, principal: Principal) -> list[Step]:
    """What whoever looks may do next."""
    again = Step("withdraw", "撤回", "撤回的原因", needed=True, tone="second")
    back = Step("return", "整批退回", "哪里要改、怎么改", needed=True, tone="second")
    hand_in = Step(
        "hand-in", "送审", "为什么要做这些变动", needed=True, day=True, hint="审核通过就施行的，不用填日期"
    )
    match found.state:
        case BatchState.READY:
            mine = [hand_in] if found.many and principal.key == found.author else []
            over = Step("abandon", "作废这个批次", "作废的原因", needed=True, tone="danger")
            gone = Step("drop", "不导入，删去", tone="danger" if mine else "second")
            return [*mine, over if found.handed_at else gone]
        case BatchState.FAULTY:
            return [Step("drop", "删去这个文件", tone="second")]
        case BatchState.CHECKING:
            return [Step("check", "编制核对通过", "核对意见"), back, again]
        case BatchState.REVIEWING:
            words = (
                f"法制审核通过，{date_zh(found.effective_on)}起施行"
                if found.effective_on
                else "法制审核通过，施行"
            )
            return [again] if _concerned(found, principal) else [Step("approve", words, "审核意见"), back]
        case BatchState.APPROVED:
            return [again] if _to_come(found) else []
    return []


def _to_come(found: Batch) -> bool:
    """Whether the day from which the batch is to hold is still to come."""
    return found.effective_on is not None and found.effective_on > civil_date(now())


def _concerned(found: Batch, principal: Principal) -> bool:
    return principal.key in (found.author, found.checker)


def _people(found: Batch) -> list[tuple[str, str]]:
    """Who has done what to the batch."""
    stated = (
        ("导入", names_of(found.author)),
        ("编制核对", names_of(found.checker) if found.checker else ""),
        ("法制审核", names_of(found.reviewer) if found.reviewer else ""),
        ("施行日期", date_zh(found.effective_on) if found.effective_on else ""),
    )
    return [(name, value) for name, value in stated if value]


def _happening(event: Any) -> Happening:
    words, tone = EVENTS.get(event.kind.removeprefix("catalog.batch_"), (event.kind, ""))
    day = f"施行日期：{date_zh(date.fromisoformat(event.effective_on))}" if event.effective_on else ""
    codes = (
        f"退回的行：{'、'.join(event.codes[:20])}{'等' if len(event.codes) > 20 else ''}"
        if event.codes
        else ""
    )
    detail = "\n".join(part for part in (event.reason, day, codes) if part)
    return Happening(words, event.at, names_of(event.principal), detail, tone)


def _chosen(values: list[str]) -> dict[str, list[int]]:
    """The rows that were ticked, items and packages apart."""
    pairs = [value.partition(":") for value in values]
    numbers = {True: list[int](), False: list[int]()}
    for kind, _, number in pairs:
        if number.isascii() and number.isdigit() and len(number) < 19:
            numbers[kind == batches.PACKAGE].append(int(number))
    return {"packages": numbers[True], "items": numbers[False]}


def _seen(request: HttpRequest) -> int:
    """The revision of the batch that the page showed."""
    return _whole(request.POST.get("revision", ""))


def _whole(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else 0


def _day(text: str) -> date | None:
    """A day as it was typed. Raises Refused("effective_invalid")."""
    if not text.strip():
        return None
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise Refused("effective_invalid", "施行日期的写法不对，请按 2026-01-01 的样子填写。") from None
