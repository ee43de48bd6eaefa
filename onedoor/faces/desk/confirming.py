"""Asking again who one is, before passwords, factors and roles are changed."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar
from urllib.parse import urlencode

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.views.decorators.http import require_http_methods

from onedoor.core.refusals import Refused
from onedoor.domain.offices import actions as accounts
from onedoor.domain.offices import queries as offices
from onedoor.faces.access import admits, now, open_browser_session, safe_next, session_secret, signed_in
from onedoor.faces.staff import STAFF, page

ACCOUNT = "/desk/account"
CONFIRM = f"{ACCOUNT}/confirm"

View = TypeVar("View", bound=Callable[..., Any])


class ConfirmForm(forms.Form):
    """The password, or a code of the authenticator."""

    shown = forms.CharField(
        label="密码",
        max_length=200,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
        error_messages={"required": "请填写密码。", "max_length": "内容太长，请核对。"},
    )

    def __init__(self, *args: Any, coded: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if coded:
            self.fields["shown"].label = "密码或动态验证码"


def confirmed(back: str = "") -> Callable[[View], View]:
    """Let somebody on who has shown within the last minutes who they are; others are asked first.

    They are led back to where they were going, or to `back` where that only takes forms.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if offices.recently_confirmed(session_secret(request), at=now()):
                response: HttpResponse = view(request, *args, **kwargs)
                return response
            target = (back or request.path).format(**kwargs)
            return HttpResponseRedirect(f"{CONFIRM}?{urlencode({'next': target})}")

        return guarded  # type: ignore[return-value]

    return decorate


@admits(STAFF, despite_duty=True)
@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request: HttpRequest) -> HttpResponse:
    """Password or code, once more; the session gets a new secret."""
    coded = offices.factor(signed_in(request).user_id).enrolled
    if request.method != "POST":
        return _ask(request, ConfirmForm(coded=coded))
    form = ConfirmForm(request.POST, coded=coded)
    if not form.is_valid():
        return _ask(request, form, 422)
    try:
        secret = accounts.confirm(secret=session_secret(request), shown=form.cleaned_data["shown"], at=now())
    except Refused as refused:
        form.add_error("shown", refused.detail)
        return _ask(request, form, refused.status)
    response = HttpResponseRedirect(safe_next(request, ACCOUNT))
    open_browser_session(request, response, secret)
    return response


def ask_to_confirm(request: HttpRequest, refused: Refused) -> HttpResponse:
    """The page with the reason why another way has not worked."""
    form = ConfirmForm({}, coded=offices.factor(signed_in(request).user_id).enrolled)
    form.errors.clear()
    form.add_error(None, refused.detail)
    return _ask(request, form, refused.status)


def _ask(request: HttpRequest, form: ConfirmForm, status: int = 200) -> HttpResponse:
    user_id = signed_in(request).user_id
    words = {
        "form": form,
        "next": safe_next(request, ACCOUNT),
        "passkeys": bool(offices.passkeys(user_id)),
        "passkey_only": offices.factor(user_id).passkey_only,
    }
    return page(request, "desk/confirm.html", words, status=status)
