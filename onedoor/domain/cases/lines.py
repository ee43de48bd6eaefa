"""Cases as lines of a list: paging, days left, lamps."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db.models import BooleanField, DateTimeField, F, Func, Q, QuerySet, UUIDField, Value

from onedoor.core.due import remaining
from onedoor.core.instants import civil_date, parse_instant
from onedoor.core.refusals import Refused
from onedoor.domain.offices import queries as offices

from .engine.terms import CONCLUDED, Stage, stage_words
from .engine.work import HANDING_OVER
from .models import DUE_ORDER, Case
from .specials import running
from .terms import Special

#: The longest page of a list.
MOST_A_PAGE = 200
#: What a line shows; a row has much that it does not.
_COLUMNS: Final = (
    "id", "number", "service_code", "service_name", "applicant_name", "applicant_kind", "stage",
    "lead_department", "place_code", "created_at", "received_at", "due_at", "overdue", "channel", "entrustment", "work",
    "parent",
)  # fmt: skip
#: The order of the newest, in words that no index is made of.
_SORTED: Final = Func(
    F("created_at"), template="(%(expressions)s + interval '0')", output_field=DateTimeField()
)


@dataclass(frozen=True, slots=True)
class CaseLine:
    """A case in a list. `days_left` are working days to the due day, negative when late, None without a limit.
    `special` is the special procedure in which a suspended case stands still."""

    id: UUID
    number: str
    service_code: str
    service_name: str
    applicant_name: str
    stage: str
    stage_name: str
    department: str
    created_at: datetime
    received_at: datetime | None
    due_at: datetime | None
    days_left: int | None
    overdue: bool
    lamp: str
    channel: str
    applicant_kind: str = ""
    entrustment: UUID | None = None
    place: str = ""
    bundle: UUID | None = None
    special: Special | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """A page of a list; `next_cursor` is "" on the last page."""

    items: tuple[CaseLine, ...]
    next_cursor: str


def page_of(
    rows: QuerySet[Case],
    tenant_id: int,
    at: datetime,
    limit: int,
    cursor: str,
    *,
    by_due: bool,
    scattered: bool = False,
) -> Page:
    """One page of these rows behind `cursor`, by due instant (those without come last) or newest first.

    `scattered` rows are sorted, not looked for along the order. Raises Refused("bad_cursor").
    """
    size = max(1, min(limit, MOST_A_PAGE))
    if cursor:
        rows = rows.filter(_after(cursor, by_due=by_due))
    newest = (_SORTED.desc() if scattered else F("created_at").desc(), "-id")
    order = (DUE_ORDER.asc(), "id") if by_due else newest
    found = list(rows.order_by(*order).only(*_COLUMNS)[: size + 1])
    calendar = offices.current_calendar(tenant_id)
    paused = [row.id for row in found[:size] if row.stage == Stage.SUSPENDED.value]
    specials = running(paused, calendar, at)
    lines = []
    for row in found[:size]:
        left = remaining(civil_date(at), _due_day(row.due_at), calendar) if row.due_at else None
        lines.append(_line(row, left, at, specials.get(row.id)))
    more = len(found) > size
    return Page(tuple(lines), _cursor(found[size - 1], by_due=by_due) if more else "")


def _cursor(row: Case, *, by_due: bool) -> str:
    """Where a page ended: its last row's place in the order, opaque to callers."""
    instant = row.due_at if by_due else row.created_at
    text = f"{instant.isoformat() if instant else ''}|{row.id}"
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _after(cursor: str, *, by_due: bool) -> Q:
    """Rows behind the cursor. Raises Refused("bad_cursor")."""
    try:
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
        instant_text, _, id_text = text.partition("|")
        instant = parse_instant(instant_text) if instant_text else None
        row_id = UUID(id_text)
        if instant is None and not by_due:
            raise ValueError
    except (ValueError, Refused):
        raise Refused("bad_cursor", "翻页参数不正确，请从第一页重新翻起。") from None
    text = instant.isoformat() if instant else "infinity"
    return Q(_Behind(DUE_ORDER if by_due else F("created_at"), text, row_id, sign=">" if by_due else "<"))


class _Behind(Func):
    """Whether a row stands behind a place of the order. Instant and id are compared together, so that an index finds
    the place at once, however many cases share an instant."""

    output_field = BooleanField()

    def __init__(self, order: Any, instant: str, row_id: UUID, *, sign: str) -> None:
        place = Func(Value(instant), template="%(expressions)s::timestamptz", output_field=DateTimeField())
        super().__init__(order, F("id"), place, Value(row_id, output_field=UUIDField()), sign=sign)

    def as_sql(self, compiler: Any, connection: Any, **context: Any) -> tuple[str, list[Any]]:  # type: ignore[override]
        parts = [compiler.compile(expression) for expression in self.source_expressions]
        (one, _), (two, _), (three, _), (four, _) = parts
        values = [value for _, given in parts for value in given]
        return f"({one}, {two}) {self.extra['sign']} ({three}, {four})", values


def _due_day(due_at: datetime) -> date:
    """The day that ends at the due instant."""
    return civil_date(due_at - timedelta(microseconds=1))


def _line(row: Case, left: int | None, at: datetime, special: Special | None) -> CaseLine:
    return CaseLine(
        id=row.id,
        number=row.number,
        service_code=row.service_code,
        service_name=row.service_name,
        applicant_name=row.applicant_name,
        stage=row.stage,
        stage_name=stage_words(Stage(row.stage), makes=HANDING_OVER not in row.work),
        department=row.lead_department,
        created_at=row.created_at,
        received_at=row.received_at,
        due_at=row.due_at,
        days_left=left,
        overdue=row.overdue or (row.due_at is not None and row.due_at <= at),
        lamp=lamp(left, row.overdue or (row.due_at is not None and row.due_at <= at), Stage(row.stage)),
        channel=row.channel,
        applicant_kind=row.applicant_kind,
        entrustment=row.entrustment_id,
        place=row.place_code,
        bundle=row.parent_id,
        special=special,
    )


def lamp(days_left: int | None, overdue: bool, stage: Stage) -> str:
    """red once a limit was missed, yellow in the last working day before it, green otherwise, none when done."""
    if overdue:
        return "red"
    if stage in CONCLUDED or days_left is None:
        return "none"
    return "yellow" if days_left <= 1 else "green"
