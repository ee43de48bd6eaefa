"""How inspection refuses a file: the codes, and what people read of them."""

from __future__ import annotations

from onedoor.core.refusals import Refused


def not_allowed() -> Refused:
    """No type we take."""
    return Refused(
        "upload_type_not_allowed",
        "只能上传 PDF、JPG 或 PNG 文件，请把 Word、表格、HEIC 照片等另存为其中一种后上传",
        status=415,
    )


def unfit_name(detail: str) -> Refused:
    """A file name made to mislead whoever reads it."""
    return Refused("upload_name_unfit", detail)


def disguised(detail: str) -> Refused:
    """Name, claim or structure say something else than the content."""
    return Refused("upload_disguised", detail)


def damaged() -> Refused:
    """Cut, broken, or announcing more than it holds."""
    return Refused("upload_damaged", "文件不完整或已损坏，请确认能正常打开，另存一份后重新上传")


def active() -> Refused:
    """Something that a viewer would run, fetch or send."""
    return Refused("upload_active_content", "PDF 中含有脚本或可执行内容，请打印为普通 PDF 后重新上传")


def carries_files() -> Refused:
    """Other files inside, which nobody has looked at."""
    return Refused("upload_carries_files", "PDF 中带有附件，请把附件另存后分别上传，再打印为不带附件的 PDF")


def encrypted() -> Refused:
    """What cannot be read can be neither judged now nor opened by officials later."""
    return Refused(
        "upload_encrypted", "PDF 设有密码或限制，无法核对，请取消密码或打印为不加密的 PDF 后重新上传"
    )


def swells_up() -> Refused:
    """Small on the line, huge once unpacked; or so many pieces that opening it takes for ever."""
    return Refused("upload_swells_up", "文件展开后过大或内部过于复杂，请打印为普通 PDF 或另存为 JPG 后上传")


def tells_place() -> Refused:
    """A photo inside tells where it was taken, and that cannot be blanked without rewriting the document."""
    return Refused(
        "upload_tells_place", "PDF 里的照片带有拍摄地点，系统无法去掉，请打印为普通 PDF，或直接上传照片后再试"
    )


def too_many_pixels() -> Refused:
    """A picture that takes more memory than any viewer at the counter has."""
    return Refused("image_too_large", "图片尺寸过大，请缩小到长边 8000 像素以内后重新上传")
