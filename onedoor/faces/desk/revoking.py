"""撤销委托 at the counter: a principal has come in person and wants that an agent acts for them no more."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods

from onedoor.core.identifiers import canonical
from onedoor.core.refusals import Problem, Refused
from onedoor.domain.catalog import queries as catalog
from onedoor.domain.people import actions, queries
from onedoor.domain.people.terms import ACT_NAMES, CAPACITY_NAMES, ENDING_NAMES, Act, EntrustmentView
from onedoor.faces.access import admits, now, signed_in
from onedoor.faces.staff import COUNTER, page

#: What is usually the reason, to pick from.
REASONS = (
    "委托人要求自己办理",
    "委托人改由他人代办",
    "委托人对委托事项有异议",
    "委托人换了手机，无法在网上撤销",
)
_NEEDED = {
    "entrustment": "请选择要撤销的委托。",
    "reason": "请用 2 至 200 个字写明为什么撤销，例如“委托人要求自己办理”。",
    "checked": "请先核对证件原件，确认来人就是委托人，再勾选“已核对”。",
}
_PLACES = {
    "identity_unchecked": "/checked",
    "reason_missing": "/reason",
    "entrustment_not_found": "/entrustment",
    "entrustment_ended": "/entrustment",
}


@dataclass(frozen=True, slots=True)
class Line:
    """An entrustment to choose. `ending` is "" while it holds."""

    id: str
    agent: str
    what: str
    view: EntrustmentView
    ending: str
    chosen: bool


@admits(COUNTER)
@require_http_methods(["GET", "HEAD", "POST"])
def revoke(request: HttpRequest) -> HttpResponse:
    """Find by the number on the document, choose, write down why. No number stands in an address."""
    if request.method != "POST":
        return page(request, "desk/entrustments.html", {"number": ""})
    number = canonical(request.POST.get("id_number", "")[:40])
    if not number:
        missing = Problem("/id_number", "missing", "请填写委托人证件上的号码。")
        return _show(request, number, (missing,))
    if request.POST.get("act") != "revoke":
        return _show(request, number)
    problems = _revoked(request, number)
    return _show(request, number, problems, done=not problems)


def _revoked(request: HttpRequest, number: str) -> tuple[Problem, ...]:
    """Revoke what was chosen; what keeps it from being revoked, all of it at once."""
    blank = [
        Problem(f"/{name}", "missing", detail)
        for name, detail in _NEEDED.items()
        if not request.POST.get(name, "").strip()
    ]
    if blank:
        return tuple(blank)
    try:
        actions.revoke_at_counter(
            entrustment=UUID(request.POST.get("entrustment", "")[:40]),
            id_number=number,
            checked=request.POST.get("checked") == "yes",
            reason=request.POST.get("reason", "")[:400],
            actor=signed_in(request),
            at=now(),
        )
    except ValueError:
        return (Problem("/entrustment", "missing", _NEEDED["entrustment"]),)
    except Refused as refused:
        place = _PLACES.get(refused.code)
        if place is None:
            raise
        return (Problem(place, refused.code, refused.detail),)
    return ()


def _show(
    request: HttpRequest, number: str, problems: tuple[Problem, ...] = (), *, done: bool = False
) -> HttpResponse:
    principal, at = signed_in(request), now()
    found = queries.entrustments_at_counter(number, actor=principal, at=at) if number else ()
    codes = tuple({code for view in found for code in view.scope.services})
    names = {card.code: card.name for card in catalog.cards(principal.tenant_id, codes)}
    chosen = request.POST.get("entrustment", "")
    lines = [_line(view, names, chosen) for view in found]
    words = {
        "number": number,
        "asked": bool(number),
        "lines": lines,
        "any_holds": any(not line.ending for line in lines),
        "problems": problems,
        "faults": {problem.pointer[1:]: problem.detail for problem in problems},
        "reason": "" if done else request.POST.get("reason", "")[:400],
        "checked": request.POST.get("checked") == "yes" and not done,
        "reasons": REASONS,
        "done": done,
    }
    return page(request, "desk/entrustments.html", words, status=422 if problems else 200)


def _line(view: EntrustmentView, names: dict[str, str], chosen: str) -> Line:
    services = "、".join(names.get(code, code) for code in sorted(view.scope.services)) or "所有事项"
    acts = "、".join(ACT_NAMES[act] for act in Act if act.value in view.scope.acts)
    return Line(
        id=str(view.id),
        agent=f"{view.agent.name}（{CAPACITY_NAMES[view.capacity]}，{view.agent.id_number}，{view.agent.phone}）",
        what=f"{services}：{acts}",
        view=view,
        ending=ENDING_NAMES[view.ending] if view.ending else "",
        chosen=str(view.id) == chosen,
    )
