"""Static files by addresses that change with their content, so that browsers may keep them for good."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.storage import StaticFilesStorage

from onedoor.plumbing.crypto import sm3


class VersionedStaticFiles(StaticFilesStorage):
    """Appends to a file's address the beginning of its digest; a file that is not there keeps its plain address."""

    def url(self, name: str | None) -> str:
        """The address of a static file."""
        address: str = super().url(name)
        version = _version(str(name)) if name else ""
        return f"{address}?v={version}" if version else address


@lru_cache(maxsize=256)
def _version(name: str) -> str:
    path = Path(settings.STATIC_ROOT) / name
    return sm3(path.read_bytes()).hex()[:10] if path.is_file() else ""
