"""The people of the virtual county: always the same ones, told apart by a number.

Their identity numbers pass every check, but are of a district that does not exist and bear the sequence 000, which
is given to nobody; the credit codes are of a county that does not exist; the telephones begin with 130000.
"""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache
from random import Random
from typing import Final

from onedoor.core.identifiers import is_valid_id_number, uscc_check
from onedoor.domain.cases.terms import Applicant

#: So many people and bodies may apply. Telephones below _FIRST_PHONE belong to the demo county's applicants.
CITIZENS: Final = 20_000
ORGANIZATIONS: Final = 8_000
_FIRST_PHONE: Final = 13000010000
#: A province that exists, a district that does not.
_REGION: Final = "110199"
_OLDEST: Final = date(1950, 1, 1)

_SURNAMES: Final = (
    "梁庄林吴郑宋高毛钟柳杜牛麦冯白秦江尹周李陈何罗谢邓唐彭曾蒋萧袁田苏贺严孟陆沈范石廖姚汪金韦方邱侯"
)
_GIVEN: Final = (
    "春生", "秋菊", "建平", "玉兰", "志强", "小芳", "国庆", "桂英", "大勇", "晓燕", "文斌", "丽华", "永福",
    "雪梅", "海涛", "月娥", "长顺", "冬梅", "有田", "翠莲", "子涵", "雨桐", "浩然", "思源", "欣怡", "明远",
    "书瑶", "俊杰", "若溪", "天佑", "安宁", "禾苗", "松青", "竹君", "石生", "水清", "满仓", "来福", "守仁",
    "秀珍",
)  # fmt: skip
_SHOP_WORDS: Final = (
    "晓禾", "老街", "顺兴", "福满", "四季", "清泉", "好邻居", "聚香", "新竹", "河湾", "百顺", "同乐", "小桥",
    "东升", "喜来", "乡味", "云岭", "三味", "知味", "常青",
)  # fmt: skip
_SHOPS: Final = ("小吃店", "便利店", "理发店", "早餐店", "百货店", "修车铺", "饭馆", "药店", "旅馆", "果蔬店")
_COMPANIES: Final = ("商贸", "建材", "食品", "农业", "运输", "物业服务", "文化传媒", "机电")


@lru_cache(maxsize=4096)
def citizen(index: int) -> Applicant:
    """The person with this number, 0 ≤ index < CITIZENS."""
    rng = Random(f"citizen:{index}")
    name = rng.choice(_SURNAMES) + rng.choice(_GIVEN)
    # Everyone has a birthday of their own, and with it a number.
    born = _OLDEST + timedelta(days=index)
    return Applicant("person", name, "resident_id", _id_number(born), str(_FIRST_PHONE + index))


@lru_cache(maxsize=4096)
def organization(index: int) -> Applicant:
    """The body with this number, 0 ≤ index < ORGANIZATIONS; it is reached under its owner's telephone."""
    rng = Random(f"organization:{index}")
    word = rng.choice(_SHOP_WORDS)
    if rng.random() < 0.7:
        prefix, name = "92", f"明渠县{word}{rng.choice(_SHOPS)}"
    else:
        prefix, name = "91", f"明渠县{word}{rng.choice(_COMPANIES)}有限公司"
    body = f"{prefix}990722MAXM{index:05d}"
    return Applicant("organization", name, "uscc", body + uscc_check(body), citizen(index).phone)


def owner_of(who: Applicant) -> str:
    """Who comes to the counter: the person, or the person behind a body."""
    return who.name if who.kind == "person" else citizen(int(who.phone) - _FIRST_PHONE).name


def _id_number(born: date) -> str:
    """The one number of that birthday with sequence 000."""
    body = f"{_REGION}{born:%Y%m%d}000"
    return next(body + check for check in "0123456789X" if is_valid_id_number(body + check))
