"""A package of four small items, for the tests of packages."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from onedoor.domain.catalog.packages.merging import merging
from onedoor.domain.catalog.packages.planning import plan as planned
from onedoor.domain.catalog.packages.rules import parse_package
from onedoor.domain.catalog.packages.terms import PackageVersion, Plan
from onedoor.domain.catalog.rules import parse_content
from onedoor.domain.catalog.terms import ServiceVersion
from tests.catalog.samples import food

PACKAGE = "PKG-DINER"

_YES = [{"value": "yes", "label": "是"}, {"value": "no", "label": "否"}]
_LICENCE = {"source": "licence", "licence_type": "营业执照", "form": "electronic", "originals": 0}


def _item(code: str, name: str, **parts: Any) -> dict[str, Any]:
    fields = parts.pop("fields")
    return food(
        code=code,
        name=name,
        plain_name=None,
        keywords=None,
        national_code=None,
        sections=[{"code": "all", "title": "情况", "fields": fields}],
        **{"visits": 1, **parts},
    )


def members() -> list[dict[str, Any]]:
    """The items: a registration, then three that build on it."""
    name = {"code": "name", "element": "org.name", "label": "名称", "max_length": 60}
    shop = {"code": "shop", "element": "org.name", "label": "店名", "max_length": 30, "hint": "和招牌一致"}
    place = {"code": "place", "element": "premises.address", "label": "地址", "type": "address"}
    area = {"code": "area", "element": "premises.area_sqm", "label": "面积", "type": "number"}
    house = {
        "code": "house",
        "element": "premises.kind",
        "label": "房屋来源",
        "type": "choice",
        "options": _YES,
    }
    return [
        _item(
            "REG", "设立登记",
            statutory_limit={"amount": 3}, promised_limit={"amount": 1}, visits=0,
            result={"name": "营业执照", "kind": "licence"},
            fields=[name, {**place, "code": "site"}, house],
            materials=[
                {"code": "m1", "name": "登记申请书"},
                {"code": "m2", "name": "身份证", "source": "licence", "licence_type": "居民身份证"},
                {"code": "m3", "name": "住所使用证明", "form": "copy", "copies": 1, "necessity": "conditional",
                 "when": 'house == "no"'},
            ],
        ),
        _item(
            "FOOD", "食品经营许可",
            fields=[
                shop, place, area,
                {"code": "cold", "element": "food.cold", "label": "做不做凉菜", "type": "choice", "options": _YES},
                {"code": "fridge", "element": "food.fridge", "label": "冰柜台数", "type": "number",
                 "when": 'cold == "yes"'},
            ],
            materials=[
                {"code": "m1", "name": "许可申请书"},
                {"code": "m2", "name": "营业执照", **_LICENCE},
                {"code": "m3", "name": "负责人身份证", "source": "licence", "licence_type": "居民身份证"},
                {"code": "m4", "name": "场所平面图", "form": "electronic", "originals": 0},
                {"code": "m5", "name": "冷藏设备说明", "necessity": "conditional", "when": 'cold == "yes"'},
                {"code": "m6", "name": "大店加厚的说明", "necessity": "conditional", "when": "area >= 200"},
            ],
        ),
        _item(
            "FIRE", "消防安全检查", department="xfjy",
            statutory_limit={"amount": 7}, promised_limit={"amount": 5},
            fields=[{**shop, "code": "venue", "hint": ""}, {**place, "code": "spot"}, {**area, "code": "floor_area"}],
            materials=[
                {"code": "a", "name": "检查申报表"},
                {"code": "b", "name": "营业执照复印件", **_LICENCE},
                {"code": "c", "name": "场所平面图", "form": "electronic", "originals": 0,
                 "necessity": "deferrable"},
            ],
        ),
        _item(
            "SMOKE", "烟草零售许可",
            fields=[{**shop, "code": "name"}, {**house, "options": [{"value": "own", "label": "自有"}]}],
            materials=[{"code": "m1", "name": "许可申请表"}, {"code": "m2", "name": "营业执照", **_LICENCE}],
        ),
    ]  # fmt: skip


_PACKAGE: dict[str, Any] = {
    "code": PACKAGE,
    "name": "开餐馆",
    "plain_name": "我要开饭店",
    "audience": ["organization"],
    "themes": ["开店经营"],
    "lead": "scjg",
    "keywords": ["饭店"],
    "promised_limit": {"amount": 10},
    "questions": [
        {"code": "area", "element": "premises.area_sqm", "label": "店面有多大", "type": "number"},
        {"code": "smoke", "element": "shop.sells_tobacco", "label": "卖不卖烟", "type": "boolean"},
    ],
    "members": [
        {"service": "REG"},
        {"service": "FOOD", "after": ["REG"]},
        {"service": "FIRE", "when": "area >= 50", "after": ["FOOD"], "why": "50 平方米以上的店要查消防。"},
        {
            "service": "SMOKE",
            "optional": True,
            "when": "smoke == true",
            "after": ["REG"],
            "why": "店里卖烟要有证。",
        },
    ],
}


def package(**changes: Any) -> dict[str, Any]:
    """The document of the sample package; `changes` replace keys, None removes one."""
    document = {**deepcopy(_PACKAGE), **changes}
    return {key: value for key, value in document.items() if value is not None}


def items() -> dict[str, ServiceVersion]:
    """The sample items, as if they were in force."""
    return {item["code"]: parse_content(item) for item in members()}


def parsed(**changes: Any) -> PackageVersion:
    """The sample package. Raises Refused if the changes make it faulty."""
    return parse_package(package(**changes), items())


def plan(answers: Any, **changes: Any) -> Plan:
    """The plan of the sample package for these answers."""
    wanted, offered = parsed(**changes), items()
    named = [offered[member.service] for member in wanted.members if member.service in offered]
    return planned(wanted, offered, merging(wanted, named), answers)
