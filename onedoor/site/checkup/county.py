"""What the county needs so that its days are counted, its messages leave and its files are clean."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

from django.conf import settings

from onedoor.core.instants import civil_date
from onedoor.domain.notices import queries as notices
from onedoor.domain.offices import queries
from onedoor.domain.papers import queries as papers
from onedoor.site.checkup.findings import Finding, since

#: The month from which next year's holidays are missed: the notice usually comes in November.
REMIND_FROM: Final = 10
#: A message that waits longer than this is not on its way.
STUCK: Final = timedelta(minutes=15)


def calendar() -> Finding:
    """工作日历"""
    tenant = queries.first_tenant()
    if tenant is None:
        return Finding(
            "工作日历",
            "还没有县（市、区）的数据",
            "请用 onedoor county load 建立本县，或运行 onedoor up --demo 试用。",
        )
    today = civil_date(datetime.now(UTC))
    known = sorted(queries.current_calendar(tenant.id).known_years)
    wanted = {today.year} | ({today.year + 1} if today.month >= REMIND_FROM else set())
    missing = sorted(wanted - set(known))
    span = f"{known[0]} 至 {known[-1]} 年" if known else "没有任何年份"
    if missing:
        years = "、".join(map(str, missing))
        detail = f"已有 {span}，缺 {years} 年的放假安排，落在其中的期限标注“暂定”"
        mend = "请在国务院办公厅发布放假通知后，用 onedoor calendar load 导入。"
        return Finding("工作日历", detail, mend, can_wait=today.year not in missing)
    return Finding("工作日历", f"已有 {span}，第 {tenant.calendar_version} 版")


def scanner() -> Finding:
    """防病毒检查"""
    trial = papers.scanner_trial()
    if not trial.configured:
        mend = "上传的文件只检查类型和结构，没有接防病毒软件。接入办法见 docs/how-to/scanner.md。"
        return Finding("防病毒检查", "没有设置", mend, can_wait=True)
    if trial.fault:
        mend = "现在不能上传文件。请按 docs/how-to/scanner.md 检查 clamd 和 ONEDOOR_SCANNER。"
        return Finding("防病毒检查", trial.fault, mend)
    return Finding("防病毒检查", "认出了测试病毒")


def messages() -> Finding:
    """待发消息"""
    at = datetime.now(UTC)
    found = notices.backlog(at=at)
    detail = f"{found.waiting} 条" + (f"，最早 {since(found.oldest, at)}" if found.oldest else "")
    if not settings.ONEDOOR_SMS_URL:
        mend = "没有接短信平台，短信只留在系统里。请按 docs/how-to/short-messages.md 设置。"
        return Finding("待发消息", detail, mend, can_wait=True, figure=found.waiting)
    detail += f"；一天内未能发送 {found.failed} 条"
    late = found.oldest is not None and at - found.oldest > STUCK
    mend = "短信平台没有收下短信，请看日志 worker.jsonl 里的故障代码，核对 ONEDOOR_SMS_URL。"
    return Finding("待发消息", detail, mend if late or found.failed else "", figure=found.waiting)
