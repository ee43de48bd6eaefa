"""What is left to do in an application, as a task list and as answers to check."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from onedoor.core.identifiers import mask_id
from onedoor.core.instants import page_date
from onedoor.core.refusals import Problem
from onedoor.domain.cases.queries import DraftMaterial, DraftSheet
from onedoor.domain.catalog.forms import PROVIDED
from onedoor.domain.catalog.terms import Section
from onedoor.domain.people.terms import ACT_NAMES, CAPACITY_NAMES, Act, AgentGiven, Capacity
from onedoor.faces.parts import Row, Task

from .forms import KINDS
from .questions import visible

DONE, BEGUN, OPEN = ("已完成", "jade"), ("未填完", "amber"), ("未开始", "")
_NAMES = {
    "person": ("姓名", "身份证号码"),
    "organization": ("单位名称", "统一社会信用代码"),
}


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that keeps an application from being submitted, and where it is mended."""

    words: str
    url: str


@dataclass(frozen=True, slots=True)
class Group:
    """Answers to check under one heading."""

    title: str
    rows: tuple[Row, ...]


def base(draft: DraftSheet) -> str:
    """The address of the task list."""
    return f"/cases/{draft.number}/apply"


def tasks(draft: DraftSheet) -> tuple[Task, ...]:
    """Everything to do, in the order of doing; submitting comes last and waits for the rest."""
    root = base(draft)
    state, tone = _applicant_state(draft)
    found = [_agent_task(draft), Task("填写申请人信息", state, f"{root}/applicant", "", tone)]
    found += [_section_task(draft, section) for section in draft.version.sections]
    if draft.materials:
        found.append(_materials_task(draft))
    ready = not draft.problems
    found.append(
        Task(
            "检查并提交",
            "可以提交" if ready else "完成上面各项后提交",
            f"{root}/check" if ready else "",
            "",
            "door" if ready else "",
        )
    )
    return tuple(found)


def done_count(listed: tuple[Task, ...]) -> int:
    """How many tasks are done."""
    return sum(task.state in (DONE[0], "不需要填写") for task in listed)


def _applicant_state(draft: DraftSheet) -> tuple[str, str]:
    if not draft.applicant.name:
        return OPEN
    return BEGUN if _under(draft, "/applicant") else DONE


def _agent_task(draft: DraftSheet) -> Task:
    """For whom it is; to begin with for oneself."""
    hint = f"替别人办，代办人{draft.agent.name}" if draft.agent else "自己办；替别人办的，请点这里"
    state, tone = BEGUN if _under(draft, "/agent") else DONE
    return Task("给谁办", state, f"{base(draft)}/agent", hint, tone)


def _section_task(draft: DraftSheet, section: Section) -> Task:
    asked = visible(draft.version, section.fields, draft.form)
    if not asked:
        return Task(f"填写{section.title}", "不需要填写", "", "根据您的其他回答，这部分不用填")
    codes = {f"/form/{field.code}" for field in asked}
    missing = any(problem.pointer in codes for problem in draft.problems)
    begun = any(field.code in draft.form for field in asked)
    state, tone = (BEGUN if begun else OPEN) if missing else DONE
    return Task(f"填写{section.title}", state, section_url(draft, section), "", tone)


def section_url(draft: DraftSheet, section: Section) -> str:
    """Where the questions of a section are answered."""
    return f"{base(draft)}/section/{section.code}"


def _materials_task(draft: DraftSheet) -> Task:
    wanted = [material for material in draft.materials if not material.proved]
    given = sum(material.given for material in wanted)
    hint = f"共 {len(draft.materials)} 份，其中 {len(draft.materials) - len(wanted)} 份免提交"
    state, tone = DONE if given == len(wanted) else BEGUN if given else OPEN
    return Task("准备材料", state, f"{base(draft)}/materials", hint, tone)


def material_tasks(draft: DraftSheet) -> tuple[Task, ...]:
    """The materials that are to be handed in; those that are proved come last, without a link."""
    wanted = [m for m in draft.materials if not m.proved]
    proved = [m for m in draft.materials if m.proved]
    return tuple(_material_task(draft, material) for material in (*wanted, *proved))


def _material_task(draft: DraftSheet, given: DraftMaterial) -> Task:
    url = f"{base(draft)}/materials/{given.material.code}"
    if given.proved:
        return Task(given.material.name, "免提交", url, "系统自动核验，不用您提供", "jade")
    state, tone = (way_words(given), "jade") if given.given else ("待准备", "")
    return Task(given.material.name, state, url, given.material.note, tone)


