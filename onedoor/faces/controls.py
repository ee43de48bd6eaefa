"""One drawable question, whether it comes from a Django form or from an item's form in the catalogue.

Faults are shown by us in Chinese after submitting, so no control carries HTML's own validation attributes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from django import forms
from django.forms import BoundField

#: Above this many choices a list is folded into a select.
MANY = 8

WIDTHS = {
    "date": "w-date",
    "number": "w-number",
    "money": "w-number",
    "phone": "w-phone",
    "id_number": "w-id",
    "uscc": "w-id",
    "code": "w-code",
    "name": "w-name",
}
INPUT_TYPES = {"date": "date", "phone": "tel", "password": "password", "file": "file", "hidden": "hidden"}
INPUT_MODES = {"number": "numeric", "money": "decimal", "phone": "tel", "code": "numeric"}


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer of a choice control."""

    value: str
    label: str
    hint: str = ""
    id: str = ""
    chosen: bool = False


@dataclass(frozen=True, slots=True)
class GroupRow:
    """A row of a group of questions. `cells` are the questions that it is asked, or None for one that its other
    answers do not bring up, each with the id of the place that comes and goes ("" for one that is always there)."""

    place: int
    title: str
    cells: tuple[tuple[str, Control | None], ...]


@dataclass(frozen=True, slots=True)
class Control:
    """A question as a page draws it. `type` follows the catalogue's field types, besides password, file, code,
    name, select and hidden; `fault` is the Chinese sentence of the mistake, "" if there is none. A group has
    `rows`, and is `full` when no more may be added."""

    name: str
    label: str
    type: str = "text"
    value: str = ""
    hint: str = ""
    required: bool = True
    fault: str = ""
    choices: tuple[Choice, ...] = ()
    max_length: int = 0
    autocomplete: str = "off"
    placeholder: str = ""
    readonly: bool = False
    key: str = ""
    id: str = ""
    autofocus: bool = False
    rows: tuple[GroupRow, ...] = ()
    full: bool = False

    @property
    def kind(self) -> str:
        """Which way of drawing: choices, textarea, select, check, group or input."""
        if self.type in ("choice", "choices", "boolean"):
            folded = self.type == "choice" and len(self.choices) > MANY
            return "select" if folded else "choices"
        own = ("textarea", "address", "select", "check", "hidden", "group")
        return self.type if self.type in own else "input"

    @property
    def nothing(self) -> str:
        """The words of a select's empty choice; "" when an answer is needed and there is one."""
        own = next((choice.label for choice in self.choices if not choice.value), "")
        if own and not own.startswith("-"):
            return own
        return "" if self.required and any(choice.chosen for choice in self.choices) else "请选择"

    @property
    def box(self) -> str:
        return "checkbox" if self.type == "choices" else "radio"

    @property
    def input_type(self) -> str:
        return INPUT_TYPES.get(self.type, "text")

    @property
    def input_mode(self) -> str:
        return INPUT_MODES.get(self.type, "")

    @property
    def width(self) -> str:
        return WIDTHS.get(self.type, "")

    @property
    def described_by(self) -> str:
        """The ids of the sentences that belong to the control, for assistive technology."""
        parts = [f"{self.id}-hint"] if self.hint else []
        return " ".join(parts + ([f"{self.id}-fault"] if self.fault else []))


class AskedField(Protocol):
    """What is read of a catalogue field."""

    @property
    def code(self) -> str: ...
    @property
    def label(self) -> str: ...
    @property
    def type(self) -> str: ...
    @property
    def required(self) -> bool: ...
    @property
    def hint(self) -> str: ...
    @property
    def max_length(self) -> int: ...
    @property
    def options(self) -> Iterable[Any]: ...


def control_of(field: AskedField, value: Any = None, *, fault: str = "", name: str = "") -> Control:
    """A catalogue field with its present answer (str, bool, int, list of str, or None); `name` if it is not called by
    its code."""
    name = name or field.code
    pairs = [(option.value, option.label) for option in field.options]
    if field.type == "boolean":
        pairs = [("true", "是"), ("false", "否")]
    return Control(
        name=name,
        id=f"id_{name}",
        label=field.label,
        type=field.type,
        value=text_of(value),
        hint=field.hint,
        required=field.required,
        fault=fault,
        choices=choices_of(f"id_{name}", pairs, chosen_of(value)),
        max_length=field.max_length,
    )


def text_of(value: Any) -> str:
    return "" if value is None or isinstance(value, list | tuple | dict) else str(value)


def chosen_of(value: Any) -> set[str]:
    """The chosen values as the form sends them."""
    if value is None:
        return set()
    if isinstance(value, bool):
        return {"true" if value else "false"}
    if isinstance(value, list | tuple | set):
        return {str(part) for part in value}
    return {str(value)}


def choices_of(base: str, pairs: Iterable[tuple[Any, Any]], chosen: set[str]) -> tuple[Choice, ...]:
    """Choices with ids; the first bears the control's own id, so that a summary's link leads to it."""
    return tuple(
        Choice(str(value), str(label), "", base if index == 0 else f"{base}_{index}", str(value) in chosen)
        for index, (value, label) in enumerate(pairs)
    )


def control_of_bound(bound: BoundField) -> Control:
    """A field of a Django form. `widget.attrs` may name `data-type` (phone, code, name, …) and `data-key`."""
    field, widget = bound.field, bound.field.widget
    attrs: Mapping[str, Any] = widget.attrs
    value = bound.value()
    identity = bound.id_for_label or f"id_{bound.html_name}"
    if isinstance(widget, forms.RadioSelect | forms.CheckboxSelectMultiple):
        identity = f"id_{bound.html_name}"
    pairs = getattr(field, "choices", ())
    return Control(
        name=bound.html_name,
        id=identity,
        label=str(bound.label or ""),
        type=str(attrs.get("data-type") or type_of(widget)),
        value=text_of(bound.field.prepare_value(value))
        if not isinstance(widget, forms.CheckboxInput)
        else "",
        hint=str(bound.help_text or ""),
        required=field.required,
        fault=" ".join(str(words) for words in bound.errors),
        choices=bound_choices(widget, identity, bound, pairs),
        max_length=int(getattr(field, "max_length", 0) or 0),
        autocomplete=str(attrs.get("autocomplete", "off")),
        placeholder=str(attrs.get("placeholder", "")),
        readonly=bool(attrs.get("readonly")),
        key=str(attrs.get("data-key", "")),
    )


def bound_choices(widget: forms.Widget, identity: str, bound: BoundField, pairs: Any) -> tuple[Choice, ...]:
    if isinstance(widget, forms.CheckboxInput):
        return (Choice("on", str(bound.label), "", identity, bool(bound.value())),)
    return choices_of(identity, pairs, chosen_of(bound.value()))


def type_of(widget: forms.Widget) -> str:
    """The drawing type of a Django widget; the order matters, since widgets inherit from one another."""
    kinds: tuple[tuple[type[forms.Widget], str], ...] = (
        (forms.CheckboxSelectMultiple, "choices"),
        (forms.RadioSelect, "choice"),
        (forms.CheckboxInput, "check"),
        (forms.Select, "select"),
        (forms.Textarea, "textarea"),
        (forms.HiddenInput, "hidden"),
        (forms.PasswordInput, "password"),
        (forms.FileInput, "file"),
        (forms.DateInput, "date"),
        (forms.NumberInput, "number"),
    )
    return next((name for kind, name in kinds if isinstance(widget, kind)), "text")
