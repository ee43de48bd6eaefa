"""The faces papers are set in, and which characters they can print."""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from typing import Final

from fontTools.ttLib import TTFont  # type: ignore[import-untyped]

#: Distribution and module of each package that carries faces, and the faces we use of it.
_PACKAGES: Final = (
    ("pylopdf-fonts-zh-cn", "pylopdf_fonts_zh_cn", ("NotoSerifSC-Regular.otf", "NotoSansSC-Regular.otf")),
    ("cvttf-notosanscjk-regular", "cvttf_NotoSansCJK_Regular", ("NotoSansCJKtc-Regular.otf",)),
)

#: Characters that need no glyph: they only move the pen or end a line.
_INVISIBLE: Final = frozenset("\n\r\t \u3000\u00a0")


def face_folders() -> tuple[Path, ...]:
    """The folders typst reads faces from."""
    return tuple(Path(str(files(module))) for _, module, _ in _PACKAGES)


def face_versions() -> str:
    """The exact releases of the faces, for the record of how a paper was made."""
    return " ".join(f"{package}={version(package)}" for package, _, _ in _PACKAGES)


@lru_cache(maxsize=1)
def covered() -> frozenset[int]:
    """Every code point that the Song face, or the second Hei face standing in for it, has a glyph for."""
    points: set[int] = set()
    for _, module, names in _PACKAGES:
        for name in names:
            with TTFont(Path(str(files(module))) / name, lazy=True) as face:
                points.update(face.getBestCmap())
    return frozenset(points)


def missing_glyphs(text: str) -> str:
    """The characters of `text` that no face can print, each once, in order; "" if all can be printed."""
    known = covered()
    missing = (
        each
        for each in unicodedata.normalize("NFC", text)
        if each not in _INVISIBLE and (ord(each) not in known or unicodedata.category(each) in {"Cc", "Cf"})
    )
    return "".join(dict.fromkeys(missing))
