"""A plan in words: what a package needs, as a page prints it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from onedoor.domain.catalog.guides.guide import FORM_NAMES, NECESSITY_NAMES
from onedoor.domain.catalog.packages.terms import Figures, Plan, PlannedMaterial, PlannedMember
from onedoor.domain.catalog.terms import Necessity
from onedoor.faces.wording import limit_zh


@dataclass(frozen=True, slots=True)
class ItemLine:
    """An item that is needed. `when` says what it waits for; `own` are its questions, told in the package's form."""

    code: str
    name: str
    department: str
    why: str
    when: str
    limit: str
    optional: bool


@dataclass(frozen=True, slots=True)
class MaterialLine:
    """A material of the merged list; `uses` counts the items that it serves."""

    name: str
    necessity: str
    count: str
    why: str
    note: str
    proved: bool
    uses: int


@dataclass(frozen=True, slots=True)
class QuestionGroup:
    """A page of the merged form: its title, and the labels of its questions with whether they are answered."""

    title: str
    labels: tuple[tuple[str, bool], ...]


@dataclass(frozen=True, slots=True)
class Saving:
    """A line of the comparison: done one by one, done together, the difference in words, and whether it spares; `words`
    are all of it in short."""

    name: str
    apart: str
    together: str
    difference: str
    spares: bool
    words: str


@dataclass(frozen=True, slots=True)
class PlanInWords:
    """Everything that a page says of a plan.

    `split` says what the materials of the comparison are. `promise` is the one that binds for these answers, ""
    while they leave open what is needed; `shorter` says why it is shorter than the whole package's, "" if it is not.
    """

    items: tuple[ItemLine, ...]
    to_bring: tuple[MaterialLine, ...]
    sometimes: tuple[MaterialLine, ...]
    free: tuple[MaterialLine, ...]
    groups: tuple[QuestionGroup, ...]
    questions: int
    savings: tuple[Saving, ...]
    split: str
    promise: str
    shorter: str


def compose(plan: Plan) -> PlanInWords:
    """The words of a plan."""
    lines = [_material(material) for material in plan.materials]
    conditional = [material.material.necessity is Necessity.CONDITIONAL for material in plan.materials]
    bring = [(line, sometimes) for line, sometimes in zip(lines, conditional, strict=True) if not line.proved]
    answered = {field.field.code for field in plan.fields if field.answer is not None}
    promise = promise_of(plan)
    return PlanInWords(
        items=tuple(_item(member, plan.members) for member in plan.members),
        to_bring=tuple(line for line, sometimes in bring if not sometimes),
        sometimes=tuple(line for line, sometimes in bring if sometimes),
        free=tuple(line for line in lines if line.proved),
        groups=tuple(
            QuestionGroup(page.title, tuple((each.label, each.code in answered) for each in page.fields))
            for page in plan.sections
        ),
        questions=len(plan.fields) - len(answered),
        # One item alone is not done together with anything.
        savings=tuple(_savings(plan.figures)) if len(plan.members) > 1 and not plan.missing else (),
        split=_split(plan),
        promise=promise,
        shorter=_shorter(plan, promise),
    )


def _split(plan: Plan) -> str:
    """What the materials are, in numbers that add up to the one of the comparison."""
    counts: Counter[str] = Counter()
    for planned in plan.materials:
        if planned.given_by:
            counts["given"] += 1
        elif planned.proved:
            counts["免交"] += 1
        elif planned.material.necessity is Necessity.CONDITIONAL:
            counts["视情形"] += 1
        else:
            counts["要交"] += 1
    given = counts.pop("given", 0)
    if not counts:
        return ""
    parts = "、".join(f"{counts[name]} 份{name}" for name in ("要交", "视情形", "免交") if counts[name])
    more = f"，另有 {given} 份由前面办的事项发给，不用交" if given else ""
    return f"材料一共 {counts.total()} 份：{parts}{more}。"


def promise_of(plan: Plan) -> str:
    """The promise that binds: the package's, or that of the longest chain of what is needed if it is shorter."""
    if not plan.members or plan.missing or plan.lacking:
        return ""
    if plan.figures.days.together is not None:
        return limit_zh(plan.figures.days.together, plan.figures.unit)
    whole = plan.package.promised_limit
    return limit_zh(whole.amount, whole.unit) if whole is not None and whole.known else ""


def _shorter(plan: Plan, promise: str) -> str:
    """Why the promise for these answers is not the one for the whole package."""
    whole = plan.package.promised_limit
    if not promise or whole is None or not whole.known or promise == limit_zh(whole.amount, whole.unit):
        return ""
    most = limit_zh(whole.amount, whole.unit)
    return f"这件一件事最长承诺 {most}；按这些回答要办的事项，最久 {promise}就能全部办好，以 {promise}为准。"


def _item(member: PlannedMember, members: tuple[PlannedMember, ...]) -> ItemLine:
    service = member.service
    names = {each.service.code: each.service.name for each in members}
    before = "”“".join(names[code] for code in member.after)
    limit = service.promised_limit
    return ItemLine(
        code=service.code,
        name=service.name,
        department=service.department_name,
        why=member.why,
        when=f"等“{before}”办好后开始" if before else "可以马上开始",
        limit=limit_zh(limit.amount, limit.unit) if limit.known else "",
        optional=member.optional,
    )


def _material(planned: PlannedMaterial) -> MaterialLine:
    material = planned.material
    parts = [f"原件 {material.originals} 份"] if material.originals else []
    parts += [f"复印件 {material.copies} 份"] if material.copies else []
    return MaterialLine(
        name=material.name,
        necessity=NECESSITY_NAMES[material.necessity],
        count="、".join(parts) or FORM_NAMES.get(material.form, material.form),
        why=planned.why,
        note=material.note,
        proved=planned.proved,
        uses=len(planned.asked_for),
    )


def _savings(figures: Figures) -> Iterator[Saving]:
    day = "工作日" if figures.unit == "working" else "天"
    lines = (
        ("材料", figures.materials, "份", "少"),
        ("要答的问题", figures.questions, "项", "少"),
        ("环节", figures.steps, "个", "少"),
        ("跑动", figures.visits, "次", "少"),
        ("承诺时限", figures.days, day, "快"),
    )
    for name, figure, unit, word in lines:
        if figure.parts is not None and figure.together is not None:
            saved = figure.parts - figure.together
            difference = f"{word} {saved}" if saved > 0 else f"多 {-saved}" if saved else "一样"
            apart, together = str(figure.parts), str(figure.together)
            words = f"{name} −{saved} {unit}" if saved > 0 else f"{name}{difference}"
            yield Saving(f"{name}（{unit}）", apart, together, difference, saved > 0, words)
