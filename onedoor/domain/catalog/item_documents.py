"""What the item document says under `details`, read; and how an address in a document must look."""

from __future__ import annotations

from .item_terms import (
    APPLICANT_KINDS,
    BODY_NATURES,
    DELEGATED_LEVELS,
    NO_DETAILS,
    DelegatedAct,
    Delegation,
    Details,
    Fee,
    GivenAnswer,
    Intermediary,
    Reach,
    Situation,
    SpecialProcedure,
)
from .reading import Reader

#: An address that a page may lead to: of the web, or of this site.
ADDRESS = r"(https?://[^\s\"'<>]+|/(?!/)[^\s\"'<>]*)"

_CODE = r"[A-Za-z0-9-]{1,50}"
_WORD = r"[a-z][a-z0-9_]{0,39}"


def read_details(doc: Reader) -> Details:
    """The object `details` of an item document; everything open if it is absent."""
    reader = doc.object("details")
    if reader is None:
        return NO_DETAILS
    details = Details(
        sub_item=reader.text("sub_item"),
        local_code=reader.text("local_code", most=50, pattern=_CODE),
        handling_code=reader.text("handling_code", most=40, pattern=_CODE),
        power_source=reader.text("power_source", most=100),
        body_nature=reader.one_of("body_nature", tuple(BODY_NATURES)),
        entrusted_by=reader.text("entrusted_by"),
        joint=reader.texts("joint", most=100, count=50),
        applicant_kinds=reader.texts("applicant_kinds", options=tuple(APPLICANT_KINDS)),
        quota=reader.text("quota", most=500),
        special=tuple(_special(each) for each in reader.objects("special", count=20)),
        visit_reason=reader.text("visit_reason", most=500),
        depth=reader.text("depth", most=100),
        by_post=reader.flag("by_post", default=False),
        result_by_post=reader.flag("result_by_post", default=False),
        pay_online=reader.flag("pay_online", default=False),
        appointment=reader.flag("appointment", default=False),
        reach=Reach(reader.one_of("reach", tuple(each.value for each in Reach if each.value))),
        delegations=tuple(_delegation(each) for each in reader.objects("delegations", count=20)),
        intermediaries=tuple(_intermediary(each) for each in reader.objects("intermediaries", count=50)),
        fees=tuple(_fee(each) for each in reader.objects("fees", count=50)),
        situations=tuple(_situation(each) for each in reader.objects("situations", count=50)),
        consult_address=reader.text("consult_address"),
        mobile_url=reader.text("mobile_url", most=500, pattern=ADDRESS),
    )
    reader.close()
    return details


def _special(reader: Reader) -> SpecialProcedure:
    return SpecialProcedure(
        name=reader.text("name", required=True, most=60),
        basis=reader.text("basis", most=500),
        duration=reader.text("duration"),
    )


def _delegation(reader: Reader) -> Delegation:
    acts = reader.texts("acts", options=tuple(act.value for act in DelegatedAct))
    return Delegation(
        level=reader.one_of("level", tuple(DELEGATED_LEVELS), required=True),
        acts=tuple(DelegatedAct(act) for act in acts) if reader.has("acts") else (DelegatedAct.ACCEPT,),
        places=reader.texts("places", count=1_000, pattern=r"[0-9]{12}"),
        seal=reader.flag("seal", default=False),
        basis=reader.text("basis", most=500),
    )


def _intermediary(reader: Reader) -> Intermediary:
    return Intermediary(
        name=reader.text("name", required=True),
        basis=reader.text("basis", most=500),
        note=reader.text("note", most=500, lines=True),
    )


def _fee(reader: Reader) -> Fee:
    return Fee(
        name=reader.text("name", required=True),
        standard=reader.text("standard", required=True, most=500, lines=True),
        basis=reader.text("basis", most=500),
        reducible=reader.flag("reducible", default=False),
        reduction=reader.text("reduction", most=500),
    )


def _situation(reader: Reader) -> Situation:
    return Situation(
        code=reader.text("code", required=True, pattern=_WORD),
        name=reader.text("name", required=True, most=100),
        note=reader.text("note", most=500, lines=True),
        answers=tuple(
            GivenAnswer(
                field=each.text("field", required=True, pattern=_WORD),
                value=each.text("value", required=True),
            )
            for each in reader.objects("answers", count=50)
        ),
    )
