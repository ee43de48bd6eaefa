"""How the web server is run: granian, WSGI, many threads that wait and one that works in each worker.

One working thread a worker keeps one database connection a worker and gives the best throughput on few cores; a
second one only contends for the interpreter. The others receive requests from slow lines (see `doorman`).
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Final

from onedoor.core.refusals import Refused

_ONE_WORD: Final = re.compile(r"[A-Za-z][A-Za-z0-9]{0,39}")

#: Clients whose bodies a worker receives at the same time.
WAITING_THREADS = 64
#: Requests waiting for a free worker before new connections are refused by the kernel.
BACKLOG = 1024


def environment_name(header: str) -> str:
    """The name of a header in a request's environment: X-Forwarded-For, or one word without `-` and `_`.

    The server hands over `X-Forwarded-For` and `X_Forwarded_For` under one name, one in place of the other, so that
    only a name of one word is safe from a proxy that lets underscores pass. Raises Refused("bad_proxy_header").
    """
    if header.lower() != "x-forwarded-for" and not _ONE_WORD.fullmatch(header):
        detail = (
            "ONEDOOR_PROXY_HEADER 应为 X-Forwarded-For，或一个只有字母和数字的名称，例如 Visitor，请修改。"
        )
        raise Refused("bad_proxy_header", detail)
    return "HTTP_" + header.upper().replace("-", "_")


def web_command(
    *,
    host: str,
    port: int,
    workers: int = 2,
    threads: int = WAITING_THREADS,
    tls_cert: Path | None = None,
    tls_key: Path | None = None,
) -> list[str]:
    """The command line of the web server; it answers `/healthz` once it can serve."""
    command = [
        sys.executable,
        "-P",
        "-m",
        "granian",
        "--interface",
        "wsgi",
        "--host",
        host,
        "--port",
        str(port),
    ]
    command += ["--workers", str(workers), "--blocking-threads", str(threads), "--backlog", str(BACKLOG)]
    command += [
        "--respawn-failed-workers",
        "--respawn-interval",
        "0.5",
        "--workers-kill-timeout",
        "8",
        "--no-ws",
        "--log-level",
        "warning",
    ]
    if tls_cert and tls_key:
        command += ["--ssl-certificate", str(tls_cert), "--ssl-keyfile", str(tls_key)]
    return [*command, "onedoor.site.wsgi:application"]
