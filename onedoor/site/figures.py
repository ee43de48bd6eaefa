"""What a monitoring program reads: the counts of all processes, and how everything stands right now."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from onedoor import __version__
from onedoor.plumbing import figures
from onedoor.plumbing.home import Home
from onedoor.site.checkup import Section
from onedoor.site.status import look

_LEVELS: Final = {"well": 0, "notice": 1, "fault": 2}
#: Finding → name of its figure and what it says.
_FIGURES: Final = {
    "待排序记录": ("onedoor_outbox_facts", "Facts that wait for their position."),
    "锚点": ("onedoor_anchor_age_seconds", "Age of the newest anchor."),
    "后台任务": ("onedoor_worker_silence_seconds", "Time since the worker's last sign of life."),
    "磁盘空间": ("onedoor_disk_free_bytes", "Room left on the disk."),
    "数据库大小": ("onedoor_database_bytes", "Size of the database."),
    "数据库连接": ("onedoor_database_connections", "Connections in use."),
    "待发消息": ("onedoor_messages_waiting", "Messages not yet sent."),
    "内存": ("onedoor_memory_bytes", "Memory of all processes, shared parts counted once."),
    "最近备份": ("onedoor_backup_age_seconds", "Age of the last backup."),
    "恢复演练": ("onedoor_drill_age_seconds", "Age of the last restore drill."),
    "证书": ("onedoor_certificate_seconds_left", "Time until the certificate ends."),
    "记录等待": ("onedoor_sequencer_lag_seconds", "How long the oldest fact has waited for its position."),
}
_FOLLOWER: Final = "后续处理 "


def all_figures() -> tuple[bytes, str]:
    """Body and media type."""
    return figures.exposition(_Standing()), figures.CONTENT_TYPE


def monitoring_token() -> str:
    """What a monitoring program of another machine has to bring; `onedoor keys monitoring` shows it."""
    return Home.current().secret("monitoring")


class _Standing(Collector):
    """The findings of the checkup as figures."""

    def collect(self) -> Iterable[GaugeMetricFamily]:
        _, sections = look()
        yield _labelled("onedoor_build", "Always 1.", "version", [(__version__, 1)])
        yield _labelled(
            "onedoor_check",
            "How a check of the doctor stands: 0 well, 1 notice, 2 fault.",
            "check",
            [(each.name, _LEVELS[each.level]) for section in sections for each in section.findings],
        )
        yield from _plain(sections)


def _plain(sections: Iterable[Section]) -> Iterable[GaugeMetricFamily]:
    behind: list[tuple[str, float]] = []
    for section in sections:
        for each in section.findings:
            if each.figure is None:
                continue
            if each.name.startswith(_FOLLOWER):
                behind.append((each.name.removeprefix(_FOLLOWER), each.figure))
            elif each.name in _FIGURES:
                yield GaugeMetricFamily(*_FIGURES[each.name], value=each.figure)
    yield _labelled("onedoor_follower_behind", "Facts a follower has still to read.", "follower", behind)


def _labelled(name: str, words: str, label: str, values: Iterable[tuple[str, float]]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, words, labels=[label])
    for value, amount in values:
        family.add_metric([value], amount)
    return family
