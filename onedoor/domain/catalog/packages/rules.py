"""What a package must be before it may be published. Pure: a document and the items in force in, problems out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from onedoor.core.refusals import Problem, Refused
from onedoor.domain.catalog import rules
from onedoor.domain.catalog.terms import LimitTerm, ServiceVersion

from .documents import read_package
from .merging import Merging, merging, mismatches
from .order import Chain, on_cycles, predecessors, promise_of
from .terms import PackageMember, PackageVersion

_AUDIENCES = {"person": "个人", "organization": "企业和其他组织"}

#: What a package may ask before anything else: nothing that has to be written, so that answers may stand in addresses.
QUESTION_TYPES = ("choice", "choices", "boolean", "number", "money", "date")

#: The items in force, by code.
Offered = Mapping[str, ServiceVersion]


def parse_package(document: object, offered: Offered) -> PackageVersion:
    """The package a document describes, not yet numbered or published.

    Raises Refused("package_invalid") with every problem found.
    """
    package, problems = examine_package(document, offered)
    if problems:
        raise Refused(
            "package_invalid",
            f"一件事内容有 {len(problems)} 处问题，请按提示逐项修改后再提交。",
            errors=problems,
        )
    return package


def examine_package(document: object, offered: Offered) -> tuple[PackageVersion, tuple[Problem, ...]]:
    """A package made of a document, and everything wrong with it, in form first and then in meaning."""
    package, problems = read_package(document)
    gaps = [problem.pointer for problem in problems]
    meant = (p for p in _meaning(package, offered) if not any(rules.overlap(p.pointer, g) for g in gaps))
    return package, (*problems, *meant)


def _meaning(package: PackageVersion, offered: Offered) -> Iterator[Problem]:
    yield from _audience(package)
    yield from _questions(package)
    yield from _members(package, offered)
    yield from _order(package)
    yield from _promise(package, offered)
    yield from _elements(package, offered)


def _audience(package: PackageVersion) -> Iterator[Problem]:
    if package.ready and not package.audience:
        yield Problem("/audience", "required", "缺少服务对象，请填写 person（个人）或 organization（法人）。")


def _questions(package: PackageVersion) -> Iterator[Problem]:
    earlier: list[str] = []
    for index, field in enumerate(package.questions):
        pointer = f"/questions/{index}"
        yield from rules.field_problems(field, pointer, earlier)
        if field.type not in QUESTION_TYPES:
            yield Problem(
                f"{pointer}/type",
                "question_type",
                f"问题“{field.label}”应该点一点就能答，请改为 {'、'.join(QUESTION_TYPES)} 之一。",
            )
        earlier.append(field.code)
    yield from rules.repeated("/questions", "问题", earlier)


def _members(package: PackageVersion, offered: Offered) -> Iterator[Problem]:
    if not package.members:
        yield Problem("/members", "required", "缺少联办事项，请至少写一个事项。")
    known = [field.code for field in package.questions]
    yield from rules.repeated("/members", "事项", (m.service for m in package.members if m.service))
    for index, member in enumerate(package.members):
        pointer = f"/members/{index}"
        yield from rules.condition_problems(member.when, f"{pointer}/when", known)
        if member.optional and not member.when:
            yield Problem(
                f"{pointer}/when",
                "choice_missing",
                f"“{named(member)}”是选办的，请用 when 写明什么情况下办，例如问一句“是否需要”。",
            )
        if package.ready:
            item = offered.get(member.service)
            yield from _offered(member, f"{pointer}/service", item)
            if item is not None:
                yield from _shared_audience(member, f"{pointer}/service", item, package.audience)


def named(member: PackageMember) -> str:
    """What a message calls a member."""
    return member.name or member.service


def _offered(member: PackageMember, pointer: str, item: ServiceVersion | None) -> Iterator[Problem]:
    if item is None:
        yield Problem(
            pointer,
            "unknown_service",
            f"目录里没有在用的事项“{named(member)}”，请先发布该事项，或从一件事中去掉，或先标为 ready: false。",
        )
    elif not item.ready:
        yield Problem(
            pointer,
            "service_not_ready",
            f"事项“{item.name}”的办事指南还不完整，请先补全并发布，或把一件事先标为 ready: false。",
        )


def _shared_audience(
    member: PackageMember, pointer: str, item: ServiceVersion, audience: tuple[str, ...]
) -> Iterator[Problem]:
    """One applicant files all members, so each must be open to whom the package is for."""
    closed = [_AUDIENCES[each] for each in audience if item.ready and each not in item.audience]
    if closed:
        yield Problem(
            pointer,
            "audience_differs",
            f"“{named(member)}”不面向{'、'.join(closed)}，不能由同一个申请人一起办，请改服务对象或去掉该事项。",
        )


def _order(package: PackageVersion) -> Iterator[Problem]:
    chain = Chain({m.service: m.after for m in package.members if m.service})
    circling = on_cycles(chain)
    for index, member in enumerate(package.members):
        pointer = f"/members/{index}/after"
        unknown = [code for code in member.after if code not in chain]
        if unknown:
            yield Problem(
                pointer,
                "unknown_predecessor",
                f"“{named(member)}”排在“{'、'.join(unknown)}”之后，但一件事里没有该事项，请改为已有的事项编码。",
            )
        if member.service in circling:
            yield Problem(
                pointer, "package_cycle", f"“{named(member)}”的先后次序绕回到自己，请去掉多余的前置事项。"
            )
        elif circling & predecessors(chain, member.service):
            yield Problem(
                pointer, "member_unreachable", f"“{named(member)}”永远轮不到办理，请先消除它前面的循环。"
            )


def _promise(package: PackageVersion, offered: Offered) -> Iterator[Problem]:
    """The county may not promise more time than the law leaves along the longest chain of members."""
    if package.promised_limit is None:
        return
    limits: dict[str, LimitTerm] = {}
    for member in package.members:
        item = offered.get(member.service)
        if item is None or not item.statutory_limit.known:
            return
        limits[member.service] = item.statutory_limit
    longest = promise_of(Chain({m.service: m.after for m in package.members}), limits)
    if longest is not None and rules.longer(package.promised_limit, longest):
        yield Problem(
            "/promised_limit",
            "promise_longer_than_law",
            f"一件事的承诺时限长于各事项法定时限按先后次序相加的最长一条（{longest.amount} 个"
            f"{'工作日' if longest.unit == 'working' else '自然日'}），请缩短承诺时限，或核对先后次序。",
        )


def _elements(package: PackageVersion, offered: Offered) -> Iterator[Problem]:
    """Fields that mean the same must be answered alike, or they cannot be asked once."""
    places = {member.service: index for index, member in enumerate(package.members)}
    items = [offered[member.service] for member in package.members if member.service in offered]
    made: Merging = merging(package, items)
    for one, other in mismatches(made):
        if not one.service:
            pointer = f"/questions/{[f.code for f in package.questions].index(one.field.code)}"
        else:
            pointer = f"/members/{places[other.service]}"
        yield Problem(
            pointer,
            "element_types_differ",
            f"数据元“{other.field.element}”在{one.where}是 {one.field.type}，在{other.where}是 "
            f"{other.field.type}，不能合并成一问，请统一两处的类型，或改用不同的数据元。",
        )
