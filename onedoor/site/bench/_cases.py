"""Cases to act on, made inside a temporary installation: one really filed and accepted, the rest its copies.

Run as a program in the environment of that installation; prints one JSON object (see `Prepared`).
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

ITEM, CLERK, REVIEWER, STEP = "SCJG-FOOD-NEW", "chuangkou", "jiangyx", "check"
#: What a reviewer writes: about a kilobyte, so that an action stores as much as the reference does.
OPINION = "现场与申请材料相符，经营场所布局和设施设备符合要求，同意。" * 11
HOST = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Prepared:
    """What the load generator needs: case numbers still unreviewed, and two ways to prove who reviews."""

    numbers: list[str]
    token: str
    session: str
    row_bytes: int
    statements: dict[str, int]
    brackets: dict[str, int]

    def request(self, index: int, way: str) -> bytes:
        """The whole HTTP request that reviews one case, by `cookie` or by `token`."""
        path, headers, body = review(self.numbers[index], self.credential(way), f"bench-{index}")
        lines = [
            f"POST {path} HTTP/1.1",
            f"Host: {HOST}",
            *(f"{name}: {value}" for name, value in headers.items()),
        ]
        return "\r\n".join([*lines, f"Content-Length: {len(body)}", "", ""]).encode() + body

    def credential(self, way: str) -> dict[str, str]:
        """The header that proves who calls."""
        if way == "cookie":
            return {"Cookie": f"onedoor_session={self.session}"}
        return {"Authorization": f"Bearer {self.token}"}


def review(number: str, credential: dict[str, str], key: str) -> tuple[str, dict[str, str], bytes]:
    """Path, headers and body of one review."""
    headers = {**credential, "Idempotency-Key": key, "Content-Type": "application/json"}
    body = {"step": STEP, "outcome": "pass", "opinion": OPINION, "expect": 2}
    return f"/api/v1/cases/{number}/actions/review", headers, json.dumps(body, ensure_ascii=False).encode()


_CLONE_CASES = """INSERT INTO cases_case
SELECT clone.* FROM cases_case c, generate_series(1, %s) n, jsonb_populate_record(c, jsonb_build_object(
    'id', gen_random_uuid(), 'number', c.number || '-' || n, 'command_id', NULL)) clone
WHERE c.number = %s
RETURNING number"""
_CLONE_ROWS = """INSERT INTO {table}
SELECT copy.* FROM {table} r, cases_case c, cases_case clone,
    jsonb_populate_record(r, jsonb_build_object('{key}', clone.id)) copy
WHERE r.{key} = c.id AND c.number = %s AND starts_with(clone.number, c.number || '-')"""
_WIDTH = "SELECT avg(pg_column_size(c.*))::int FROM cases_case c"
#: Copies that are reviewed here, to warm up and then to count statements.
_TRIED = 12


def prepare(copies: int) -> Prepared:
    """File, accept, copy, sign in, and count the statements of one action each way."""
    from django.db import connection

    from onedoor.domain.offices import actions as offices
    from onedoor.domain.offices import queries

    at = datetime.now(UTC)
    number = _accepted(at)
    with connection.cursor() as cursor:
        cursor.execute(_CLONE_CASES, [copies + _TRIED, number])
        numbers = [row[0] for row in cursor.fetchall()]
        for table, key in (("journal_fact", "stream_id"), ("cases_dossier", "case_id")):
            cursor.execute(_CLONE_ROWS.format(table=table, key=key), [number])
        cursor.execute(_WIDTH)
        (width,) = cursor.fetchone()
    reviewer = queries.principal_by_username(REVIEWER)
    assert reviewer is not None
    token = offices.issue_token(username=REVIEWER, principal="command:bench", at=at)
    session = offices.open_session(user_id=reviewer.user_id, at=at)
    made = Prepared(numbers, token, session, width, {}, {})
    for way in ("cookie", "token"):
        for _ in range(_TRIED // 2):
            number = numbers.pop()
            made.statements[way], made.brackets[way] = _counted(number, made.credential(way))
    return made


def _accepted(at: datetime) -> str:
    """The number of a case that was filed at the window and accepted."""
    from onedoor.domain.cases import actions
    from onedoor.domain.cases.terms import Applicant, Application, MaterialGiven
    from onedoor.domain.catalog import forms
    from onedoor.domain.catalog import queries as catalog
    from onedoor.domain.offices import queries

    clerk = queries.principal_by_username(CLERK)
    assert clerk is not None
    version = catalog.in_force(clerk.tenant_id, ITEM, at)
    assert version is not None
    answers: dict[str, Any] = {}
    # Answers bring up further questions.
    while unanswered := [f for f in forms.fields_for(version, answers) if f.code not in answers]:
        answers.update({field.code: _answer(field) for field in unanswered})
    ways = {"licence": "licence", "record": "data"}
    materials = tuple(
        MaterialGiven(m.code, ways.get(m.source.value, "original"))
        for m in forms.materials_for(version, answers)
    )
    shop = Applicant("organization", "明渠县晓禾小吃店", "uscc", "92990722MAXH00010M", "13000000002")
    application = Application(ITEM, shop, "window", answers, materials)
    number = actions.file(application=application, actor=clerk, at=at).number
    actions.perform(number=number, verb="accept", payload={}, actor=clerk, at=at)
    return number


def _answer(field: Any) -> Any:
    """Some acceptable answer to a question."""
    if field.type == "group":
        return [{each.code: _answer(each) for each in field.fields}]
    if field.options:
        first = field.options[0].value
        return [first] if field.type == "choices" else first
    answers: dict[str, Any] = {
        "date": "2026-05-06",
        "number": 12,
        "money": "100000",
        "phone": "13000000002",
        "id_number": "110101198806160008",
        "uscc": "92990722MAXH00010M",
        "boolean": True,
    }
    return answers.get(field.type, "明渠县中街 1 号"[: field.max_length])


def _counted(number: str, credential: dict[str, str]) -> tuple[int, int]:
    """Statements and transaction brackets of one review, through every layer of Django.

    In this thread, whose connection is watched; the web server works in one of its own.
    """
    from django.db import connection

    from onedoor.site.bench._wire import watched

    path, headers, body = review(number, credential, f"count-{number}")
    environ = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": path,
        "SERVER_NAME": HOST,
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": HOST,
        "CONTENT_TYPE": headers.pop("Content-Type"),
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.url_scheme": "http",
        "wsgi.input": BytesIO(body),
        "wsgi.errors": sys.stderr,
        **{f"HTTP_{name.upper().replace('-', '_')}": value for name, value in headers.items()},
    }
    with watched(connection.connection) as sent:
        _call(environ)
    return sent.statements, sent.brackets


def _call(environ: dict[str, Any]) -> None:
    from django.core.wsgi import get_wsgi_application

    answered: list[str] = []
    respond: Callable[..., Any] = lambda status, headers, fault=None: answered.append(status)  # noqa: E731
    response = get_wsgi_application()(environ, respond)
    content = b"".join(response)
    if close := getattr(response, "close", None):
        close()
    if not answered[0].startswith("200"):
        raise AssertionError(f"{answered[0]}: {content.decode('utf-8', 'replace')}")


if __name__ == "__main__":
    import django

    django.setup()
    print(json.dumps(asdict(prepare(int(sys.argv[1])))))
