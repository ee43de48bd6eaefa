"""A plan in words: what a package needs, as a page prints it."""

from __future__ import annotations

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
    """Everything that a page says of a plan."""

    items: tuple[ItemLine, ...]
    to_bring: tuple[MaterialLine, ...]
    sometimes: tuple[MaterialLine, ...]
    free: tuple[MaterialLine, ...]
    groups: tuple[QuestionGroup, ...]
    questions: int
    savings: tuple[Saving, ...]


def compose(plan: Plan) -> PlanInWords:
    """The words of a plan."""
    lines = [_material(material) for material in plan.materials]
    conditional = [material.material.necessity is Necessity.CONDITIONAL for material in plan.materials]
    bring = [(line, sometimes) for line, sometimes in zip(lines, conditional, strict=True) if not line.proved]
    answered = {field.field.code for field in plan.fields if field.answer is not None}
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
    )


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
