"""Signing in and out of the desk."""

from __future__ import annotations

from urllib.parse import urlencode

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_POST

from onedoor.core.refusals import Refused
from onedoor.domain.offices import actions as accounts
from onedoor.domain.offices import queries as offices
from onedoor.domain.offices.terms import Origin
from onedoor.faces.access import (
    PUBLIC,
    SESSION_COOKIE,
    admits,
    cookie_name,
    give_cookie,
    now,
    open_browser_session,
    principal_of,
    safe_next,
    session_secret,
)
from onedoor.faces.devices import named, origin_of, remember_device
from onedoor.faces.returning import why_signed_out
from onedoor.faces.staff import SIGN_IN, STAFF, home_of

CODE_PAGE = f"{SIGN_IN}/code"
#: Holds a sign-in whose second factor is still to come.
HALFWAY_COOKIE = cookie_name("onedoor_halfway", tls=settings.TLS)
HALFWAY_SECONDS = 600


class SignInForm(forms.Form):
    """A staff account and its password."""

    username = forms.CharField(
        label="用户名",
        max_length=150,
        widget=forms.TextInput(attrs={"autocomplete": "username", "data-type": "name"}),
        error_messages={"required": "请填写用户名。", "max_length": "用户名太长，请核对。"},
    )
    password = forms.CharField(
        label="密码",
        max_length=200,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
        error_messages={"required": "请填写密码。", "max_length": "密码太长，请核对。"},
    )


class CodeForm(forms.Form):
    """What the authenticator shows, or a recovery code."""

    code = forms.CharField(
        label="动态验证码",
        max_length=20,
        help_text="身份验证器上的 6 位数字。手机不在身边，可以输入一个恢复码",
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "data-type": "text"}),
        error_messages={"required": "请填写动态验证码。", "max_length": "验证码太长，请核对。"},
    )


@admits(PUBLIC)
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """Username and password; those signed in already go on to their pages."""
    if request.method != "POST":
        principal = principal_of(request)
        if STAFF.admits(principal) and principal is not None:
            return HttpResponseRedirect(safe_next(request, home_of(principal)))
        return _ask(request, SignInForm())
    form = SignInForm(request.POST)
    if not form.is_valid():
        return _ask(request, form, 422)
    origin = named(origin_of(request))
    try:
        entrance = accounts.sign_in(**form.cleaned_data, origin=origin, at=now())
    except Refused as refused:
        form.add_error(None, refused.detail)
        return _ask(request, form, refused.status)
    if entrance.session:
        return welcome(request, entrance.session, origin)
    response = HttpResponseRedirect(f"{CODE_PAGE}?{urlencode({'next': safe_next(request, '/desk/')})}")
    give_cookie(response, HALFWAY_COOKIE, entrance.halfway, seconds=HALFWAY_SECONDS)
    return response


@admits(PUBLIC)
@require_http_methods(["GET", "HEAD", "POST"])
def code(request: HttpRequest) -> HttpResponse:
    """The second page: the code of an authenticator."""
    halfway = request.COOKIES.get(HALFWAY_COOKIE, "")
    if not halfway or not offices.signing_in(halfway, at=now()):
        return HttpResponseRedirect(f"{SIGN_IN}?{urlencode({'next': safe_next(request, '/desk/')})}")
    if request.method != "POST":
        return _ask_code(request, CodeForm())
    form = CodeForm(request.POST)
    if not form.is_valid():
        return _ask_code(request, form, 422)
    origin = named(origin_of(request))
    try:
        secret = accounts.pass_factor(
            halfway=halfway, code=form.cleaned_data["code"], origin=origin, at=now()
        )
    except Refused as refused:
        form.add_error("code", refused.detail)
        return _ask_code(request, form, refused.status)
    response = welcome(request, secret, origin)
    response.delete_cookie(HALFWAY_COOKIE)
    return response


def welcome(request: HttpRequest, secret: str, origin: Origin) -> HttpResponse:
    """Into the place asked for; whoever was signed in with this browser before is so no more."""
    former = session_secret(request)
    if former:
        accounts.sign_out(secret=former)
    response = HttpResponseRedirect(safe_next(request, "/desk/"))
    open_browser_session(request, response, secret)
    remember_device(response, origin)
    return response


def ask_again(request: HttpRequest, refused: Refused) -> HttpResponse:
    """The first page with the reason why another way in has not worked."""
    form = SignInForm({})
    form.errors.clear()
    form.add_error(None, refused.detail)
    return _ask(request, form, refused.status)


def _ask(request: HttpRequest, form: SignInForm, status: int = 200) -> HttpResponse:
    ended = why_signed_out(session_secret(request), applicant=False, at=now())
    words = {"form": form, "next": safe_next(request, ""), "ended": ended}
    return render(request, "desk/login.html", words, status=status)


def _ask_code(request: HttpRequest, form: CodeForm, status: int = 200) -> HttpResponse:
    words = {"form": form, "next": safe_next(request, "")}
    response = render(request, "desk/login_code.html", words, status=status)
    response["Cache-Control"] = "no-store"
    return response


@admits(PUBLIC)
@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session and forget its cookie."""
    secret = session_secret(request)
    if secret:
        accounts.sign_out(secret=secret)
    response = HttpResponseRedirect(SIGN_IN)
    response.delete_cookie(SESSION_COOKIE)
    return response
