"""Make the source tree importable in this virtual environment, compiled, with its `onedoor` command.

Does what an editable installation would, without a build tool or a network.
"""

from __future__ import annotations

import compileall
import shlex
import sys
import sysconfig
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def put(path: Path, content: str) -> None:
    """Write a file, unless it says so already."""
    if not path.exists() or path.read_text("utf-8") != content:
        path.write_text(content, "utf-8")


def main() -> None:
    """Write the path file and the command; both name this tree and this interpreter."""
    put(Path(sysconfig.get_path("purelib")) / "onedoor-source.pth", f"{ROOT}\n")
    command = Path(sysconfig.get_path("scripts")) / "onedoor"
    put(command, f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -P -m onedoor.site.cli "$@"\n')
    command.chmod(0o755)
    # Every process of an installation starts sooner, also where it may not write here or is told not to.
    compileall.compile_dir(ROOT / "onedoor", quiet=1)


main()