def way_words(given: DraftMaterial) -> str:
    """How a material is handed in, in a few words; "" if it is not."""
    if given.way == "upload":
        return f"已上传 {len(given.uploads)} 个文件" if given.uploads else ""
    return PROVIDED.get(given.way, "")


def groups(draft: DraftSheet, *, verified: bool = False) -> tuple[Group, ...]:
    """All answers to check, each with the way to change it; the number of a `verified` applicant is masked."""
    found = [Group("申请人", _applicant_rows(draft, verified))]
    if draft.agent is not None:
        found.append(Group("代办人", _agent_rows(draft, draft.agent)))
    for section in draft.version.sections:
        asked = visible(draft.version, section.fields, draft.form)
        url = f"{section_url(draft, section)}?from=check"
        rows = tuple(
            Row(field.label, draft.answers.get(field.code, ""), f"{url}#id_{field.code}") for field in asked
        )
        if rows:
            found.append(Group(section.title, rows))
    if draft.materials:
        found.append(Group("材料", tuple(_material_row(draft, material) for material in draft.materials)))
    return tuple(found)


def _applicant_rows(draft: DraftSheet, verified: bool) -> tuple[Row, ...]:
    who, url = draft.applicant, f"{base(draft)}/applicant?from=check"
    name, number = _NAMES.get(who.kind, _NAMES["person"])
    return (
        Row("申请人类型", dict(KINDS).get(who.kind, ""), f"{url}&kind=" if _may_choose(draft) else ""),
        Row(name, who.name, f"{url}#id_name"),
        Row(number, mask_id(who.id_number) if verified else who.id_number, f"{url}#id_id_number"),
        Row("手机号码", who.phone, f"{url}#id_phone"),
    )


def _agent_rows(draft: DraftSheet, agent: AgentGiven) -> tuple[Row, ...]:
    url = f"{base(draft)}/agent?from=check"
    capacity = CAPACITY_NAMES[Capacity(agent.capacity)] if agent.capacity else ""
    return (
        Row("代办人", f"{agent.name}（{capacity}）" if capacity else agent.name, url),
        Row("代办人身份证号码", mask_id(agent.id_number), url),
        Row("代办权限", "、".join(ACT_NAMES[act] for act in Act if act.value in agent.acts), url),
        Row("代办到", _day(agent.until), url),
    )


def _day(text: str) -> str:
    """A day in words; what a program has put into the draft instead is shown as it is."""
    try:
        return page_date(date.fromisoformat(text))
    except ValueError:
        return text


def _may_choose(draft: DraftSheet) -> bool:
    return len(draft.version.audience) > 1


def _material_row(draft: DraftSheet, given: DraftMaterial) -> Row:
    names = "\n".join(upload.name for upload in given.uploads) if given.way == "upload" else ""
    words = (way_words(given) or "还没有提供") + (f"\n{names}" if names else "")
    return Row(given.material.name, words, f"{base(draft)}/materials/{given.material.code}?from=check")


def faults(draft: DraftSheet, problems: tuple[Problem, ...] | None = None) -> tuple[Fault, ...]:
    """What is wrong or missing, each with the page where it is mended."""
    found = [
        Fault(problem.detail, _mended_at(draft, problem.pointer))
        for problem in (draft.problems if problems is None else problems)
        if not problem.pointer.startswith("/materials")
    ]
    # The interface names materials by place and code; people know them by name.
    missing = [given.material for given in draft.materials if not given.given]
    if problems and not found and not missing:
        found = [Fault(problem.detail, f"{base(draft)}/materials") for problem in problems]
    found += [
        Fault(f"请提供材料“{material.name}”。", f"{base(draft)}/materials/{material.code}?from=check")
        for material in missing
    ]
    return tuple(found)


def _mended_at(draft: DraftSheet, pointer: str) -> str:
    root, last = base(draft), pointer.rpartition("/")[2]
    if pointer.startswith("/agent"):
        asked = "" if last == "entrustment" else f"&asked=agent#id_{last}"
        return f"{root}/agent?from=check{asked}"
    if pointer.startswith("/applicant"):
        return f"{root}/applicant?from=check#id_{last}"
    if pointer.startswith("/form/"):
        for section in draft.version.sections:
            if any(field.code == last for field in section.fields):
                return f"{section_url(draft, section)}?from=check#id_{last}"
    return root


def _under(draft: DraftSheet, prefix: str) -> bool:
    return any(problem.pointer.startswith(prefix) for problem in draft.problems)
