"""A hundred thousand cases for `onedoor bench pages`, made inside a temporary installation, and who looks at what.

The demo county has lived twenty days through the real actions; its cases are copied with other names, numbers and
times: concluded ones over a year and a month, those in hand over the last week. Cases that pages open are originals.
Run as a program in the environment of that installation; prints one JSON object (see `Visits`).
"""

from __future__ import annotations

import json
import sys
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

ITEM, CLERK, REVIEWER, SUPERVISOR = "SCJG-FOOD-NEW", "chuangkou", "jiangyx", "ducha"
#: How many of the copies are not concluded: more than a county of this size has in hand at once.
_IN_HAND = 8_000
_WANTED = """
CREATE TEMPORARY TABLE wanted AS
SELECT c.id AS source, gen_random_uuid() AS id, n,
       -random() * CASE WHEN c.concluded_at IS NULL THEN interval '6 days' ELSE interval '380 days' END AS shift
FROM (SELECT id, concluded_at,
             count(*) FILTER (WHERE concluded_at IS NULL) OVER () AS open,
             count(*) FILTER (WHERE concluded_at IS NOT NULL) OVER () AS closed FROM cases_case) c,
     generate_series(1, CASE WHEN c.concluded_at IS NULL THEN ceil(%(open)s::numeric / c.open)
                             ELSE ceil(%(closed)s::numeric / c.closed) END::int) n"""
_CASES = """
INSERT INTO cases_case
SELECT copy.* FROM wanted w JOIN cases_case c ON c.id = w.source, jsonb_populate_record(c, jsonb_build_object(
    'id', w.id, 'number', c.number || '-' || w.n, 'command_id', NULL,
    'applicant_name', CASE WHEN c.applicant_kind = 'person'
        THEN substr('王李张刘陈杨黄赵周吴徐孙马朱胡郭何高林罗', 1 + floor(random() * 20)::int, 1)
          || substr('伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平', 1 + floor(random() * 19)::int, 2)
        ELSE '明渠县' || substr('晓禾春和顺发兴隆东来宏远金穗绿源', 1 + floor(random() * 15)::int, 2) || '商行' END,
    'applicant_user_id', CASE WHEN w.n % 20 = 0 THEN c.applicant_user_id END,
    'created_at', c.created_at + w.shift, 'received_at', c.received_at + w.shift,
    'accepted_at', c.accepted_at + w.shift, 'decided_at', c.decided_at + w.shift,
    'concluded_at', c.concluded_at + w.shift, 'due_at', c.due_at + w.shift, 'next_alarm_at', NULL)) copy"""
_FACTS = """
INSERT INTO journal_fact
SELECT copy.* FROM wanted w JOIN journal_fact f ON f.stream_id = w.source, jsonb_populate_record(f, jsonb_build_object(
    'stream_id', w.id, 'command_id', NULL,
    'effective_at', f.effective_at + w.shift, 'recorded_at', f.recorded_at + w.shift)) copy"""
#: Only an original has a dossier that opens.
_ORIGINAL = "position('-' in number) = 0"
_BUSIEST = f"""SELECT applicant_user_id, min(number) FILTER (WHERE {_ORIGINAL} AND stage <> 'draft')
FROM cases_case WHERE applicant_user_id IS NOT NULL
GROUP BY 1 HAVING bool_or({_ORIGINAL} AND stage <> 'draft') ORDER BY count(*) DESC LIMIT 1"""
_ACCEPTED = f"SELECT number FROM cases_case WHERE stage = 'accepted' AND {_ORIGINAL} ORDER BY number LIMIT 1"


@dataclass(frozen=True, slots=True)
class Visit:
    """A page by its name, its path, and the session that opens it ("" for a visitor)."""

    name: str
    path: str
    session: str


@dataclass(frozen=True, slots=True)
class Visits:
    """The pages to be opened, and how many cases and facts there are."""

    pages: list[Visit]
    cases: int
    facts: int


