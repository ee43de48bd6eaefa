"""`onedoor journal`: whether any fact was edited, removed, moved or put in by other hands, and who vouches."""

from __future__ import annotations

import argparse
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from onedoor.core.instants import page_instant
from onedoor.core.refusals import Refused
from onedoor.plumbing.home import Home
from onedoor.site.commands._django import database
from onedoor.site.commands.user import PRINCIPAL

if TYPE_CHECKING:
    from onedoor.domain.journal.terms import Fault, Verification


def run(argv: list[str]) -> int:
    """Verify everything (1 if anything is wrong), or show the public half of the anchor key."""
    options = _parser().parse_args(argv)
    if options.verb == "key":
        from onedoor.plumbing.crypto import SigningKey

        print(SigningKey.current().public_pem(), end="")
        return 0
    if options.verb == "resume":
        return _resume(options.reason, options.yes)
    if options.anchors and not options.anchors.is_file():
        raise Refused("no_anchors_file", f"找不到锚点文件 {options.anchors}，请核对路径。")
    with database():
        result = _verify(options.anchors, options.every_signature)
    print(json.dumps(_as_json(result), ensure_ascii=False) if options.json else _as_text(result))
    return 0 if result.sound else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("onedoor journal", description="办件过程记录。")
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="操作")
    verify = verbs.add_parser(
        "verify",
        help="核验全部记录",
        description="逐条重算办件过程记录的摘要链和锚点，发现改动、删除、调换、插入、截断即指出位置。",
    )
    verify.add_argument("--json", action="store_true", help="输出 JSON")
    verify.add_argument("--anchors", type=Path, metavar="文件", help="另存的锚点文件，默认用数据目录里的")
    verify.add_argument("--every-signature", action="store_true", help="验证每一个锚点的签名（较慢）")
    resume = verbs.add_parser(
        "resume",
        help="恢复较早的备份后，登记分歧，继续签锚",
        description=(
            "恢复较早的备份后，锚点文件比数据库新，签锚停止。本命令先核验记录，再把分歧登记为一条不可更改的记录，"
            "原锚点文件整份另存，然后从双方一致的锚点继续。"
        ),
    )
    resume.add_argument("--reason", default="", metavar="原因", help="为什么数据库比锚点文件旧，写进记录")
    resume.add_argument("--yes", action="store_true", help="已经看过分歧，确认继续")
    verbs.add_parser(
        "key",
        help="显示签锚公钥",
        description="显示签锚公钥（PEM）。请另存一份，以后可据此证明锚点是本单位签的。",
    )
    return parser


def _resume(reason: str, confirmed: bool) -> int:
    """Show the disagreement; with `confirmed` file it and go on."""
    home = Home.current()
    with database():
        from onedoor.domain.journal import tasks as journal
        from onedoor.domain.offices.queries import first_tenant

        found = journal.disagreement(home)
        shared = (
            f"第 {found.shared.number} 号（{page_instant(found.shared.at)}）" if found.shared else "（无）"
        )
        print(f"锚点文件签到第 {found.filed.number} 号（{page_instant(found.filed.at)}）。")
        print(f"数据库里最新的、与文件一致的锚点是{shared}。")
        print(f"其后 {found.lost} 个锚点所覆盖的记录不在现在的数据库里。")
        if not confirmed:
            print("确认是恢复备份造成的，请加 --reason 原因 --yes 再运行一次。")
            return 1
        tenant = first_tenant()
        if tenant is None:
            raise Refused("no_tenant", "数据库里没有县（市、区）的数据，请核对是否恢复了正确的备份。")
        kept = journal.resume(
            reason=reason, tenant_id=tenant.id, principal=PRINCIPAL, at=datetime.now(UTC), home=home
        )
    print(f"已登记。原锚点文件另存为 {kept}，请妥善保存。后台任务将继续签锚。")
    return 0


def _verify(anchors: Path | None, every_signature: bool) -> Verification:
    from onedoor.domain.journal.queries import verify
    from onedoor.plumbing.crypto import SigningKey
    from onedoor.site.wiring import HEADS

    return verify(
        anchors_path=anchors or Home.current().anchors_file,
        public_key=SigningKey.of(Home.current()).public,
        heads=HEADS,
        every_signature=every_signature,
    )


def _as_json(result: Verification) -> dict[str, object]:
    return {
        "sound": result.sound,
        "streams": result.streams,
        "facts": result.facts,
        "anchors": result.anchors,
        "heads": result.heads,
        "fault_count": result.fault_count,
        "faults": [
            {
                "kind": fault.kind.value,
                "stream_id": str(fault.stream_id) if fault.stream_id else None,
                "seq": fault.seq,
                "detail": fault.detail,
            }
            for fault in result.faults
        ],
    }


def _as_text(result: Verification) -> str:
    counted = f"{result.streams} 条记录链，{result.facts} 条记录，{result.anchors} 个锚点"
    if result.sound:
        return f"核验通过：{counted}，没有发现改动。"
    lines = [f"核验未通过：{counted}，发现 {result.fault_count} 处问题。"]
    lines += [f"  {_place(fault)}：{fault.detail}" for fault in result.faults]
    if result.fault_count > len(result.faults):
        lines.append(f"  ……另有 {result.fault_count - len(result.faults)} 处未列出。")
    return "\n".join(lines)


def _place(fault: Fault) -> str:
    return f"记录链 {fault.stream_id} 第 {fault.seq} 条" if fault.stream_id else f"锚点 {fault.seq}"
