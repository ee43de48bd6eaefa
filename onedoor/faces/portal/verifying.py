"""Checking a paper by the code printed on it."""

from __future__ import annotations

from urllib.parse import quote

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_safe

from onedoor.core.instants import civil_date
from onedoor.domain.papers import queries as papers
from onedoor.domain.papers.terms import PaperState
from onedoor.faces.access import PUBLIC, admits, now

from .forms import VerifyForm


@admits(PUBLIC)
@require_safe
def enter(request: HttpRequest) -> HttpResponse:
    """Ask for the code; it leads to the paper's own page, which a QR leads to as well."""
    if "code" not in request.GET:
        return render(request, "portal/verify.html", {"form": VerifyForm()})
    form = VerifyForm(request.GET)
    if not form.is_valid():
        return render(request, "portal/verify.html", {"form": form}, status=422)
    return HttpResponseRedirect(f"/verify/{quote(form.cleaned_data['code'], safe='')}")


@admits(PUBLIC)
@require_safe
def paper(request: HttpRequest, code: str) -> HttpResponse:
    """What the public may learn about a paper."""
    found = papers.verify(code)
    if found is None:
        form = VerifyForm({"code": code})
        form.add_error(
            "code",
            "没有查到使用这个核验码的文书，请对照文书重新输入；仍查不到的，请谨慎采信并拨打 12345 反映。",
        )
        return render(request, "portal/verify.html", {"form": form}, status=404)
    words = {
        "paper": found,
        "code": code,
        "valid": found.state is PaperState.VALID,
        "expired": found.valid_until is not None and found.valid_until < civil_date(now()),
    }
    return render(request, "portal/verified.html", words)
