"""The second factor of one's own account."""

from __future__ import annotations

import io

import segno
from django import forms
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from onedoor.core.refusals import Refused
from onedoor.domain.offices import actions as accounts
from onedoor.domain.offices import queries as offices
from onedoor.domain.offices.terms import Duty, Entered
from onedoor.faces.access import admits, now, open_browser_session, session_secret, signed_in
from onedoor.faces.staff import STAFF, page

from .account import shown_once
from .confirming import ACCOUNT, confirmed

FACTOR = f"{ACCOUNT}/factor"
ENROL = f"{FACTOR}/new"
_KEEP = (
    "每个恢复码只能用一次。手机丢失或损坏时，登录的第二步可以输入一个恢复码代替动态验证码。"
    "请打印或抄下来，和手机分开存放。"
)


class EnrolForm(forms.Form):
    """The first code of a new authenticator."""

    code = forms.CharField(
        label="身份验证器上的 6 位数字",
        max_length=20,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "data-type": "code"}),
        error_messages={"required": "请填写身份验证器上的数字。", "max_length": "应为 6 位数字，请核对。"},
    )


@admits(STAFF, despite_duty=True)
@require_safe
def factor(request: HttpRequest) -> HttpResponse:
    """Whether codes are asked for, and what can be done about it."""
    principal = signed_in(request)
    needed = offices.in_force().factor_roles
    words = {
        "factor": offices.factor(principal.user_id),
        "passkeys": offices.passkeys(principal.user_id),
        "forced": principal.duty is Duty.SECOND_FACTOR,
        "required": principal.has(*needed),
        "by_passkey": any(
            session.current and session.entered == Entered.PASSKEY
            for session in offices.sessions(principal.user_id, secret=session_secret(request), at=now())
        ),
    }
    return page(request, "desk/factor.html", words)


@admits(STAFF, despite_duty=True)
@require_POST
@confirmed(FACTOR)
def begin(request: HttpRequest) -> HttpResponse:
    """Make a secret to be scanned."""
    accounts.begin_totp(user_id=signed_in(request).user_id, at=now())
    return HttpResponseRedirect(ENROL)


@admits(STAFF, despite_duty=True)
@require_http_methods(["GET", "HEAD", "POST"])
@confirmed()
def enrol(request: HttpRequest) -> HttpResponse:
    """Scan, then type the first code; the recovery codes are shown this once."""
    principal = signed_in(request)
    if request.method != "POST":
        return _ask(request, EnrolForm())
    form = EnrolForm(request.POST)
    if not form.is_valid():
        return _ask(request, form, 422)
    try:
        enrolled = accounts.confirm_totp(
            user_id=principal.user_id,
            session=session_secret(request),
            code=form.cleaned_data["code"],
            at=now(),
        )
    except Refused as refused:
        if refused.code == "not_enrolling":
            raise
        form.add_error("code", refused.detail)
        return _ask(request, form, refused.status)
    response = _show_codes(request, "两步验证已启用", enrolled.recovery_codes)
    open_browser_session(request, response, enrolled.session)
    return response


@admits(STAFF, despite_duty=True)
@require_safe
@confirmed(FACTOR)
def qr(request: HttpRequest) -> HttpResponse:
    """The QR code that an authenticator scans."""
    found = offices.enrolment(signed_in(request).user_id)
    if found is None:
        raise Http404
    picture = io.BytesIO()
    segno.make(found.uri, error="m").save(picture, kind="svg", scale=5, border=4, light="white")
    response = HttpResponse(picture.getvalue(), content_type="image/svg+xml")
    response["Cache-Control"] = "no-store"
    return response


@admits(STAFF)
@require_POST
@confirmed(FACTOR)
def new_codes(request: HttpRequest) -> HttpResponse:
    """Fresh recovery codes; the old ones are void."""
    codes = accounts.new_recovery_codes(user_id=signed_in(request).user_id, at=now())
    return _show_codes(request, "新的恢复码", codes)


@admits(STAFF)
@require_POST
@confirmed(FACTOR)
def remove(request: HttpRequest) -> HttpResponse:
    """Do without codes again."""
    accounts.remove_factor(user_id=signed_in(request).user_id, at=now())
    return HttpResponseRedirect(FACTOR)


def _show_codes(request: HttpRequest, title: str, codes: tuple[str, ...]) -> HttpResponse:
    words = {
        "title": title,
        "lead": _KEEP + "离开这一页就再也看不到了。",
        "lines": codes,
        "back": ACCOUNT,
        "back_words": "已经保存，返回我的账号",
        "printable": True,
    }
    return shown_once(request, words)


def _ask(request: HttpRequest, form: EnrolForm, status: int = 200) -> HttpResponse:
    found = offices.enrolment(signed_in(request).user_id)
    if found is None:
        return HttpResponseRedirect(FACTOR)
    response = page(request, "desk/factor_new.html", {"form": form, "enrolment": found}, status=status)
    response["Cache-Control"] = "no-store"
    return response
