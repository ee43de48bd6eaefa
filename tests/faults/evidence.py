"""What must hold after any fault, read from the database itself and by the product's own checks."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from onedoor.domain.notices.rules import delivery_key
from tests.faults.gateway import Gateway
from tests.faults.installation import Installation
from tests.faults.traffic import Answered

#: Kinds of facts that the traffic makes and the applicant is told of.
TOLD = ("case.submitted", "case.accepted", "case.decided", "case.issued", "case.delivered")
_COMMANDS = """
    SELECT split_part(f.command_id, ':', -1), c.number, f.seq, c.seq
    FROM journal_fact f JOIN cases_case c ON c.id = f.stream_id
    WHERE f.command_id IS NOT NULL"""
#: Each gives one row a half state: what one statement or one transaction should have written together.
_HALVES = {
    "a fact without its case": """SELECT stream_id::text FROM journal_fact f
        WHERE stream_kind = 'case' AND NOT EXISTS (SELECT FROM cases_case c WHERE c.id = f.stream_id)""",
    "a case without its facts": """SELECT number FROM cases_case c
        WHERE seq <> (SELECT count(*) FROM journal_fact f WHERE f.stream_id = c.id)
           OR head_hash IS DISTINCT FROM (SELECT hash FROM journal_fact f
               WHERE f.stream_id = c.id ORDER BY seq DESC LIMIT 1)""",
    "a fact with neither queue nor position, or both": """SELECT f.stream_id::text || ' ' || f.seq FROM journal_fact f
        WHERE (SELECT count(*) FROM journal_outbox o WHERE (o.stream_id, o.seq) = (f.stream_id, f.seq))
            + (SELECT count(*) FROM journal_position p WHERE (p.stream_id, p.seq) = (f.stream_id, f.seq)) <> 1""",
    "a gap in the positions": """SELECT position::text FROM
        (SELECT position, row_number() OVER (ORDER BY position) AS place FROM journal_position) p
        WHERE position <> place""",
    "a dossier version that no fact notes": """SELECT case_id::text || ' ' || version FROM cases_dossier d
        WHERE NOT EXISTS (SELECT FROM journal_fact f WHERE f.stream_id = d.case_id
            AND (f.data -> 'dossier' ->> 'version')::int = d.version)""",
    "a noted dossier version that is not there": """SELECT f.stream_id::text || ' ' || f.seq FROM journal_fact f
        WHERE f.data ? 'dossier' AND NOT EXISTS (SELECT FROM cases_dossier d
            WHERE d.case_id = f.stream_id AND d.version = (f.data -> 'dossier' ->> 'version')::int
            UNION ALL SELECT FROM cases_bundledossier d
            WHERE d.bundle_id = f.stream_id AND d.version = (f.data -> 'dossier' ->> 'version')::int)""",
    "a bundle's member without its case": """SELECT b.number FROM cases_bundle b, jsonb_array_elements(b.members) m
        WHERE m ->> 'case' IS NOT NULL
          AND NOT EXISTS (SELECT FROM cases_case c WHERE c.id = (m ->> 'case')::uuid AND c.parent_id = b.id)""",
    "a gap in the paper numbers": """SELECT organ || series || s.year || ': ' || s.last FROM papers_numberseries s
        WHERE s.last <> (SELECT count(DISTINCT number) FROM papers_paper p
            WHERE (p.tenant_id, p.organ, p.series, p.year) = (s.tenant_id, s.organ, s.series, s.year))
        OR s.last <> (SELECT max(number) FROM papers_paper p
            WHERE (p.tenant_id, p.organ, p.series, p.year) = (s.tenant_id, s.organ, s.series, s.year))""",
    "two papers for one fact": """SELECT subject_stream::text || ' ' || source_seq FROM papers_paper
        GROUP BY subject_stream, source_seq, kind HAVING count(*) > 1""",
}
_UNTOLD = """
    SELECT f.stream_id::text || ':' || f.seq FROM journal_fact f
    WHERE f.stream_kind = 'case' AND f.kind = ANY(%s)
      AND NOT EXISTS (SELECT FROM notices_message m WHERE m.key = 'case:' || f.stream_id || ':' || f.seq)"""


@dataclass
class Evidence:
    """What was found; `lost` are acknowledged writes that are not in the journal as they were answered."""

    acknowledged: int = 0
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    halves: list[str] = field(default_factory=list)

    @property
    def sound(self) -> bool:
        return not (self.lost or self.doubled or self.halves)


def collect(made: Installation, acknowledged: Iterable[Answered]) -> Evidence:
    """Compare every acknowledged write with the journal, and look for half states. The database must run."""
    found = Evidence()
    with made.connect() as connection:
        commands: dict[str, list[tuple[Any, ...]]] = {}
        for key, *rest in connection.execute(_COMMANDS):
            commands.setdefault(key, []).append(tuple(rest))
        for answer in acknowledged:
            found.acknowledged += 1
            facts = commands.get(answer.key, [])
            if not any(n == answer.number and first <= answer.seq <= last for n, first, last in facts):
                found.lost.append(f"{answer.verb} {answer.key} {answer.number} {answer.seq}: {facts}")
        found.doubled = [key for key, facts in commands.items() if len(facts) > 1]
        for name, statement in _HALVES.items():
            found.halves += [f"{name}: {row[0]}" for row in connection.execute(statement)]
    return found


def untold(made: Installation, gateway: Gateway) -> list[str]:
    """Facts that people are to be told of without a message, messages the gateway never had, and changed ones."""
    with made.connect() as connection:
        faults = [f"no message: {row[0]}" for row in connection.execute(_UNTOLD, [list(TOLD)])]
        rows = connection.execute("SELECT tenant_id, key, text, sent_at FROM notices_message").fetchall()
    for tenant_id, key, text, sent_at in rows:
        arrived = gateway.taken.get(delivery_key(tenant_id, key), [])
        if not arrived or sent_at is None:
            faults.append(f"never sent: {key}")
        elif {message["text"] for message in arrived} != {text}:
            faults.append(f"changed under way: {key}")
    return faults


def phantoms(made: Installation, gateway: Gateway) -> list[str]:
    """Messages that the gateway had although no such message was ever committed."""
    arrived = set(gateway.taken)
    with made.connect() as connection:
        rows = connection.execute("SELECT tenant_id, key FROM notices_message").fetchall()
    return sorted(arrived - {delivery_key(tenant_id, key) for tenant_id, key in rows})
