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

FOOT = "输入验证码，可核对本文书的真伪和现状。演示文书，由演示系统生成，不具有法律效力。第1页共1页"
CONTACT = "办理地点：县政务服务中心一楼3号综合窗口咨询电话：0000-1234567监督投诉电话：12345"

#: Kind → what stands on the page, in the order in which it is read.
GOLDEN: dict[PaperKind, tuple[str, ...]] = {
    PaperKind.RECEIPT: (
        "明渠县市场监督管理局收件凭证明市监许收〔2026〕1号张𠮷祥：",
        "你（单位）提交的“食品经营许可新办”申请材料已收到，现出具本凭证。",
        "办件编号990722-20261122-SCJG-00012-7查询码H7K2M9事项名称食品经营许可新办",
        "收件日期2026年11月22日承诺时限8个工作日收件人李明代办人王䶮",
        "收到的材料序号材料名称形式份数备注1食品经营许可申请书原件12营业执照电子证照1系统核验",
        "本凭证只证明材料已收到，不代表已经受理。",
        CONTACT,
    ),
    PaperKind.ACCEPTANCE: (
        "明渠县市场监督管理局受理通知书明市监许受〔2026〕1号明渠县老𠮷家饭店：",
        "你（单位）于2026年11月20日提出的“食品经营许可新办”申请（办件编号：990722-20261122-SCJG-00012-7）已收悉。",
        "依照《中华人民共和国行政许可法》第三十二条第一款第五项的规定，本机关决定予以受理。",
        "本机关将自受理之日起8个工作日内（至2026年12月2日止）作出决定，并依法送达。",
        CONTACT,
        "明渠县市场监督管理局2026年11月22日",
    ),
    PaperKind.CORRECTION: (
        "明渠县市场监督管理局补正告知书明市监许补〔2026〕1号张堃：",
        "现将需要补正的全部内容一次告知如下：序号材料或内容存在的问题补正要求",
        "1经营场所平面图未标注面积请标注各功能区面积后上传2冷藏设备说明缺少该材料请提供冷藏设备清单",
        "请于2026年12月20日前按上述要求补正",
        CONTACT,
    ),
    PaperKind.DECLINE: (
        "明渠县市场监督管理局不予受理通知书明市监许不受〔2026〕1号欧阳㛃：",
        "本机关决定不予受理，理由如下：（一）经营场所位于邻县，不属于本机关管辖；（二）已持有同一场所的有效许可。",
        "该事项属于清河县市场监督管理局的职权范围，请向其提出申请。",
        "如不服本通知，可以自收到之日起六十日内向明渠县人民政府申请行政复议，也可以自收到之日起六个月内向明渠县人民法院提起行政诉讼。",
        CONTACT,
    ),
    PaperKind.APPROVAL: (
        "明渠县市场监督管理局准予行政许可决定书明市监许准〔2026〕1号明渠县老𠮷家饭店：",
        "依照《中华人民共和国食品安全法》第三十五条的规定，本机关决定准予行政许可。",
        "经营场所明渠县城关镇人民路18号有效期限自2026年11月22日至2031年11月21日",
        "十日内向你（单位）颁发、送达《食品经营许可证》。",
        CONTACT,
    ),
    PaperKind.REFUSAL: (
        "明渠县市场监督管理局不予行政许可决定书明市监许不准〔2026〕1号张垚：",
        "该申请不符合法定条件、标准，本机关决定不予行政许可，理由如下：操作间与卫生间直接相通。",
        "依据：《中华人民共和国行政许可法》第三十八条第二款。如不服本决定，",
        CONTACT,
    ),
    PaperKind.LICENCE: (
        "食品经营许可证编号JY29907220000012经营者名称明渠县老𠮷家饭店负责人张𠮷祥",
        "经营场所明渠县城关镇人民路18号有效期限自2026年11月22日至2031年11月21日",
        "发证机关明渠县市场监督管理局发证日期2026年11月22日",
    ),
}


@pytest.mark.django_db
@pytest.mark.parametrize("kind", PaperKind)
def test_the_paper_reads_as_it_should(kind: PaperKind) -> None:
    paper = issue(kind)
    text = text_of(queries.pdf(paper.id))
    at = 0
    for words in (*GOLDEN[kind], *((FOOT,) if kind is not PaperKind.LICENCE else ())):
        assert words in text
        assert at <= text.index(words), words
        at = text.index(words)
    code = "-".join(paper.verify_code[start : start + 4] for start in range(0, 16, 4))
    assert f"验证码{code}" in text


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


def _issue_many(streams: list[UUID]) -> list[str]:
    """Issue from several threads at once; the numbers given out, and "refused" for each that failed."""

    def run(stream: UUID) -> str:
        try:
            with transaction.atomic():
                return issue(PaperKind.ACCEPTANCE, stream).document_number
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
