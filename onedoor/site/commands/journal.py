"""`onedoor journal`: whether any fact was edited, removed, moved or put in by other hands, and who vouches."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING

from onedoor.core.refusals import Refused
from onedoor.plumbing.home import Home
from onedoor.site.commands._django import database

if TYPE_CHECKING:
    from onedoor.domain.journal.terms import Fault, Verification


def run(argv: list[str]) -> int:
    """Verify everything (1 if anything is wrong), or show the public half of the anchor key."""
    options = _parser().parse_args(argv)
    if options.verb == "key":
        from onedoor.plumbing.crypto import SigningKey

        print(SigningKey.current().public_pem(), end="")
        return 0
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
    verbs.add_parser(
        "key",
        help="显示签锚公钥",
        description="显示签锚公钥（PEM）。请另存一份，以后可据此证明锚点是本单位签的。",
    )
    return parser


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
