"""How the web server is run: granian, WSGI, one blocking thread a worker.

One thread a worker keeps one database connection a worker and gives the best throughput on few cores; a
second thread only contends for the interpreter.
"""

from __future__ import annotations

import sys
from pathlib import Path

#: Requests waiting for a free worker before new connections are refused by the kernel.
BACKLOG = 1024


def web_command(
    *, host: str, port: int, workers: int = 2, tls_cert: Path | None = None, tls_key: Path | None = None
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
    command += ["--workers", str(workers), "--blocking-threads", "1", "--backlog", str(BACKLOG)]
    command += [
        "--respawn-failed-workers",
        "--workers-kill-timeout",
        "8",
        "--no-ws",
        "--log-level",
        "warning",
    ]
    if tls_cert and tls_key:
        command += ["--ssl-certificate", str(tls_cert), "--ssl-keyfile", str(tls_key)]
    return [*command, "onedoor.site.wsgi:application"]
