"""The repository names no package registry: where packages come from is the machine's business."""

from __future__ import annotations

import subprocess
from collections.abc import Iterable
from pathlib import Path

import pytest

from tests.cluster import REPOSITORY

#: Put together here, so that this list is not itself a finding.
HOSTS = tuple(
    ".".join(parts)
    for parts in (
        ("pypi", "org"),
        ("pythonhosted", "org"),
        ("npmjs", "org"),
        ("npmjs", "com"),
        ("npmmirror", "com"),
        ("yarnpkg", "com"),
        ("jsdelivr", "net"),
        ("unpkg", "com"),
        ("crates", "io"),
        ("rubygems", "org"),
        ("golang", "org"),
        ("maven", "org"),
        ("docker", "io"),
        ("ghcr", "io"),
        ("tuna", "tsinghua", "edu"),
        ("mirrors", "aliyun"),
        ("mirrors", "cloud", "tencent"),
        ("mirrors", "ustc", "edu"),
        ("repo", "huaweicloud"),
    )
)


def tracked() -> list[Path]:
    """Every file that belongs to the repository."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=REPOSITORY, capture_output=True, check=True).stdout
    return [path for name in listed.decode().split("\0") if name and (path := REPOSITORY / name).is_file()]


def hosts_named(files: Iterable[Path]) -> list[str]:
    """Files that name a registry, with its host."""
    return [
        f"{path.name}: {host}"
        for path in files
        for content in [path.read_bytes().lower()]
        for host in HOSTS
        if host.encode() in content
    ]


def test_no_file_names_a_registry() -> None:
    files = tracked()
    assert REPOSITORY / "pyproject.toml" in files
    assert hosts_named(files) == []


@pytest.mark.parametrize("host", [HOSTS[0], HOSTS[2]])
def test_a_planted_host_is_found(tmp_path: Path, host: str) -> None:
    planted = tmp_path / "package-lock.json"
    planted.write_text(f'{{"resolved": "https://packages.{host.upper()}/x"}}')
    assert hosts_named([planted]) == [f"package-lock.json: {host}"]
