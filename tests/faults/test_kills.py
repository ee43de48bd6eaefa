"""kill -9 of anything, at any moment, under load: what was acknowledged is there, nothing is there by half."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

import psycopg
import pytest

from onedoor.plumbing.database.embedded import EmbeddedCluster
from tests.cluster import REPOSITORY
from tests.faults import evidence
from tests.faults.at_work import Running, at_work
from tests.faults.installation import TARGETS, Installation, installation
from tests.faults.traffic import Answered, Traffic
from tests.progress import note

CLIENTS = 6
#: How often each is killed in a long run; a supervisor is started again by hand.
WEIGHTS = (3, 4, 4, 4, 1)


@dataclass
class Kills:
    """What a run of kills has measured: seconds until people could work again, and until the worker went on."""

    workers: int
    served: dict[str, list[float]] = field(default_factory=dict)
    worked: dict[str, list[float]] = field(default_factory=dict)

    def told(self, writes: int, seconds: float, traffic: Traffic) -> str:
        """The figures in one line a kind."""
        rate = (
            f"{writes} writes acknowledged in {seconds:.0f} s: {writes / seconds:.0f}/s with all kills in it"
        )
        lines = [f"{rate}; {traffic.repeated} sent again, {traffic.turned_away} of them after a 503"]
        for name, taken in self.served.items():
            line = f"{name}: {len(taken)} kills, served again after {median(taken):.1f} s, at most {max(taken):.1f} s"
            if worked := self.worked.get(name):
                line += f"; worker went on after {median(worked):.1f} s, at most {max(worked):.1f} s"
            lines.append(line)
        return "\n".join(lines)


def kill(made: Installation, traffic: Traffic, target: str, which: int, kills: Kills) -> None:
    """Kill one process and wait until everything goes on: people are answered, facts get their positions."""
    placed, killed_at = _placed(made), time.monotonic()
    victim = made.kill(target, which)
    if target == "supervisor":
        made.start(workers=kills.workers)
    made.until(lambda: made.pids(target) and victim not in made.pids(target), f"new {target}")
    made.until(made.ready, f"answer after the kill of {target}")
    ready_at = time.monotonic()
    made.until(lambda: traffic.strange or traffic.since(ready_at), f"write after the kill of {target}")
    kills.served.setdefault(target, []).append(time.monotonic() - killed_at)
    if "web" not in target:
        made.until(lambda: _placed(made) > placed, f"position after the kill of {target}")
        kills.worked.setdefault(target, []).append(time.monotonic() - killed_at)
    assert not traffic.strange, traffic.strange


def _placed(made: Installation) -> int:
    """How many facts have a position; -1 while the database is away."""
    try:
        with made.connect() as connection:
            (found,) = connection.execute("SELECT count(*) FROM journal_position").fetchone() or (0,)
    except psycopg.OperationalError:
        return -1
    return int(found)


def through(running: Running, plan: Sequence[tuple[str, int, float]], run: str) -> None:
    """Live through a plan of (what is killed, which one of them, seconds before); compare every answer."""
    made, traffic, kills = running.made, running.traffic(run), Kills(running.workers)
    with traffic.flowing(CLIENTS):
        made.until(lambda: traffic.since(0.0) >= 20, "traffic")
        begun = time.monotonic()
        for number, (target, which, wait) in enumerate(plan, 1):
            time.sleep(wait)
            kill(made, traffic, target, which, kills)
            note(f"{number} of {len(plan)} kills, {traffic.since(begun)} writes")
        seconds, writes = time.monotonic() - begun, traffic.since(begun)
    print(f"\n{kills.told(writes, seconds, traffic)}")
    assert not traffic.strange, traffic.strange
    found = evidence.collect(made, traffic.acknowledged)
    assert found.sound, found
    assert evidence.phantoms(made, running.sms) == []


def look_at_rest(running: Running) -> None:
    """What is left to do is done; then every projection, chain and message is compared."""
    made = running.made
    made.stop()
    said = made.program("tests.faults.drain")
    assert "全部一致" in said
    assert '"sound": true' in said
    EmbeddedCluster(made.home).start()
    assert evidence.collect(made, ()).halves == []
    assert evidence.untold(made, running.sms) == []


@pytest.mark.alone
def test_five_kills_lose_nothing(running: Running) -> None:
    """What is looked at only at rest, messages among it, the test of a restored backup looks at."""
    seed = int(os.environ.get("ONEDOOR_FAULTS_SEED", "5"))
    rng = random.Random(seed)
    print(f"\nseed {seed}")
    order = rng.sample(["web", "web worker", "worker", "database", "database"], 5)
    through(running, [(target, rng.randrange(4), rng.uniform(0.1, 0.4)) for target in order], "five")
    assert "全部一致" in running.made.run("projections", "check")
    assert json.loads(running.made.run("journal", "verify", "--json"))["sound"]


@pytest.mark.alone
@pytest.mark.nightly
def test_two_hundred_kills_lose_nothing(stock: Path) -> None:
    seed = int(os.environ.get("ONEDOOR_FAULTS_SEED", "200"))
    count = int(os.environ.get("ONEDOOR_FAULTS_KILLS", "200"))
    rng = random.Random(seed)
    print(f"\nseed {seed}, {count} kills")
    plan = [(rng.choices(TARGETS, WEIGHTS)[0], rng.randrange(4), rng.uniform(0.0, 1.5)) for _ in range(count)]
    with at_work(stock, workers=2) as running:
        through(running, plan, "many")
        look_at_rest(running)


def test_the_look_at_answers_sees_what_is_lost(stock: Path) -> None:
    """The control: only with the guard off, commits that do not wait for the disk, a killed database forgets."""
    with installation(stock) as made:
        EmbeddedCluster(made.home).start()
        assert _lost_by_a_kill(made) == []
        with made.connect() as connection:
            connection.execute("ALTER ROLE onedoor_app SET synchronous_commit = off")
            connection.execute("ALTER SYSTEM SET wal_writer_delay = '10s'")
            connection.execute("SELECT pg_reload_conf()")
        lost = _lost_by_a_kill(made)
        print(f"\ncontrol, commits that do not wait for the disk: {len(lost)} acknowledged writes lost")
        assert lost


def _lost_by_a_kill(made: Installation) -> list[str]:
    """Acknowledged savings that are gone after the database was killed in the middle of them."""
    program = subprocess.Popen(
        [sys.executable, "-m", "tests.faults.save"],
        cwd=REPOSITORY,
        env=made.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert program.stdout is not None
    lines = [program.stdout.readline().split() for _ in range(40)]
    made.kill("database")
    program.kill()
    program.communicate()
    EmbeddedCluster(made.home).start()
    heard = [Answered(key, "save_draft", number, int(seq), 0.0) for key, number, seq in lines]
    return evidence.collect(made, heard).lost
