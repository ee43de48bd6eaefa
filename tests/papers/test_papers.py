"""Papers from issue to verification: their words, their numbers, their bytes."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from uuid import UUID, uuid4

import psycopg
import pytest
from django.db import IntegrityError, connection, transaction

from onedoor.core.refusals import Refused
from onedoor.domain.papers import actions, blobs, queries, tasks, typesetting
from onedoor.domain.papers.models import NumberSeries, Paper
from onedoor.domain.papers.terms import BlobDamaged, OrganRef, PaperKind, PaperState
from tests.papers.samples import AT, ORGAN, SAMPLES, issue, text_of


@pytest.mark.django_db
def test_the_query_code_is_printed_on_the_receipt_only() -> None:
    for kind, (_, data) in SAMPLES.items():
        text = text_of(queries.pdf(issue(kind, data=data | {"query_code": "H7K2M9"}).id))
        assert ("H7K2M9" in text) == (kind is PaperKind.RECEIPT)


@pytest.mark.django_db
def test_rendering_twice_keeps_the_bytes_and_setting_again_gives_the_same() -> None:
    paper = issue(PaperKind.LICENCE)
    first = actions.render(paper.id, AT)
    pdf = queries.pdf(paper.id)
    assert actions.render(paper.id, AT.replace(hour=9)) == first
    assert queries.pdf(paper.id) == pdf
    assert typesetting.typeset(typesetting.sheet_of(Paper.objects.get(pk=paper.id))) == pdf
    assert first.rendered_at == AT


def test_pages_say_what_they_are_for_the_archive_and_for_the_blind() -> None:
    for kind in PaperKind:
        pdf = typesetting.typeset(_sheet(kind))
        assert b"pdfaid:part>2<" in pdf
        assert b"pdfaid:conformance>A<" in pdf
        assert b"pdfuaid:part>1<" in pdf
        assert b"CreationDate(D:20261122060000Z)" in pdf


@pytest.mark.parametrize("kind", PaperKind)
def test_little_and_much_data_both_make_a_page(kind: PaperKind) -> None:
    least = {
        "service_name": "事",
        "case_number": "1",
        "query_code": "2",
        "reasons": ["理由"],
        "items": [{"name": "甲", "problem": "", "mend": ""}],
        "name": "证",
        "rows": [{"label": "甲", "value": "乙"}],
        "special": "检验",
        "started_on": "2026-11-22",
        "needed": "1个工作日",
        "added": "1个工作日",
        "way": "electronic",
        "method": "电子送达",
        "receiver": "甲",
        "delivered_on": "2026-11-22",
    }
    assert (
        text_of(typesetting.typeset(replace(_sheet(kind), data=actions.rules.printable(kind, least)))).count(
            "第1页共1页"
        )
        == 1
    )
    much = SAMPLES[kind][1] | {
        "items": [{"name": f"材料{n}", "problem": "缺" * 60, "mend": "补" * 60} for n in range(30)],
        "reasons": ["理由" * 100 for _ in range(15)],
        "remark": "备注" * 200,
    }
    much |= {"rows": [{"label": f"项目{n}", "value": "内容" * 20} for n in range(12)]}
    much |= {"documents": [{"label": f"文书{n}", "value": "文号" * 20} for n in range(12)]}
    organ = "黔西南布依族苗族自治州望谟县住房和城乡建设与综合行政执法局"
    sheet = replace(_sheet(kind), organ=organ, data=actions.rules.printable(kind, much))
    assert typesetting.typeset(sheet).startswith(b"%PDF-1.7")


@pytest.mark.django_db
def test_what_a_person_typed_is_never_markup() -> None:
    hostile = '#read("/etc/passwd") *x* $1$ <a> @b `c` \\ #panic("x") [//] "引号"'
    _, data = SAMPLES[PaperKind.LICENCE]
    text = text_of(
        queries.pdf(issue(PaperKind.LICENCE, holder_name=hostile, data=data | {"remark": hostile}).id)
    )
    assert text.count("".join(hostile.split())) == 2


@pytest.mark.django_db
def test_a_character_without_glyph_stops_the_paper_and_is_named() -> None:
    paper = issue(PaperKind.ACCEPTANCE, holder_name="张\U0003fffe")
    with pytest.raises(Refused) as refused:
        actions.render(paper.id, AT)
    assert refused.value.code == "glyph_missing"
    assert "U+3FFFE" in refused.value.detail
    assert Paper.objects.get(pk=paper.id).blob_id is None


@pytest.mark.django_db
def test_issuing_again_gives_the_same_paper_and_uses_no_number() -> None:
    stream = uuid4()
    first = issue(PaperKind.ACCEPTANCE, stream, 3)
    assert issue(PaperKind.ACCEPTANCE, stream, 3, holder_name="别人") == first
    assert issue(PaperKind.ACCEPTANCE).document_number == "明市监许受〔2026〕2号"
    assert issue(PaperKind.RECEIPT, stream, 1).document_number == "明市监许收〔2026〕1号"
    assert [paper.source_seq for paper in queries.papers_of(stream)] == [1, 3]


@pytest.mark.django_db
def test_numbers_begin_anew_each_civil_year_and_for_each_organ() -> None:
    numbers = [
        issue(PaperKind.ACCEPTANCE).document_number,
        issue(PaperKind.ACCEPTANCE, at=AT.replace(month=12, day=31, hour=16)).document_number,
        issue(PaperKind.ACCEPTANCE, organ=OrganRef("明渠县卫生健康局", "明卫")).document_number,
        issue(PaperKind.ACCEPTANCE, tenant_id=2).document_number,
    ]
    assert numbers == [
        "明市监许受〔2026〕1号",
        "明市监许受〔2027〕1号",
        "明卫许受〔2026〕1号",
        "明市监许受〔2026〕1号",
    ]


@pytest.mark.django_db
def test_a_rolled_back_paper_gives_its_number_back() -> None:
    with transaction.atomic():
        issue(PaperKind.APPROVAL)
        transaction.set_rollback(True)
    assert issue(PaperKind.APPROVAL).document_number == "明市监许准〔2026〕1号"


@pytest.mark.django_db
def test_nothing_of_a_paper_is_readable_in_the_table() -> None:
    paper = issue(PaperKind.RECEIPT)
    row = Paper.objects.get(pk=paper.id)
    assert "张".encode() not in bytes(row.data_sealed)
    assert b"H7K2M9" not in bytes(row.data_sealed)


@pytest.mark.django_db
def test_anyone_may_verify_and_learns_no_more_than_the_paper_proves() -> None:
    paper = issue(PaperKind.LICENCE, holder_name="张𠮷祥")
    pdf = queries.pdf(paper.id)
    seen = queries.verify(paper.verify_code.lower())
    assert seen is not None
    assert (seen.title, seen.document_number, seen.holder) == (
        "食品经营许可证",
        "明市监许证〔2026〕1号",
        "张**",
    )
    assert (seen.organ, seen.demo, seen.state) == (ORGAN.name, True, PaperState.VALID)
    assert (str(seen.issued_on), str(seen.valid_until)) == ("2026-11-22", "2031-11-21")
    assert seen.sm3 == blobs.sm3(pdf).hex()
    assert queries.verify("0" * 16) is None
    assert queries.verify("' OR 1=1 --") is None


@pytest.mark.django_db
def test_a_void_paper_says_so() -> None:
    paper = issue(PaperKind.APPROVAL)
    with pytest.raises(Refused, match="paper_unknown"):
        actions.declare_void(tenant_id=2, paper_id=paper.id, reason="依法撤销", at=AT)
    with pytest.raises(Refused, match="reason_required"):
        actions.declare_void(tenant_id=1, paper_id=paper.id, reason=" ", at=AT)
    actions.declare_void(tenant_id=1, paper_id=paper.id, reason="依法撤销", at=AT)
    assert actions.declare_void(tenant_id=1, paper_id=paper.id, reason="再次", at=AT).state is PaperState.VOID
    seen = queries.verify(paper.verify_code)
    assert seen is not None
    assert (seen.state, seen.void_reason) == (PaperState.VOID, "依法撤销")


@pytest.mark.django_db
def test_a_changed_file_is_noticed() -> None:
    paper = actions.render(issue(PaperKind.REFUSAL).id, AT)
    store = blobs.current_store()
    envelope = store.get(paper.sm3)
    assert envelope is not None
    for changed in (envelope[:-1] + bytes([envelope[-1] ^ 1]), envelope[:100], b"%PDF-1.7"):
        store.put(paper.sm3, changed)
        with pytest.raises(BlobDamaged):
            queries.pdf(paper.id)
    store.delete(paper.sm3)
    with pytest.raises(BlobDamaged, match="missing"):
        queries.open_blob(paper.sm3)


@pytest.mark.django_db
def test_outstanding_papers_are_rendered_and_one_that_cannot_be_holds_up_nobody() -> None:
    bad = issue(PaperKind.ACCEPTANCE, holder_name="张\U0003fffe")
    good = issue(PaperKind.ACCEPTANCE, at=AT.replace(hour=7))
    assert queries.unrendered() == (bad.id, good.id)
    assert tasks.render_outstanding() == (bad.id,)
    assert queries.unrendered() == (bad.id,)


@pytest.mark.django_db
def test_unknown_papers_are_refused() -> None:
    with pytest.raises(Refused, match="paper_unknown"):
        queries.pdf(uuid4())
    with pytest.raises(Refused, match="paper_unknown"):
        actions.render(uuid4(), AT)
    assert queries.paper(uuid4()) is None


ISSUERS, EACH = 8, 6


HEALTH = OrganRef("明渠县卫生健康局", "明卫健")


def _issue_many(streams: list[UUID], *, mixed: bool = False) -> list[str]:
    """Issue from several threads at once; the numbers given out, and "refused" for each that failed. `mixed` issues
    two kinds for two organs in turn."""

    def run(stream: UUID) -> str:
        turn = streams.index(stream) // ISSUERS if mixed else 0
        kind = PaperKind.DELIVERY if turn % 2 else PaperKind.ACCEPTANCE
        try:
            with transaction.atomic():
                return issue(kind, stream, organ=HEALTH if turn // 2 % 2 else ORGAN).document_number
        except IntegrityError:
            return "refused"

    def work(part: list[UUID]) -> list[str]:
        try:
            return [run(stream) for stream in part]
        finally:
            connection.close()

    parts = [streams[start::ISSUERS] for start in range(ISSUERS)]
    with ThreadPoolExecutor(ISSUERS) as pool:
        return [number for numbers in pool.map(work, parts) for number in numbers]


@pytest.mark.usefixtures("own_database")
def test_numbers_have_no_gaps_and_no_doubles_under_threads() -> None:
    given = _issue_many([uuid4() for _ in range(ISSUERS * EACH)])
    assert sorted(given) == sorted(f"明市监许受〔2026〕{n}号" for n in range(1, ISSUERS * EACH + 1))
    assert NumberSeries.objects.get().last == ISSUERS * EACH


@pytest.mark.usefixtures("own_database")
def test_every_series_of_every_organ_is_without_gaps_by_itself() -> None:
    given = _issue_many([uuid4() for _ in range(ISSUERS * 8)], mixed=True)
    series = ("明市监许受", "明市监许送", "明卫健许受", "明卫健许送")
    assert sorted(given) == sorted(
        f"{word}〔2026〕{n}号" for word in series for n in range(1, ISSUERS * 2 + 1)
    )


@pytest.mark.usefixtures("own_database")
def test_control_without_the_lock_numbers_collide(monkeypatch: pytest.MonkeyPatch) -> None:
    def unlocked(tenant_id: int, organ: str, series: str, year: int) -> int:
        numbers = Paper.objects.filter(tenant_id=tenant_id, organ=organ, series=series, year=year)
        last = max(numbers.values_list("number", flat=True), default=0)
        time.sleep(0.02)
        return last + 1

    monkeypatch.setattr(actions, "_next_number", unlocked)
    given = _issue_many([uuid4() for _ in range(ISSUERS * EACH)])
    assert "refused" in given


@pytest.mark.usefixtures("own_database")
def test_one_fact_issued_by_many_at_once_is_one_paper_and_one_number() -> None:
    stream = uuid4()
    given = _issue_many([stream] * ISSUERS * 2)
    assert set(given) == {"明市监许受〔2026〕1号"}
    assert NumberSeries.objects.get().last == 1


@pytest.mark.usefixtures("own_database")
def test_many_renderers_at_once_set_the_paper_once(monkeypatch: pytest.MonkeyPatch) -> None:
    paper = issue(PaperKind.ACCEPTANCE)
    calls: list[int] = []
    lock = threading.Lock()
    real: Callable[[typesetting.Sheet], bytes] = typesetting.typeset

    def counted(sheet: typesetting.Sheet) -> bytes:
        with lock:
            calls.append(1)
        return real(sheet)

    def work(_: int) -> str:
        try:
            return actions.render(paper.id, AT).sm3
        finally:
            connection.close()

    monkeypatch.setattr(typesetting, "typeset", counted)
    with ThreadPoolExecutor(ISSUERS) as pool:
        assert len(set(pool.map(work, range(ISSUERS)))) == 1
    assert len(calls) == 1


def test_threads_setting_different_papers_never_mix_them_up() -> None:
    sheets = [
        replace(_sheet(PaperKind.ACCEPTANCE), holder=f"甲{n}号", verify_code=f"{n:016}") for n in range(24)
    ]
    alone = [typesetting.typeset(sheet) for sheet in sheets]
    with ThreadPoolExecutor(6) as pool:
        assert list(pool.map(typesetting.typeset, sheets)) == alone


@pytest.mark.django_db
def test_a_paper_cannot_claim_to_be_rendered_without_its_file() -> None:
    paper = issue(PaperKind.ACCEPTANCE)
    with pytest.raises((IntegrityError, psycopg.errors.CheckViolation)), transaction.atomic():
        Paper.objects.filter(pk=paper.id).update(rendered_at=AT)


def _sheet(kind: PaperKind) -> typesetting.Sheet:
    holder, data = SAMPLES[kind]
    return typesetting.Sheet(
        kind=kind,
        title="文书",
        organ=ORGAN.name,
        demo=True,
        document_number="明市监〔2026〕1号",
        holder=holder,
        issued_at=AT,
        verify_code="7K3DPQ0M4WZX9T2B",
        base_url="http://127.0.0.1:8000",
        data=actions.rules.printable(kind, data),
    )
