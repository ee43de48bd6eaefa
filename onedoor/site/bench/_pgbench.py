"""The physical limit beside which actions are judged: the same row work by pgbench, prepared, 4 clients.

One operation is BEGIN, UPDATE of a case by its key, INSERT of a fact with about 1.1 KB of jsonb sent as a
parameter, INSERT of a queue row, COMMIT: what an action leaves in the database, without anybody's program around it.
"""

from __future__ import annotations

import os
import re
import resource
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

import psycopg

from onedoor.plumbing.database.binaries import engine
from onedoor.plumbing.home import HomeFault

from ._installation import Installation

CLIENTS = 4
_DONE = re.compile(r"number of transactions actually processed: (\d+)")
_RATE = re.compile(r"^tps = ([0-9.]+)", re.MULTILINE)

_TABLES = """
CREATE TABLE bench_case (id bigint PRIMARY KEY, version int NOT NULL, state jsonb NOT NULL);
CREATE TABLE bench_fact (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, case_id bigint NOT NULL,
                         data jsonb NOT NULL);
CREATE INDEX bench_fact_case ON bench_fact (case_id);
CREATE TABLE bench_queue (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, case_id bigint NOT NULL);
"""
_FILL = """INSERT INTO bench_case
SELECT n, 1, jsonb_build_object('filler', repeat(md5(n::text), %s)) FROM generate_series(1, %s) n"""
_SCRIPT = """\\set id random(1, :cases)
BEGIN;
UPDATE bench_case SET version = version + 1 WHERE id = :id;
INSERT INTO bench_fact (case_id, data) VALUES (:id, :payload);
INSERT INTO bench_queue (case_id) VALUES (:id);
COMMIT;
"""
_PAYLOAD_BYTES = 1_100


@dataclass(frozen=True, slots=True)
class Done:
    """What one run did; `client_cpu` is pgbench's own processor time in seconds."""

    operations: int
    rate: float
    client_cpu: float


def prepare(made: Installation, cases: int, row_bytes: int) -> None:
    """Make the tables of the reference: as many cases as wide as the product's own."""
    with psycopg.connect(made.administrator.conninfo()) as connection:
        connection.execute(_TABLES)
        connection.execute(_FILL, [max(1, row_bytes // 32), cases])


def run(made: Installation, cases: int, seconds: int) -> Done:
    """Run the reference for whole seconds."""
    login = made.administrator
    with tempfile.TemporaryDirectory(prefix="onedoor-pgbench-") as folder:
        script = Path(folder) / "action.sql"
        script.write_text(_SCRIPT, "ascii")
        command = [engine().path("pgbench"), "--no-vacuum", "--protocol=prepared", f"--file={script}"]
        command += [f"--client={CLIENTS}", "--jobs=1", f"--time={seconds}"]
        command += [f"--define=cases={cases}", f"--define=payload={_payload()}"]
        command += ["-h", login.host, "-p", login.port, "-U", login.user, login.database]
        before = _children_cpu()
        ended = subprocess.run(
            command,
            env={**os.environ, "PGPASSWORD": login.password},
            capture_output=True,
            text=True,
            check=False,
        )
        used = _children_cpu() - before
    done, rate = _DONE.search(ended.stdout), _RATE.search(ended.stdout)
    if ended.returncode or done is None or rate is None:
        raise HomeFault(f"性能测试的参照（pgbench）没有跑成：\n{ended.stderr.strip()[-2000:]}")
    return Done(int(done[1]), float(rate[1]), used)


def _payload() -> str:
    text = "现场与材料相符，同意。" * (_PAYLOAD_BYTES // len("现场与材料相符，同意。".encode()))
    return f'{{"step":"check","outcome":"pass","opinion":"{text}"}}'


def _children_cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
