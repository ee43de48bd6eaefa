"""One's own account: password, the browsers one is signed in with, tokens."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from onedoor.core.refusals import Refused
from onedoor.domain.offices import actions as accounts
from onedoor.domain.offices import queries as offices
from onedoor.domain.offices.terms import Duty, Principal
from onedoor.faces.access import admits, now, open_browser_session, session_secret, signed_in
from onedoor.faces.devices import origin_of
from onedoor.faces.staff import STAFF, page

from .confirming import ACCOUNT, confirmed
from .scopes import Scopes

TOKEN_DAYS = (("30", "30 天"), ("90", "90 天"), ("365", "365 天"))


def _secret(label: str, autocomplete: str, missing: str, hint: str = "") -> forms.CharField:
    return forms.CharField(
        label=label,
        max_length=200,
        strip=False,
        help_text=hint,
        widget=forms.PasswordInput(attrs={"autocomplete": autocomplete}),
        error_messages={"required": missing, "max_length": f"“{label}”最多 200 个字符，请缩短。"},
    )


class PasswordForm(forms.Form):
    """The old password, and the new one twice."""

    old = _secret("原密码", "current-password", "请填写原密码。")
    new = _secret("新密码", "new-password", "请填写新密码。")
    again = _secret("再输一遍新密码", "new-password", "请再输一遍新密码。")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        profile = offices.in_force().profile
        kinds = f"，大写字母、小写字母、数字、符号至少 {profile.kinds} 种" if profile.kinds else ""
        self.fields["new"].help_text = f"至少 {profile.minimum} 个字符{kinds}；几个不相关的词连起来又长又好记"

    def clean(self) -> dict[str, Any]:
        found: dict[str, Any] = super().clean() or {}
        if "new" in found and "again" in found and found["new"] != found["again"]:
            self.add_error("again", "两次输入的新密码不一致，请重新输入。")
        return found


class TokenForm(forms.Form):
    """What a token is for, and how long it holds."""

    name = forms.CharField(
        label="用途（给哪个程序用）",
        max_length=60,
        widget=forms.TextInput(attrs={"data-type": "text"}),
        error_messages={"required": "请写明令牌的用途。", "max_length": "用途最多 60 个字，请缩短。"},
    )
    days = forms.ChoiceField(
        label="有效期",
        choices=TOKEN_DAYS,
        initial="90",
        widget=forms.Select,
        error_messages={"required": "请选择有效期。", "invalid_choice": "请从列表中选择有效期。"},
    )


@admits(STAFF)
@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    """Everything about one's own account."""
    return _overview(request, TokenForm())


def _overview(request: HttpRequest, form: TokenForm, status: int = 200) -> HttpResponse:
    principal, at = signed_in(request), now()
    words = {
        "form": form,
        "roles": Scopes.of(principal.tenant_id).words(principal.grants),
        "factor": offices.factor(principal.user_id),
        "sessions": offices.sessions(principal.user_id, secret=session_secret(request), at=at),
        "tokens": offices.tokens(principal.user_id, at=at),
    }
    return page(request, "desk/account.html", words, status=status)


@admits(STAFF, despite_duty=True)
@require_http_methods(["GET", "HEAD", "POST"])
def password(request: HttpRequest) -> HttpResponse:
    """Choose a new password. Everything that the old one opened ends; this browser stays signed in."""
    principal = signed_in(request)
    if request.method != "POST":
        return _ask_password(request, principal, PasswordForm())
    form = PasswordForm(request.POST)
    if not form.is_valid():
        return _ask_password(request, principal, form, 422)
    try:
        secret = accounts.change_password(
            user_id=principal.user_id,
            secret=session_secret(request),
            old=form.cleaned_data["old"],
            new=form.cleaned_data["new"],
            origin=origin_of(request),
            at=now(),
        )
    except Refused as refused:
        form.add_error(
            "old" if refused.code in ("wrong_password", "too_many_attempts") else "new", refused.detail
        )
        return _ask_password(request, principal, form, refused.status)
    words = {
        "title": "密码已修改",
        "lead": "其他设备上的登录和您的接口令牌都已失效，请用新密码重新登录。这台设备不用重新登录。",
        "back": "/desk/" if principal.duty else ACCOUNT,
        "back_words": "继续",
    }
    response = page(request, "desk/account_done.html", words)
    open_browser_session(request, response, secret)
    return response


def _ask_password(
    request: HttpRequest, principal: Principal, form: PasswordForm, status: int = 200
) -> HttpResponse:
    words = {"form": form, "forced": principal.duty is Duty.NEW_PASSWORD}
    return page(request, "desk/password.html", words, status=status)


@admits(STAFF)
@require_POST
def end_session(request: HttpRequest, handle: str) -> HttpResponse:
    """End one of one's own sessions."""
    accounts.end_session(user_id=signed_in(request).user_id, handle=handle, at=now())
    return HttpResponseRedirect(f"{ACCOUNT}#sessions")


@admits(STAFF)
@require_POST
def end_others(request: HttpRequest) -> HttpResponse:
    """End every session but this one."""
    accounts.end_other_sessions(user_id=signed_in(request).user_id, secret=session_secret(request), at=now())
    return HttpResponseRedirect(f"{ACCOUNT}#sessions")


@admits(STAFF)
@require_POST
@confirmed(ACCOUNT)
def issue_token(request: HttpRequest) -> HttpResponse:
    """Make a token and show it this once."""
    principal = signed_in(request)
    form = TokenForm(request.POST)
    if not form.is_valid():
        return _overview(request, form, 422)
    try:
        token = accounts.issue_token(
            username=principal.username,
            principal=principal.key,
            at=now(),
            days=int(form.cleaned_data["days"]),
            name=form.cleaned_data["name"],
        )
    except Refused as refused:
        form.add_error(None, refused.detail)
        return _overview(request, form, refused.status)
    words = {
        "title": "令牌已签发",
        "lead": "请现在就复制到要用它的程序里。离开这一页就再也看不到了；丢了可以停用后重新签发。",
        "lines": [token],
        "back": ACCOUNT,
        "back_words": "已经保存，返回我的账号",
    }
    return shown_once(request, words)


@admits(STAFF)
@require_POST
def revoke_token(request: HttpRequest, handle: str) -> HttpResponse:
    """End a token of one's own."""
    principal = signed_in(request)
    accounts.revoke_token(user_id=principal.user_id, handle=handle, principal=principal.key, at=now())
    return HttpResponseRedirect(f"{ACCOUNT}#tokens")


def shown_once(request: HttpRequest, words: dict[str, Any]) -> HttpResponse:
    """A page that holds a secret and is kept nowhere."""
    response = page(request, "desk/account_done.html", words)
    response["Cache-Control"] = "no-store"
    return response
