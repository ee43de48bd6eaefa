"""What citizens type: only whether it can be what is asked for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms

from onedoor.core.identifiers import canonical, validate_mobile
from onedoor.core.numbers import normalise_query_code
from onedoor.core.refusals import Problem, Refused
from onedoor.domain.cases.terms import SATISFACTION, Applicant
from onedoor.domain.people import queries as people

ID_TYPES = {"person": "resident_id", "organization": "uscc"}
KINDS = (("person", "个人"), ("organization", "单位或个体工商户"))
LEVELS = tuple((str(level), words) for level, words in SATISFACTION.items())


def line(label: str, missing: str, most: int, *, hint: str = "", **attrs: str) -> forms.CharField:
    """A one-line question whose sentences are Chinese."""
    return forms.CharField(
        label=label,
        max_length=most,
        help_text=hint,
        widget=forms.TextInput(attrs={name.replace("_", "-"): value for name, value in attrs.items()}),
        error_messages={"required": missing, "max_length": f"“{label}”最多 {most} 个字，请缩短。"},
    )


def words(label: str, most: int, hint: str = "") -> forms.CharField:
    """A free answer that may be left out."""
    return forms.CharField(
        label=label,
        required=False,
        max_length=most,
        help_text=hint,
        widget=forms.Textarea,
        error_messages={"max_length": f"“{label}”最多 {most} 个字，请缩短。"},
    )


def _well_formed(read: Callable[[str], Any], text: str) -> Any:
    """The text as `read` takes it. Raises ValidationError with the sentence of its refusal."""
    try:
        return read(text)
    except Refused as refused:
        raise forms.ValidationError(refused.detail, code=refused.code) from None


class PhoneForm(forms.Form):
    """The telephone that a sign-in code goes to."""

    phone = line(
        "手机号码",
        "请填写手机号码。",
        20,
        hint="11 位手机号，用来接收登录验证码和办件消息",
        data_type="phone",
        autocomplete="tel",
    )

    def clean_phone(self) -> str:
        phone = canonical(self.cleaned_data["phone"])
        _well_formed(validate_mobile, phone)
        return phone


class CodeForm(forms.Form):
    """The sign-in code."""

    code = line(
        "短信验证码",
        "请填写短信里的 6 位验证码。",
        20,
        hint="6 位数字，5 分钟内有效",
        data_type="code",
        autocomplete="one-time-code",
    )

    def clean_code(self) -> str:
        code = canonical(self.cleaned_data["code"])
        if not (len(code) == 6 and code.isascii() and code.isdigit()):
            raise forms.ValidationError("验证码是 6 位数字，请对照短信重新填写。", code="code_malformed")
        return code


class KindForm(forms.Form):
    """Whether a person or a body applies."""

    kind = forms.ChoiceField(
        label="以谁的名义申请？",
        choices=KINDS,
        widget=forms.RadioSelect,
        error_messages={
            "required": "请选择以个人还是以单位名义申请。",
            "invalid_choice": "请从列出的选项中选择。",
        },
    )


class ApplicantForm(forms.Form):
    """Who applies. The words depend on whether a person or a body does."""

    name = line("姓名", "请填写姓名。", 120, data_type="name", autocomplete="name")
    id_number = line("身份证号码", "请填写身份证号码。", 40, data_type="id_number")
    phone = line(
        "手机号码",
        "请填写手机号码。",
        20,
        hint="办理进度会发到这个号码",
        data_type="phone",
        autocomplete="tel",
    )

    def __init__(self, *args: Any, kind: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind = kind
        if kind == "organization":
            self._ask_for_a_body()

    def _ask_for_a_body(self) -> None:
        name, number = self.fields["name"], self.fields["id_number"]
        name.label, name.help_text = "单位名称", "与营业执照或登记证书上的名称一致；个体工商户填字号"
        name.error_messages["required"] = "请填写单位名称。"
        name.widget.attrs["autocomplete"] = "organization"
        number.label, number.help_text = "统一社会信用代码", "18 位，在营业执照或登记证书上"
        number.error_messages["required"] = "请填写统一社会信用代码。"
        number.widget.attrs["data-type"] = "uscc"

    def clean(self) -> dict[str, Any]:
        cleaned = dict(super().clean() or {})
        given = {name: str(cleaned.get(name, "")) for name in ("name", "id_number", "phone")}
        found = people.identity_problems(kind=self.kind, id_type=ID_TYPES[self.kind], **given)
        for problem in found:
            self._blame(problem)
        return cleaned

    def _blame(self, problem: Problem) -> None:
        name = problem.pointer.rpartition("/")[2]
        if name in self.fields and name not in self.errors:
            self.add_error(name, problem.detail)

    @property
    def applicant(self) -> Applicant:
        """The applicant of a valid form."""
        given = self.cleaned_data
        return Applicant(
            self.kind,
            given["name"].strip(),
            ID_TYPES[self.kind],
            canonical(given["id_number"]),
            canonical(given["phone"]),
        )


class DeclarationForm(forms.Form):
    """What one says with a submission."""

    declared = forms.BooleanField(
        label="我已核对以上内容，所填信息和提交的材料真实、有效，并愿意承担相应的法律责任。",
        error_messages={"required": "请核对后勾选声明，再提交。"},
    )


class ProgressForm(forms.Form):
    """A case number with its query code."""

    number = line("办件编号", "请填写办件编号。", 60, hint="在收件凭证和短信里", autocomplete="off")
    query_code = line(
        "查询码", "请填写查询码。", 20, hint="10 位，在收件凭证上，例如 7K3QX-9MZ4T", data_type="name"
    )

    def clean_number(self) -> str:
        return canonical(self.cleaned_data["number"])

    def clean_query_code(self) -> str:
        code: str = _well_formed(normalise_query_code, self.cleaned_data["query_code"])
        return code


class RateForm(forms.Form):
    """How content somebody is."""

    level = forms.ChoiceField(
        label="您对这次办事满意吗？",
        choices=LEVELS,
        widget=forms.RadioSelect,
        error_messages={"required": "请选择满意程度。", "invalid_choice": "请从列出的选项中选择。"},
    )
    text = words("想说的话", 500, "哪里好、哪里不好，都可以写；请不要写身份证号等个人信息")

    @property
    def payload(self) -> dict[str, Any]:
        """The payload of the verb `rate`."""
        said = self.cleaned_data["text"].strip()
        return {"level": int(self.cleaned_data["level"]), **({"text": said} if said else {})}


class WithdrawForm(forms.Form):
    """Why an application is taken back."""

    reason = words("撤回原因", 500)

    @property
    def payload(self) -> dict[str, str]:
        """The payload of the verb `withdraw`."""
        said = self.cleaned_data["reason"].strip()
        return {"reason": said} if said else {}


class VerifyForm(forms.Form):
    """The code on a paper."""

    code = line("核验码", "请填写文书右下角的核验码。", 60, hint="印在文书二维码旁边，大小写和横线不影响")
