"""Recognising, finding, masking and revealing the people who apply."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from onedoor.core.identifiers import uscc_check
from onedoor.core.refusals import Refused
from onedoor.domain.journal import queries as journal
from onedoor.domain.offices.models import Tenant
from onedoor.domain.offices.terms import Principal
from onedoor.domain.people import actions, events, queries
from onedoor.domain.people.models import Subject
from onedoor.domain.people.terms import IdType, SubjectIdentity, SubjectKind, SubjectRef, SubjectView
from onedoor.plumbing.crypto import Unreadable

AT = datetime(2026, 10, 13, 2, 0, tzinfo=UTC)
PERSON = {
    "kind": "person",
    "name": "王小明",
    "id_type": "resident_id",
    "id_number": "11010519491231002X",
    "phone": "13800001234",
}
_BODY = "91990722MA0000001"
COMPANY = {
    "kind": "organization",
    "name": "明渠县好味餐饮店",
    "id_type": "uscc",
    "id_number": _BODY + uscc_check(_BODY),
    "phone": "13900005678",
}


def make_tenant(name: str = "明渠县政务服务中心") -> int:
    return Tenant.objects.create(name=name, region_code="990722", created_at=AT).pk


@pytest.fixture
def tenant_id(db: None) -> int:
    return make_tenant()


def recognise(tenant_id: int, who: dict[str, str], at: datetime = AT, **changes: str) -> SubjectRef:
    return actions.recognise(tenant_id=tenant_id, at=at, **(who | changes))


def principal(tenant_id: int, user_id: int = 5) -> Principal:
    return Principal(user_id=user_id, tenant_id=tenant_id, name="李四", username="li4")


def test_a_subject_is_recognised_by_its_number(tenant_id: int) -> None:
    first = recognise(tenant_id, PERSON)
    again = recognise(tenant_id, PERSON, id_number=" 11010519491231002x ", name=" 王小明 ")
    assert first.new
    assert again == SubjectRef(first.id, new=False)
    assert recognise(tenant_id, COMPANY).id != first.id
    assert Subject.objects.count() == 2


def test_another_tenant_knows_its_own_subjects_only(tenant_id: int) -> None:
    other = make_tenant("邻县")
    mine, theirs = recognise(tenant_id, PERSON), recognise(other, PERSON)
    assert mine.id != theirs.id
    assert [view.id for view in queries.find_by_id(other, PERSON["id_number"])] == [theirs.id]
    assert queries.masked(other, mine.id) is None
    with pytest.raises(Refused) as refused:
        queries.reveal(mine.id, principal=principal(other), purpose="电话核实", at=AT)
    assert (refused.value.code, refused.value.status) == ("unknown_subject", 404)


def test_the_last_given_name_and_telephone_hold(tenant_id: int) -> None:
    first = recognise(tenant_id, PERSON)
    later = AT + timedelta(days=1)
    assert recognise(tenant_id, PERSON, at=later, phone="13700009999").id == first.id
    assert queries.find_by_phone(tenant_id, PERSON["phone"]) == ()
    (view,) = queries.find_by_phone(tenant_id, "13700009999")
    assert view.phone == "137****9999"
    row = Subject.objects.get()
    assert (row.created_at, row.updated_at) == (AT, later)


def test_a_known_subject_is_only_read(tenant_id: int) -> None:
    recognise(tenant_id, PERSON)
    before = Subject.objects.values().get()
    recognise(tenant_id, PERSON, at=AT + timedelta(days=1))
    assert Subject.objects.values().get() == before


def test_lists_show_people_masked_and_bodies_in_clear(tenant_id: int) -> None:
    person, body = recognise(tenant_id, PERSON), recognise(tenant_id, COMPANY)
    assert queries.masked(tenant_id, person.id) == SubjectView(
        person.id, SubjectKind.PERSON, "王**", IdType.RESIDENT_ID, "1101**********002X", "138****1234"
    )
    assert queries.masked(tenant_id, body.id) == SubjectView(
        body.id,
        SubjectKind.ORGANIZATION,
        COMPANY["name"],
        IdType.USCC,
        COMPANY["id_number"],
        "139****5678",
    )


def test_subjects_are_found_by_number_last_four_and_telephone(tenant_id: int) -> None:
    person = recognise(tenant_id, PERSON)
    recognise(tenant_id, COMPANY)
    for found in (
        queries.find_by_id(tenant_id, "11010519491231002x"),
        queries.find_by_last_four(tenant_id, "002x"),
        queries.find_by_phone(tenant_id, " 13800001234"),
    ):
        assert [view.id for view in found] == [person.id]
    assert queries.find_by_id(tenant_id, "440524188001010014") == ()
    assert queries.find_by_last_four(tenant_id, "0000") == ()


def test_no_number_stands_in_the_table_in_clear(tenant_id: int) -> None:
    recognise(tenant_id, PERSON)
    with connection.cursor() as cursor:
        cursor.execute("SELECT s::text FROM people_subject s")
        ((row,),) = cursor.fetchall()
    for number in (PERSON["id_number"], PERSON["phone"], "002X"):
        assert number not in row
        assert number.encode().hex() not in row


def test_revealing_leaves_a_record_of_who_whom_and_why(tenant_id: int) -> None:
    person = recognise(tenant_id, PERSON)
    clear = queries.reveal(person.id, principal=principal(tenant_id), purpose=" 电话核实 材料 ", at=AT)
    assert clear == SubjectIdentity(
        person.id, SubjectKind.PERSON, "王小明", IdType.RESIDENT_ID, PERSON["id_number"], PERSON["phone"]
    )
    queries.reveal(person.id, principal=principal(tenant_id), purpose="再次核实", at=AT + timedelta(hours=1))
    facts = journal.facts(events.access_stream(tenant_id=tenant_id, user_id=5, at=AT))
    assert [(fact.kind, fact.principal, dict(fact.data)) for fact in facts] == [
        (events.IDENTITY_REVEALED, "user:5", {"subject": person.id, "purpose": "电话核实 材料"}),
        (events.IDENTITY_REVEALED, "user:5", {"subject": person.id, "purpose": "再次核实"}),
    ]


def test_the_access_log_changes_with_user_and_civil_day() -> None:
    evening = datetime(2026, 10, 13, 15, 59, tzinfo=UTC)
    streams = {
        events.access_stream(tenant_id=tenant, user_id=user, at=at)
        for tenant, user, at in (
            (1, 5, evening),
            (1, 6, evening),
            (2, 5, evening),
            (1, 5, evening + timedelta(minutes=2)),
        )
    }
    assert len(streams) == 4


@pytest.mark.parametrize("purpose", ["", "  ", "看", "长" * 201])
def test_nothing_is_revealed_without_a_purpose(tenant_id: int, purpose: str) -> None:
    person = recognise(tenant_id, PERSON)
    with pytest.raises(Refused) as refused:
        queries.reveal(person.id, principal=principal(tenant_id), purpose=purpose, at=AT)
    assert refused.value.code == "purpose_missing"
    assert journal.facts(events.access_stream(tenant_id=tenant_id, user_id=5, at=AT)) == ()


@pytest.mark.parametrize(
    ("changes", "pointers"),
    [
        ({"name": "  "}, ["/applicant/name"]),
        ({"name": "王\x00明"}, ["/applicant/name"]),
        ({"name": "长" * 201}, ["/applicant/name"]),
        ({"kind": "robot"}, ["/applicant/kind"]),
        ({"id_type": "uscc"}, ["/applicant/id_type"]),
        ({"id_number": "110105194912310021"}, ["/applicant/id_number"]),
        ({"phone": "12345"}, ["/applicant/phone"]),
        (
            {"name": "", "id_number": "", "phone": ""},
            ["/applicant/name", "/applicant/id_number", "/applicant/phone"],
        ),
    ],
)
def test_every_fault_of_an_identity_is_named_at_once(
    tenant_id: int, changes: dict[str, str], pointers: list[str]
) -> None:
    problems = queries.identity_problems(**(PERSON | changes))
    assert [problem.pointer for problem in problems] == pointers
    with pytest.raises(Refused) as refused:
        recognise(tenant_id, PERSON, **changes)
    assert refused.value.errors == problems
    assert not Subject.objects.exists()


def test_a_good_identity_has_no_fault() -> None:
    assert queries.identity_problems(**PERSON) == ()
    assert queries.identity_problems(**COMPANY) == ()


def test_a_cipher_copied_from_another_row_does_not_open(tenant_id: int) -> None:
    recognise(tenant_id, PERSON)
    body = recognise(tenant_id, COMPANY)
    stolen = Subject.objects.get(kind="person")
    Subject.objects.filter(pk=body.id).update(id_cipher=stolen.id_cipher)
    with pytest.raises(Unreadable):
        queries.masked(tenant_id, body.id)


def test_the_database_refuses_unknown_kinds(tenant_id: int) -> None:
    recognise(tenant_id, PERSON)
    with pytest.raises(DatabaseError), transaction.atomic():
        Subject.objects.update(kind="robot")


def test_of_many_at_once_all_get_the_same_subject(own_database: str) -> None:
    tenant_id = make_tenant()
    start, found = threading.Barrier(6), []

    def run() -> None:
        try:
            start.wait(10)
            found.append(recognise(tenant_id, PERSON).id)
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(found) == 6
    assert len(set(found)) == 1
    assert Subject.objects.count() == 1


def test_at_once_revealing_leaves_every_record(own_database: str) -> None:
    tenant_id = make_tenant()
    person = recognise(tenant_id, PERSON)
    faults: list[Any] = []

    def run() -> None:
        try:
            queries.reveal(person.id, principal=principal(tenant_id), purpose="核实", at=AT)
        except Exception as fault:
            faults.append(fault)
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert faults == []
    assert len(journal.facts(events.access_stream(tenant_id=tenant_id, user_id=5, at=AT))) == 5
