"""Signing in and out of the desk."""

from __future__ import annotations

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_POST

from onedoor.core.refusals import Refused
from onedoor.domain.offices import actions as accounts
from onedoor.domain.offices.terms import Origin
from onedoor.faces.access import (
    PUBLIC,
    SESSION_COOKIE,
    address_of,
    admits,
    now,
    open_browser_session,
    principal_of,
    safe_next,
)
from onedoor.faces.staff import SIGN_IN, STAFF, home_of


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
    try:
        origin = Origin(address_of(request))
        secret = accounts.sign_in(**form.cleaned_data, origin=origin, at=now()).session
    except Refused as refused:
        form.add_error(None, refused.detail)
        return _ask(request, form, refused.status)
    response = HttpResponseRedirect(safe_next(request, "/desk/"))
    open_browser_session(request, response, secret)
    return response


def _ask(request: HttpRequest, form: SignInForm, status: int = 200) -> HttpResponse:
    words = {"form": form, "next": safe_next(request, "")}
    return render(request, "desk/login.html", words, status=status)


@admits(PUBLIC)
@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session and forget its cookie."""
    secret = request.COOKIES.get(SESSION_COOKIE, "")
    if secret:
        accounts.sign_out(secret=secret)
    response = HttpResponseRedirect(SIGN_IN)
    response.delete_cookie(SESSION_COOKIE)
    return response
