"""The interface below /api/v1."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path, re_path
from django.views.decorators.csrf import csrf_exempt

from onedoor import __version__
from onedoor.faces.access import PUBLIC, admits

from . import cases, entrustments, guides, measures, packages, papers, problems, ratios, services
from .openapi import Interface
from .parsing import ReadableRenderer, StrictParser

api = Interface(
    title="一扇门 OneDoor",
    version=__version__,
    description="政务服务中心的事项、办件、文书接口。错误一律为 application/problem+json。",
    openapi_url="/openapi.json",
    docs_url=None,
    parser=StrictParser(),
    renderer=ReadableRenderer(),
    urls_namespace="api",
)
problems.install(api)
# The acts stand first: they are asked for most.
for part in (
    cases.router,
    services.router,
    guides.router,
    packages.router,
    entrustments.router,
    papers.router,
    measures.router,
    ratios.router,
):
    api.add_router("", part)


@admits(PUBLIC)
def docs(request: HttpRequest) -> HttpResponse:
    """The interface as a page to read."""
    schema: dict[str, Any] = api.get_openapi_schema()
    operations = [
        {"method": method.upper(), "path": where, **operation}
        for where, item in schema["paths"].items()
        for method, operation in item.items()
    ]
    return render(request, "api/docs.html", {"schema": schema, "operations": operations})


nowhere = csrf_exempt(admits(PUBLIC)(problems.nowhere))

urlpatterns = [
    path("docs", docs),
    path("", api.urls),
    re_path(r"^(?P<rest>.*)$", nowhere),
]
