"""An item through the interface: every attribute that the model has arrives, and none is needed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from typing import Any

import pytest

from onedoor.core.identifiers import uscc_check
from onedoor.domain.catalog import actions
from onedoor.domain.catalog import item_terms as more
from onedoor.domain.catalog import terms as words
from onedoor.faces.api import service_schemas as schemas
from tests.catalog.export_samples import DETAILS, everything
from tests.catalog.samples import food
from tests.county import County
from tests.faces.test_api import Caller

NOBODY = Caller(None)
#: The first 17 places of a credit code.
BODY = "11990722MB0000001"
#: Kept from clients: ids of tables, and the form, which has an address of its own.
APART = {"id", "tenant_id", "number", "sections"}
MODEL_AND_SCHEMA = [
    (words.ServiceVersion, schemas.ServiceOut),
    (words.Material, schemas.ItemMaterialOut),
    (words.Step, schemas.StepOut),
    (words.Result, schemas.ItemResultOut),
    (words.LimitTerm, schemas.NotedLimitOut),
    (words.Basis, schemas.BasisOut),
    (words.Question, schemas.AnsweredOut),
    (more.Details, schemas.DetailsOut),
    (more.Fee, schemas.FeeOut),
    (more.SpecialProcedure, schemas.SpecialProcedureOut),
    (more.Delegation, schemas.DelegationOut),
    (more.Intermediary, schemas.IntermediaryOut),
    (more.Situation, schemas.SituationOut),
    (more.GivenAnswer, schemas.GivenAnswerOut),
]


def put_in_force(county: County, content: dict[str, Any]) -> dict[str, Any]:
    """Publish a document and ask the interface for its item."""
    actions.publish(tenant_id=county.tenant_id, content=content, principal="user:1", at=datetime.now(UTC))
    return asked(f"/services/{content['code']}")


def asked(path: str) -> dict[str, Any]:
    """What anybody is answered."""
    answer = NOBODY.get(path)
    assert answer.status_code == 200, answer.content.decode()
    found: dict[str, Any] = answer.json()
    return found


def lacking(wanted: Any, found: Any, place: str = "") -> list[str]:
    """The places at which an answer does not say what a document says."""
    if isinstance(wanted, Mapping):
        return [
            each
            for key, value in wanted.items()
            for each in (lacking(value, found.get(key), f"{place}/{key}") if found else [f"{place}/{key}"])
        ]
    if isinstance(wanted, list):
        if not isinstance(found, list) or len(found) != len(wanted):
            return [place]
        pairs = enumerate(zip(wanted, found, strict=True))
        return [each for n, pair in pairs for each in lacking(*pair, f"{place}/{n}")]
    return [] if wanted == found else [place]


@pytest.mark.parametrize(("model", "schema"), MODEL_AND_SCHEMA, ids=lambda each: each.__name__)
def test_the_answer_has_room_for_every_attribute_of_the_model(model: Any, schema: Any) -> None:
    assert is_dataclass(model)
    assert {each.name for each in fields(model)} - APART <= set(schema.model_fields)


def test_everything_that_an_item_says_arrives(county_db: County) -> None:
    document = everything()
    answer = put_in_force(county_db, document)
    wanted = {key: value for key, value in document.items() if key not in ("sections", "procedure")}
    assert lacking(wanted, answer) == []
    assert lacking(document["procedure"], answer["procedure"]["steps"]) == []
    assert "sections" not in answer


def test_codes_stand_side_by_side_and_are_said_in_words(county_db: County) -> None:
    national = f"{BODY}{uscc_check(BODY)}4000105114001"
    document = everything() | {"national_code": national}
    document["details"] = DETAILS | {"handling_code": f"{national}01"}
    answer = put_in_force(county_db, document)
    assert answer["codes"] == {
        "code": "X-ALL",
        "basic": "000105114001",
        "national": national,
        "handling": f"{national}01",
        "local": "5110-A",
    }
    assert (answer["type_name"], answer["level_name"], answer["hall_name"]) == (
        "行政许可",
        "县级",
        "已进驻政务服务大厅",
    )
    assert answer["channel_names"] == ["自助终端", "网上"]
    details = answer["details"]
    assert (details["reach_name"], details["body_nature_name"]) == ("跨省通办", "法定机关")
    assert details["applicant_kind_names"] == ["企业法人", "其他组织"]
    towns, villages = details["delegations"]
    assert (towns["level_name"], towns["act_names"], towns["seal"]) == (
        "乡镇（街道）",
        ["受理", "审批"],
        True,
    )
    assert (villages["level_name"], villages["act_names"]) == ("村（社区）", ["受理"])
    assert answer["materials"][0]["origin_name"] == "政府部门核发"


def test_a_situation_names_its_materials_and_leads_to_its_notice(county_db: County) -> None:
    answer = put_in_force(county_db, everything())
    cold, plain = answer["details"]["situations"]
    assert (cold["bring"], cold["perhaps"]) == (["m1", "m3", "m4"], [])
    assert plain["perhaps"] == ["m3"]
    told = asked(cold["notice"].removeprefix("/api/v1"))
    assert [each["code"] for each in told["materials"]["bring"]] == cold["bring"]
    assert told["complete"]
    assert lacking(everything()["materials"][0], told["materials"]["bring"][0]) == []
    assert {each["department_name"] for each in told["steps"]} == {
        "明渠县市场监督管理局",
        "明渠县消防救援大队",
    }


def test_an_item_that_says_nothing_more_is_answered_too(county_db: County) -> None:
    answer = put_in_force(county_db, food(code="X-PLAIN"))
    details = answer["details"]
    assert details.pop("reach") == details.pop("reach_name") == ""
    assert not any(details.values())
    listed = {"code": "X-LISTED", "name": "只列出", "type": "20", "department": "none", "channels": []}
    answer = put_in_force(county_db, listed | {"ready": False})
    assert (answer["ready"], answer["materials"], answer["procedure"]) == (False, [], {"steps": []})
    assert answer["statutory_limit"] == {"amount": 0, "unit": "", "note": ""}
    assert "办理结果" in answer["unknown"]
    assert asked("/services/X-LISTED/notice")["complete"]


def test_every_item_of_the_county_is_answered(county_db: County) -> None:
    codes = [each["code"] for each in asked("/services?limit=100")["items"]]
    assert len(codes) > 50
    for code in codes:
        answer = asked(f"/services/{code}")
        assert answer["code"] == code
        assert json.dumps(answer, ensure_ascii=False).count("null") <= 1 + len(answer["procedure"]["steps"])