def prepare(cases: int, *, with_facts: bool) -> Visits:
    """Copy, and find cases and people to look with."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit = off")
        cursor.execute(_WANTED, {"open": _IN_HAND, "closed": cases - _IN_HAND})
        cursor.execute(_CASES)
        if with_facts:
            cursor.execute(_FACTS)
        cursor.execute("SELECT (SELECT count(*) FROM cases_case), (SELECT count(*) FROM journal_fact)")
        counts = cursor.fetchone()
        cursor.execute(_BUSIEST)
        applicant, own = cursor.fetchone()
        cursor.execute(_ACCEPTED)
        (accepted,) = cursor.fetchone()
    return Visits(_pages(datetime.now(UTC), applicant, own, accepted), *counts)


def _pages(at: datetime, applicant: int, own: str, accepted: str) -> list[Visit]:
    from onedoor.domain.offices import actions as offices
    from onedoor.domain.offices import queries

    def session(username: str) -> str:
        found = queries.principal_by_username(username)
        assert found is not None
        return offices.open_session(user_id=found.user_id, at=at)

    clerk, reviewer, supervisor = (session(name) for name in (CLERK, REVIEWER, SUPERVISOR))
    citizen = offices.open_session(user_id=applicant, at=at)
    to_decide, decider = _to_decide(at)
    year = at.year - 1
    return [
        Visit("home", "/", ""),
        Visit("search", "/services?q=%E5%BC%80%E9%A5%AD%E5%BA%97", ""),
        Visit("guide", f"/services/{ITEM}", ""),
        Visit("form", f"/cases/{_draft(applicant, at)}/apply", citizen),
        Visit("my cases", "/my", citizen),
        Visit("progress", f"/cases/{own}", citizen),
        Visit("inbox of a clerk", "/desk/", clerk),
        Visit("inbox of a reviewer", "/desk/?waits=review", reviewer),
        Visit("list", "/desk/cases?all=1", clerk),
        Visit("list of a name", "/desk/cases?q=%E7%8E%8B%E4%BC%9F", clerk),
        Visit("list by lamp and stage", "/desk/cases?stage=declined&overdue=1", reviewer),
        Visit("case page", f"/desk/cases/{accepted}", clerk),
        Visit("decide form", f"/desk/cases/{to_decide}/do/decide", session(decider)),
        Visit("watch overview", "/watch/", supervisor),
        Visit("watch list", "/watch/cases?lamp=red&open=1", supervisor),
        Visit("metrics by department", f"/api/v1/metrics?from={year}-{at.month:02d}-01", supervisor),
        Visit("metrics by month", f"/api/v1/metrics?from={year}-{at.month:02d}-01&by=month", supervisor),
    ]


def _draft(applicant: int, at: datetime) -> str:
    """The number of an application that this applicant has begun."""
    from onedoor.domain.cases import actions
    from onedoor.domain.cases.terms import Applicant, Application
    from onedoor.domain.offices import queries

    who = queries.principal_by_id(applicant)
    assert who is not None
    nobody = Applicant("organization", "", "uscc", "", "")
    return actions.file(application=Application(ITEM, nobody, "web", {}, (), True), actor=who, at=at).number


def _to_decide(at: datetime) -> tuple[str, str]:
    """A case whose reviews are done, and who decides it."""
    from onedoor.domain.cases import actions
    from onedoor.domain.offices import queries
    from onedoor.site.bench._cases import _accepted

    number = _accepted(at)
    for username, step in ((REVIEWER, "check"), ("gongzq", "fire")):
        who = queries.principal_by_username(username)
        assert who is not None
        passing: dict[str, Any] = {"outcome": "pass", "opinion": "现场与材料相符"}
        actions.perform(number=number, verb="review", payload=passing, actor=who, at=at, step=step)
    return number, "yinby"


if __name__ == "__main__":
    import django

    django.setup()
    print(json.dumps(asdict(prepare(int(sys.argv[1]), with_facts=sys.argv[2] == "facts"))))
