"""Staff accounts as the administrators manage them: `admin` opens, closes and gives roles, `security` helps out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from onedoor.core.refusals import Refused
from onedoor.domain.offices import actions as accounts
from onedoor.domain.offices import queries as offices
from onedoor.domain.offices.terms import NOT_AT_DESK, ROLE_NAMES, AccountView, Grant, Principal, Role
from onedoor.faces.access import Access, admits, now, signed_in
from onedoor.faces.casework import onward
from onedoor.faces.staff import SIGN_IN, page

from .account import shown_once
from .confirming import confirmed
from .scopes import Scopes

STAFF_PAGE = "/desk/staff"
ADMIN = Access(roles=frozenset({Role.ADMIN}), sign_in=SIGN_IN)
SECURITY = Access(roles=frozenset({Role.SECURITY}), sign_in=SIGN_IN)
EITHER = Access(roles=ADMIN.roles | SECURITY.roles, sign_in=SIGN_IN)
PAGE = 50
STATES = (("active", "在用"), ("disabled", "已停用"))
GIVEN = tuple((role.value, name) for role, name in ROLE_NAMES.items() if role not in NOT_AT_DESK)


class GrantForm(forms.Form):
    """A role and where it holds."""

    role = forms.ChoiceField(
        label="角色",
        choices=(("", "请选择"), *GIVEN),
        widget=forms.Select,
        error_messages={"required": "请选择角色。", "invalid_choice": "请从列表中选择角色。"},
    )
    department = forms.ChoiceField(
        label="部门",
        required=False,
        widget=forms.Select,
        error_messages={"invalid_choice": "请从列表中选择部门。"},
    )
    place = forms.ChoiceField(
        label="乡镇、村",
        required=False,
        widget=forms.Select,
        error_messages={"invalid_choice": "请从列表中选择乡镇或村。"},
    )

    def __init__(self, *args: Any, scopes: Scopes, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, every, known in (
            ("department", "全县各部门", scopes.departments),
            ("place", "全县", scopes.places),
        ):
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = [("", every), *known.items()]

    def grant(self) -> Grant:
        """What was chosen."""
        found = self.cleaned_data
        return Grant(Role(found["role"]), found["department"] or None, found["place"])


class NewForm(GrantForm):
    """A new account with its first role."""

    username = forms.CharField(
        label="用户名",
        max_length=60,
        help_text="登录时用，例如姓名拼音；以后不能改",
        widget=forms.TextInput(attrs={"data-type": "name"}),
        error_messages={"required": "请填写用户名。", "max_length": "用户名最多 60 个字符，请缩短。"},
    )
    name = forms.CharField(
        label="姓名",
        max_length=60,
        widget=forms.TextInput(attrs={"data-type": "name"}),
        error_messages={"required": "请填写姓名。", "max_length": "姓名最多 60 个字，请缩短。"},
    )
    field_order = ("username", "name", "role", "department", "place")


@admits(EITHER)
@require_safe
def listed(request: HttpRequest) -> HttpResponse:
    """Every account, in order of user name."""
    principal = signed_in(request)
    asked = {name: request.GET.get(name, "").strip() for name in ("q", "role", "state")}
    found = offices.accounts(
        principal.tenant_id, **asked, after=request.GET.get("cursor", ""), limit=PAGE + 1
    )
    shown = found[:PAGE]
    scopes = Scopes.of(principal.tenant_id)
    words = {
        "asked": asked,
        "narrowed": any(asked.values()),
        "roles": tuple((role.value, name) for role, name in ROLE_NAMES.items() if role is not Role.APPLICANT),
        "states": STATES,
        "rows": [(row, scopes.words(held.grant for held in row.grants)) for row in shown],
        "total_words": f"共 {offices.accounts_counted(principal.tenant_id, **asked)} 个账号",
        "next_url": onward(STAFF_PAGE, asked, shown[-1].username if len(found) > PAGE else ""),
        "may_add": principal.has(Role.ADMIN),
    }
    return page(request, "desk/staff.html", words)


@admits(ADMIN)
@require_http_methods(["GET", "HEAD", "POST"])
@confirmed(f"{STAFF_PAGE}/new")
def new(request: HttpRequest) -> HttpResponse:
    """Open an account; its password for the first sign-in is shown this once."""
    principal = signed_in(request)
    scopes = Scopes.of(principal.tenant_id)
    if request.method != "POST":
        return page(request, "desk/staff_new.html", {"form": NewForm(scopes=scopes)})
    form = NewForm(request.POST, scopes=scopes)
    if form.is_valid():
        try:
            password = accounts.open_account(
                tenant_id=principal.tenant_id,
                username=form.cleaned_data["username"],
                name=form.cleaned_data["name"],
                grant=form.grant(),
                principal=principal,
                at=now(),
            )
        except Refused as refused:
            form.add_error("username" if refused.code.startswith("username") else None, refused.detail)
        else:
            username = form.cleaned_data["username"]
            return _password_shown(request, "账号已建立", username, password, STAFF_PAGE)
    return page(request, "desk/staff_new.html", {"form": form}, status=422)


@admits(EITHER)
@require_safe
def person(request: HttpRequest, user_id: int) -> HttpResponse:
    """One account, and what the one who looks may do about it."""
    principal = signed_in(request)
    form = GrantForm(scopes=Scopes.of(principal.tenant_id))
    return _person(request, principal, _known(principal, user_id), form)


def _person(
    request: HttpRequest, principal: Principal, row: AccountView, form: GrantForm, status: int = 200
) -> HttpResponse:
    scopes = Scopes.of(principal.tenant_id)
    own = row.id == principal.user_id
    words = {
        "row": row,
        "grants": [(held, scopes.word(held.grant)) for held in row.grants],
        "form": form,
        "own": own,
        "may_manage": principal.has(Role.ADMIN) and not own and not row.administrator,
        "may_help": principal.has(Role.SECURITY) and not own,
        "administrates": principal.has(Role.ADMIN),
        "tokens": offices.tokens(row.id, at=now()) if principal.has(Role.SECURITY) and not own else (),
        "path": f"{STAFF_PAGE}/{row.id}",
    }
    return page(request, "desk/staff_person.html", words, status=status)


def _known(principal: Principal, user_id: int) -> AccountView:
    found = offices.account(principal.tenant_id, user_id)
    if found is None:
        raise Refused("unknown_user", "没有这个账号，请返回列表重新选择。", status=404)
    return found


def _back(row: AccountView) -> HttpResponse:
    return HttpResponseRedirect(f"{STAFF_PAGE}/{row.id}")


def _done(request: HttpRequest, user_id: int, act: Callable[..., object], **more: Any) -> HttpResponse:
    """Do one act to an account and go back to its page."""
    principal = signed_in(request)
    row = _known(principal, user_id)
    act(username=row.username, principal=principal, at=now(), **more)
    return _back(row)


@admits(ADMIN)
@require_POST
@confirmed(STAFF_PAGE + "/{user_id}")
def disable(request: HttpRequest, user_id: int) -> HttpResponse:
    """Close an account at once."""
    return _done(request, user_id, accounts.disable_user)


@admits(ADMIN)
@require_POST
@confirmed(STAFF_PAGE + "/{user_id}")
def enable(request: HttpRequest, user_id: int) -> HttpResponse:
    """Open a closed account again."""
    return _done(request, user_id, accounts.enable_user)


@admits(ADMIN)
@require_POST
@confirmed(STAFF_PAGE + "/{user_id}")
def grant(request: HttpRequest, user_id: int) -> HttpResponse:
    """Give a role."""
    principal = signed_in(request)
    row = _known(principal, user_id)
    form = GrantForm(request.POST, scopes=Scopes.of(principal.tenant_id))
    if not form.is_valid():
        return _person(request, principal, row, form, 422)
    try:
        accounts.grant_role(username=row.username, grant=form.grant(), principal=principal, at=now())
    except Refused as refused:
        form.add_error("role", refused.detail)
        return _person(request, principal, row, form, refused.status)
    return _back(row)


@admits(ADMIN)
@require_POST
@confirmed(STAFF_PAGE + "/{user_id}")
def revoke(request: HttpRequest, user_id: int, grant_id: int) -> HttpResponse:
    """Take a role away."""
    return _done(request, user_id, accounts.revoke_role, grant_id=grant_id)


@admits(ADMIN)
@require_POST
@confirmed(STAFF_PAGE + "/{user_id}")
def reset_password(request: HttpRequest, user_id: int) -> HttpResponse:
    """A password for one sign-in in place of a forgotten one."""
    principal = signed_in(request)
    row = _known(principal, user_id)
    password = accounts.reset_password(username=row.username, principal=principal, at=now())
    return _password_shown(request, "密码已重置", row.username, password, f"{STAFF_PAGE}/{row.id}")


@admits(SECURITY)
@require_POST
@confirmed(STAFF_PAGE + "/{user_id}")
def reset_factor(request: HttpRequest, user_id: int) -> HttpResponse:
    """Remove the second factor of somebody who has lost it."""
    return _done(request, user_id, accounts.reset_factor)


@admits(SECURITY)
@require_POST
@confirmed(STAFF_PAGE + "/{user_id}")
def unlock(request: HttpRequest, user_id: int) -> HttpResponse:
    """Forget wrong passwords and codes."""
    return _done(request, user_id, accounts.unlock_user)


@admits(SECURITY)
@require_POST
@confirmed(STAFF_PAGE + "/{user_id}")
def end_sessions(request: HttpRequest, user_id: int) -> HttpResponse:
    """Sign somebody out everywhere."""
    return _done(request, user_id, accounts.end_user_sessions)


@admits(SECURITY)
@require_POST
@confirmed(STAFF_PAGE + "/{user_id}")
def revoke_token(request: HttpRequest, user_id: int, handle: str) -> HttpResponse:
    """End one token of somebody."""
    return _done(request, user_id, accounts.revoke_user_token, handle=handle)


def _password_shown(
    request: HttpRequest, title: str, username: str, password: str, back: str
) -> HttpResponse:
    words = {
        "title": title,
        "lead": f"请把初始密码当面告诉“{username}”本人。它在 3 天内有效，首次登录后必须修改。"
        "离开这一页就再也看不到了。",
        "lines": [password],
        "back": back,
        "back_words": "已经告知，返回",
    }
    return shown_once(request, words)
