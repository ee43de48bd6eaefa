"""Handing in materials: for each how it comes, and the files that were uploaded."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from onedoor.core.refusals import Problem, Refused
from onedoor.domain.cases import queries as cases
from onedoor.domain.cases.queries import DraftMaterial, DraftSheet
from onedoor.domain.catalog.forms import PROVIDED
from onedoor.domain.catalog.terms import Material, Necessity, Source
from onedoor.domain.papers import actions as papers
from onedoor.domain.papers.terms import UploadRef
from onedoor.faces.access import SIGNED_IN, admits, now, signed_in
from onedoor.faces.controls import Choice

from . import tasks
from .applying import back_of, from_check, of_draft, save
from .guides import material_line

#: The most files of one material.
MOST_FILES = 20


@dataclass(frozen=True, slots=True)
class Received:
    """Files as they came in: those that were kept, and what was wrong with the others."""

    kept: tuple[UploadRef, ...]
    problems: tuple[Problem, ...]


def ways_of(material: Material, chosen: str) -> tuple[Choice, ...]:
    """How a material may be handed in, with what each way means."""
    offered = [("upload", "拍照或选择文件上传", "JPG、PNG 图片或 PDF，每个不超过 20 MB")]
    offered.append(("original", "到窗口交原件", "提交申请后，请尽快带到办理窗口"))
    proof = {Source.LICENCE: "licence", Source.RECORD: "data"}.get(material.source)
    if proof:
        offered.insert(0, (proof, "免提交", "由系统核验电子证照或部门共享数据，不用您提供"))
    if material.necessity is Necessity.DEFERRABLE:
        offered.append(("deferred", PROVIDED["deferred"], "请在窗口告知的期限内补齐"))
    return tuple(
        Choice(value, label, hint, "id_way" if at == 0 else f"id_way_{at}", value == chosen)
        for at, (value, label, hint) in enumerate(offered)
    )


def receive(request: HttpRequest, files: Iterable[UploadedFile], target: str) -> Received:
    """Keep uploaded files for who is signed in; a bad one does not lose the others. `target` names the input."""
    principal, kept, problems = signed_in(request), [], []
    for file in files:
        try:
            kept.append(
                papers.upload(
                    tenant_id=principal.tenant_id,
                    owner=principal.key,
                    name=file.name or "文件",
                    content=file,
                    at=now(),
                    declared=file.content_type or "",
                )
            )
        except Refused as refused:
            problems.append(Problem(f"/{target}", refused.code, f"“{file.name}”没有上传：{refused.detail}"))
    return Received(tuple(kept), tuple(problems))


@admits(SIGNED_IN)
@require_safe
@of_draft
def materials(request: HttpRequest, draft: DraftSheet) -> HttpResponse:
    """All materials that the answers call for."""
    listed = tasks.material_tasks(draft)
    ready = all(given.given or given.proved for given in draft.materials)
    words = {"draft": draft, "tasks": listed, "ready": ready, "back": back_of(request, draft.number)}
    return render(request, "portal/materials.html", words)


@admits(SIGNED_IN)
@require_http_methods(["GET", "HEAD", "POST"])
@of_draft
def material(request: HttpRequest, draft: DraftSheet, code: str) -> HttpResponse:
    """One material: how it comes, and its files."""
    given = _material(draft, code)
    if request.method != "POST":
        return _show(request, draft, given, given.way)
    received = receive(request, request.FILES.getlist("files")[:MOST_FILES], "files")
    way = request.POST.get("way", "") or ("upload" if received.kept else "")
    problems = received.problems + _missing(given, way, received)
    if received.kept or not problems:
        _keep(request, draft, given, "upload" if received.kept else way, received.kept)
    if problems:
        return _show(request, _again(request, draft), given, way, problems)
    return HttpResponseRedirect(_next(request, draft))


@admits(SIGNED_IN)
@require_POST
@of_draft
def add(request: HttpRequest, draft: DraftSheet, code: str) -> HttpResponse:
    """Take one file in the background of the page; the answer is the list of files as it is then, or, as plain text,
    why the file was not taken."""
    given = _material(draft, code)
    received = receive(request, request.FILES.getlist("files")[:1], "files")
    if not received.kept:
        return not_taken(received)
    _keep(request, draft, given, "upload", received.kept)
    draft = _again(request, draft)
    words = {"draft": draft, "given": _material(draft, code), "from": "check" if from_check(request) else ""}
    return render(request, "portal/parts/uploaded.html", words)


def not_taken(received: Received) -> HttpResponse:
    """Why a file was not taken, as plain text."""
    detail = received.problems[0].detail if received.problems else "没有收到文件，请重新选择。"
    return HttpResponse(detail, content_type="text/plain; charset=utf-8", status=422)


def _next(request: HttpRequest, draft: DraftSheet) -> str:
    return back_of(request, draft.number) if from_check(request) else f"/cases/{draft.number}/apply/materials"


def _again(request: HttpRequest, draft: DraftSheet) -> DraftSheet:
    """The draft as it is now, for a page that is shown once more after something was kept."""
    return cases.draft(draft.number, actor=signed_in(request), at=now())


def _missing(given: DraftMaterial, way: str, received: Received) -> tuple[Problem, ...]:
    """What was left out; a file that failed has been named already."""
    if not way:
        return (Problem("/way", "required", f"请选择“{given.material.name}”怎样提供。"),)
    if way == "upload" and not (received.kept or received.problems or given.uploads):
        return (Problem("/files", "required", "请选择要上传的文件，可以直接拍照。"),)
    return ()


def _keep(
    request: HttpRequest, draft: DraftSheet, given: DraftMaterial, way: str, kept: tuple[UploadRef, ...]
) -> None:
    """Add the files to those that are there. The same content twice is one file: a second click adds nothing."""
    known = {upload.sm3 for upload in given.uploads}
    fresh = {ref.sm3: str(ref.id) for ref in kept if ref.sm3 not in known}
    uploads = [str(upload.id) for upload in given.uploads] + list(fresh.values())
    _save(request, draft, given.material.code, way, uploads[:MOST_FILES])


def _save(request: HttpRequest, draft: DraftSheet, code: str, way: str, uploads: list[str]) -> None:
    save(request, draft.number, materials=[{"code": code, "provided": way, "uploads": uploads}])


def _material(draft: DraftSheet, code: str) -> DraftMaterial:
    found = next((m for m in draft.materials if m.material.code == code), None)
    if found is None:
        raise Refused("unknown_material", "这份申请不需要这份材料，请返回材料列表重新选择。", status=404)
    return found


def _show(
    request: HttpRequest,
    draft: DraftSheet,
    given: DraftMaterial,
    way: str,
    problems: tuple[Problem, ...] = (),
) -> HttpResponse:
    given = _material(draft, given.material.code)
    faults = {problem.pointer.strip("/"): problem.detail for problem in problems}
    words = {
        "draft": draft,
        "given": given,
        "line": material_line(given.material),
        "ways": ways_of(given.material, way),
        "problems": problems,
        "faults": faults,
        "back": _next(request, draft),
        "from": "check" if from_check(request) else "",
        "send": f"/cases/{draft.number}/apply/materials/{given.material.code}/files",
    }
    return render(request, "portal/material.html", words, status=422 if problems else 200)


@admits(SIGNED_IN)
@require_POST
@of_draft
def remove(request: HttpRequest, draft: DraftSheet, code: str, upload: UUID) -> HttpResponse:
    """Take an uploaded file out of the application."""
    given = _material(draft, code)
    rest = [str(view.id) for view in given.uploads if view.id != upload]
    _save(request, draft, code, given.way, rest)
    extra = "?from=check" if from_check(request) else ""
    return HttpResponseRedirect(f"/cases/{draft.number}/apply/materials/{code}{extra}")
