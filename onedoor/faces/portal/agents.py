"""What is asked of an agent, and of who entrusts one."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, Final

from django import forms

from onedoor.core.identifiers import canonical
from onedoor.core.refusals import Problem
from onedoor.domain.people.terms import ACT_NAMES, CAPACITY_NAMES, Act, AgentGiven, Capacity, Told

from .forms import KINDS, line, words

ACTS: Final = [(act.value, f"代为{ACT_NAMES[act]}") for act in Act]
CAPACITIES: Final = [(each.value, name) for each, name in CAPACITY_NAMES.items()]
TOLD: Final = [(Told.PRINCIPAL.value, "申请人"), (Told.AGENT.value, "代办人")]
BOTH: Final = tuple(told.value for told in Told)
USUAL: Final = timedelta(days=180)
SELF: Final = "self"
OTHER: Final = "other"


def _ticked(
    label: str, choices: list[tuple[str, str]], missing: str, hint: str = ""
) -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(
        label=label,
        choices=choices,
        help_text=hint,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": missing, "invalid_choice": "请从列出的选项中选择。"},
    )


def _one_of(label: str, choices: list[tuple[str, str]], missing: str, hint: str = "") -> forms.ChoiceField:
    return forms.ChoiceField(
        label=label,
        choices=choices,
        help_text=hint,
        widget=forms.RadioSelect,
        error_messages={"required": missing, "invalid_choice": "请从列出的选项中选择。"},
    )


class AgentForm(forms.Form):
    """Who acts, by what right, with which powers, until when. `capacities` are those that fit the principal."""

    name = line("代办人姓名", "请填写代办人姓名。", 120, data_type="name", autocomplete="name")
    id_number = line("代办人身份证号码", "请填写代办人的身份证号码。", 40, data_type="id_number")
    phone = line("代办人手机号码", "请填写代办人的手机号码。", 20, data_type="phone", autocomplete="tel")
    capacity = _one_of("代办人与申请人的关系", CAPACITIES, "请选择代办人与申请人的关系。")
    acts = _ticked("代办权限", ACTS, "请至少选择一项代办权限。")
    until = forms.DateField(
        label="代办到哪一天为止",
        help_text="含当天，最长 5 年；到期后代办人自动不能再办",
        widget=forms.DateInput(format="%Y-%m-%d"),
        error_messages={
            "required": "请填写代办到哪一天为止。",
            "invalid": "请填写年月日，例如 2027-06-30。",
        },
    )

    def __init__(self, *args: Any, kinds: tuple[str, ...], today: date, **kwargs: Any) -> None:
        kwargs["initial"] = {
            "until": today + USUAL,
            "acts": [act.value for act in Act],
            **(kwargs.get("initial") or {}),
        }
        super().__init__(*args, **kwargs)
        misfit = {Capacity.GUARDIAN.value: "person", Capacity.STAFF.value: "organization"}
        fitting = [(code, name) for code, name in CAPACITIES if misfit.get(code, kinds[0]) in kinds]
        capacity = self.fields["capacity"]
        assert isinstance(capacity, forms.ChoiceField)
        capacity.choices = fitting

    @property
    def agent(self) -> AgentGiven:
        """The agent of a valid form."""
        given = self.cleaned_data
        return AgentGiven(
            name=given["name"].strip(),
            id_number=canonical(given["id_number"]),
            phone=canonical(given["phone"]),
            capacity=given["capacity"],
            until=given["until"].isoformat(),
            acts=tuple(given["acts"]),
            notify=tuple(given.get("notify", BOTH)),
        )

    def blame(self, problems: tuple[Problem, ...]) -> None:
        """Put the room's faults to the fields they belong to; pointers end with a field's name."""
        for problem in problems:
            name = problem.pointer.rpartition("/")[2]
            place = name if name in self.fields else None
            if place is None or place not in self.errors:
                self.add_error(place, problem.detail)


class StandInForm(AgentForm):
    """The agent of one application, who is the one that fills it in."""

    notify = _ticked("办理进度的短信发给谁", TOLD, "请选择短信发给谁，至少一个。")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["initial"] = {"notify": [told.value for told in Told], **(kwargs.get("initial") or {})}
        super().__init__(*args, **kwargs)
        for name, label in (("name", "您的姓名"), ("id_number", "您的身份证号码"), ("phone", "您的手机号码")):
            self.fields[name].label = label
        self.fields["capacity"].label = "您与申请人的关系"
        self.fields["acts"].label = "申请人委托您办哪些事"


class WhoForm(forms.Form):
    """Whether one applies for oneself or for another; standing entrustments are choices of their own."""

    who = _one_of("这件事是给谁办的？", [], "请选择给谁办。")

    def __init__(self, *args: Any, standing: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        who = self.fields["who"]
        assert isinstance(who, forms.ChoiceField)
        who.choices = [
            (SELF, "我自己（或者我负责的单位）"),
            *standing,
            (OTHER, "我替别人办"),
        ]


class EntrustForm(AgentForm):
    """A standing entrustment: who entrusts, and then whom. `services` is resolved by the page."""

    kind = _one_of("以谁的名义委托？", list(KINDS), "请选择以个人还是以单位名义委托。")
    principal_name = line("委托人姓名或单位名称", "请填写委托人姓名或单位名称。", 120, data_type="name")
    principal_number = line(
        "委托人证件号码", "请填写委托人的证件号码。", 40, hint="个人填身份证号码，单位填统一社会信用代码"
    )
    services = words("可以代办的事项", 500, "每行一个事项名称；不填就是所有事项")

    field_order = (
        "kind",
        "principal_name",
        "principal_number",
        "name",
        "id_number",
        "phone",
        "capacity",
        "acts",
        "services",
        "until",
    )
