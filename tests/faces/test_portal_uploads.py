"""Files that go up one by one while the page stays open."""

from __future__ import annotations

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from tests.faces.portal import OTHER_PDF, PDF, Citizen, text_of
from tests.faces.test_portal_following import faulty
from tests.papers.samples import png_file

pytestmark = pytest.mark.usefixtures("county_db")


def a_file(content: bytes = PDF, name: str = "布局图.pdf") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, "application/pdf")


def test_each_file_is_kept_as_it_comes() -> None:
    citizen = Citizen().sign_in()
    number = citizen.begin()
    path = f"/cases/{number}/apply/materials/m4"
    first = text_of(citizen.post(f"{path}/files", {"files": a_file()}, 200))
    assert "布局图.pdf" in first
    assert "<html" not in first
    both = text_of(citizen.post(f"{path}/files", {"files": a_file(OTHER_PDF, "流程图.pdf")}, 200))
    assert both.count("/remove") == 2
    again = text_of(citizen.post(f"{path}/files", {"files": a_file()}, 200))
    assert again.count("/remove") == 2, "the same file twice is one file"
    refused = citizen.post(f"{path}/files", {"files": a_file(b"MZ\x90", "图.pdf")}, 422)
    assert refused.headers["Content-Type"].startswith("text/plain")
    assert "“图.pdf”没有上传" in text_of(refused)
    assert "没有收到文件" in text_of(citizen.post(f"{path}/files", {}, 422))
    page = text_of(citizen.get(path))
    assert 'value="upload" checked' in page
    assert 'capture="environment"' in page


def test_files_of_others_are_not_taken() -> None:
    citizen = Citizen().sign_in()
    number = citizen.begin()
    stranger = Citizen().sign_in("13000000009")
    stranger.post(f"/cases/{number}/apply/materials/m4/files", {"files": a_file()}, 404)
    citizen.post(f"/cases/{number}/apply/materials/m99/files", {"files": a_file()}, 404)


def test_files_of_a_correction_count_when_it_is_sent() -> None:
    citizen = Citizen().sign_in()
    number = citizen.complete()
    citizen.submit(number)
    citizen.post(f"/cases/{number}/correct/m4/files", {"files": a_file()}, 404)
    faulty(number, "material:m4")
    path = f"/cases/{number}/correct/m4/files"
    first = text_of(citizen.post(path, {"files": a_file(OTHER_PDF, "一.pdf")}, 200))
    held = re.findall(r'name="kept_m4" value="([^"]+)"', first)
    assert len(held) == 1
    both = text_of(citizen.post(path, {"files": a_file(PDF, "二.pdf"), "kept_m4": held}, 200))
    assert both.count('name="kept_m4"') == 2
    assert "一.pdf" not in text_of(citizen.get(f"/cases/{number}")), "nothing has been sent yet"


def test_a_photo_is_seen_and_a_document_tells_its_pages() -> None:
    citizen = Citizen().sign_in()
    number = citizen.begin()
    path = f"/cases/{number}/apply/materials/m4/files"
    photo = SimpleUploadedFile("布局图.png", png_file(400, 300), "image/png")
    listed = text_of(citizen.post(path, {"files": photo}, 200))
    shown = re.search(
        rf'src="(/cases/{number}/uploads/[^"]+/preview\.png)" alt="布局图\.png的缩略图"', listed
    )
    assert shown
    answer = citizen.get(shown[1])
    assert answer.headers["Content-Type"] == "image/png"
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert answer.content.startswith(b"\x89PNG")
    Citizen().sign_in("13000000009").get(shown[1], 404)
    assert Citizen().get(shown[1], 302).headers["Location"].startswith("/login")
    both = text_of(citizen.post(path, {"files": a_file(OTHER_PDF)}, 200))
    assert " · 2 页" in both
    document = re.findall(r'href="(/cases/[^"]+/uploads/[^"]+)"', both)[-1]
    citizen.get(f"{document}/preview.png", 404)


def test_a_file_of_a_correction_is_seen_before_it_is_sent() -> None:
    citizen = Citizen().sign_in()
    number = citizen.complete()
    citizen.submit(number)
    faulty(number, "material:m4")
    photo = SimpleUploadedFile("新图.png", png_file(400, 300), "image/png")
    listed = text_of(citizen.post(f"/cases/{number}/correct/m4/files", {"files": photo}, 200))
    shown = re.search(r'src="([^"]+)" alt="新图', listed)
    assert shown
    citizen.get(shown[1])
    citizen.get(shown[1].removesuffix("/preview.png"))
    Citizen().sign_in("13000000009").get(shown[1], 404)
