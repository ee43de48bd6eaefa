"""A catalogue in which everything that an item or package can say is said somewhere, some of it in an odd way."""

from __future__ import annotations

from typing import Any

from onedoor.domain.catalog import actions
from onedoor.domain.catalog.packages import actions as package_actions
from tests.catalog.samples import AT, food

#: Texts that spreadsheets run, change or lose.
ODD = (
    "=1+1",
    "+86 0000",
    "-1",
    "@sum",
    "'quoted",
    "''twice",
    "＝全角",
    "_x0041_",
    "0012",
    "1E5",
    "TRUE",
    "a\uffffb",
)

_GROUP: dict[str, Any] = {
    "code": "staff",
    "element": "food.staff",
    "label": "从业人员",
    "type": "group",
    "most": 7,
    "required": False,
    "fields": [
        {"code": "staff_name", "element": "food.staff_name", "label": "姓名", "max_length": 30},
        {
            "code": "staff_kind",
            "element": "food.staff_kind",
            "label": "工种",
            "type": "choice",
            "options": [{"value": "=a", "label": "-甲"}, {"value": "b=c", "label": "'乙"}],
            "when": 'cold == "yes"',
        },
    ],
}
DETAILS: dict[str, Any] = {
    "sub_item": "=子项",
    "local_code": "5110-A",
    "power_source": "法定本级行使",
    "body_nature": "1",
    "entrusted_by": "@某局",
    "joint": ["甲局、乙局", "=丙局"],
    "applicant_kinds": ["2", "6"],
    "quota": "每年 3 个",
    "special": [{"name": "听证", "basis": "第四十五条", "duration": "20 日"}],
    "visit_reason": "核验本人",
    "depth": "四级",
    "by_post": True,
    "appointment": True,
    "reach": "provinces",
    "delegations": [
        {
            "level": "5",
            "acts": ["accept", "decide"],
            "places": ["990722001000", "990722002000"],
            "seal": True,
        },
        {"level": "6"},
    ],
    "intermediaries": [{"name": "检测", "note": "甲公司\n乙公司"}],
    "fees": [
        {"name": "工本费", "standard": "每证 5 元\n加急 10 元", "reducible": True, "reduction": "-第三条"}
    ],
    "situations": [
        {"code": "cold", "name": "冷食", "note": "a\nb", "answers": [{"field": "cold", "value": "yes"}]},
        {"code": "plain", "name": "其他"},
    ],
    "consult_address": "一楼",
    "mobile_url": "https://example.test/a?b=c&d=<e>".replace("<e>", "e"),
}


def everything() -> dict[str, Any]:
    """An item that uses every key."""
    document = food(
        code="X-ALL",
        plain_name="'引号开头",
        basic_code="000105114001",
        main_item="主项",
        hall="in",
        channels=["kiosk", "web"],
        visits=0,
        keywords=list(ODD[:6]),
        conditions=list(ODD),
        questions=[{"question": word, "answer": f"甲\n\t{word}"} for word in ODD],
        fee="=不收费\n第二行",
        promised_limit={"amount": 8, "unit": "calendar", "note": "+说明"},
        statutory_limit={"amount": 20, "unit": "calendar"},
        details=DETAILS,
        result={"name": "证", "kind": "reply", "validity_months": 3, "sample": "/static/a.pdf"},
    )
    document["sections"] = [*document["sections"], {"code": "more", "title": "-更多", "fields": [_GROUP]}]
    document["sections"].append({"code": "empty", "title": "没有问题的一页", "fields": []})
    document["materials"][0] |= {
        "kind": "申请表", "origin": "government", "origin_note": "=x", "issuer": "公安局", "proves": "身份",
        "paper_size": "A4", "accept_standard": "清晰\n完整", "fill_note": "-", "blank_form": "/forms/a",
        "sample": "https://example.test/s", "copies": 2, "basis": "第一条", "note": "'n",
    }  # fmt: skip
    document["procedure"][2] |= {
        "join": "quorum",
        "quorum": 1,
        "limit": {"amount": 3, "unit": "hours", "note": "n"},
    }
    return document


def package() -> dict[str, Any]:
    """A package that uses every key, over items that are in force."""
    return {
        "code": "X-ALL",
        "name": "=一件事",
        "plain_name": "@通俗",
        "summary": "简介",
        "audience": ["person"],
        "themes": ["开店"],
        "occasions": ["开店"],
        "lead": "scjg",
        "promised_limit": {"amount": 5, "note": "-"},
        "visits": 2,
        "conditions": list(ODD[:3]),
        "keywords": ["饭店"],
        "questions": [
            {
                "code": "kind",
                "element": "shop.kind",
                "label": "做什么",
                "type": "choice",
                "hint": "=",
                "options": [{"value": "=a", "label": "甲"}, {"value": "b", "label": "乙"}],
            },
            {
                "code": "area",
                "element": "shop.area",
                "label": "面积",
                "type": "number",
                "when": 'kind == "b"',
            },
        ],
        "members": [
            {"service": "SCJG-FOOD-NEW"},
            {
                "service": "X-TWO",
                "optional": True,
                "when": 'kind == "b"',
                "why": "-因为",
                "after": ["SCJG-FOOD-NEW"],
            },
        ],
    }


def published(tenant: int) -> None:
    """Put it all into force, and something that is not: what was retired and what was replaced."""
    listed = {
        "code": "A-1",
        "name": "只列出",
        "type": "20",
        "department": "none",
        "channels": [],
        "ready": False,
    }
    for content in (food(visits=3), food(), food(code="X-TWO"), everything(), listed, food(code="GONE")):
        actions.publish(tenant_id=tenant, content=content, principal="user:1", at=AT)
    actions.retire(tenant_id=tenant, code="GONE", reason="取消", principal="user:1", at=AT)
    package_actions.publish_package(tenant_id=tenant, content=package(), principal="user:1", at=AT)
    unready = {
        "code": "X-NAMES",
        "name": "只有名称",
        "lead": "scjg",
        "ready": False,
        "members": [{"name": "没有的事项"}],
    }
    package_actions.publish_package(tenant_id=tenant, content=unready, principal="user:1", at=AT)
