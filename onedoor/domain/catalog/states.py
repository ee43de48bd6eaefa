"""How far drafts and clean-ups have come, and what they do: the words that tables and drawers share."""

from __future__ import annotations

from enum import StrEnum

#: Types of items that offices exercise by themselves 依职权: 行政处罚、行政强制、行政征收、行政检查. They are kept and
#: shown, and nobody applies for them.
EX_OFFICIO = frozenset({"02", "03", "04", "06"})


class Operation(StrEnum):
    """What a draft does to its item once it takes effect."""

    ADD = "add"  # 新增
    CHANGE = "change"  # 变更
    PAUSE = "pause"  # 暂停
    RESUME = "resume"  # 恢复
    CANCEL = "cancel"  # 取消
    SPLIT = "split"  # 拆分
    MERGE = "merge"  # 合并


class DraftState(StrEnum):
    """How far a draft has come."""

    DRAFTING = "drafting"  # 起草中
    CHECKING = "checking"  # 待编制核对
    REVIEWING = "reviewing"  # 待法制审核
    APPROVED = "approved"  # 审核通过，待施行
    DONE = "done"  # 已施行
    ABANDONED = "abandoned"  # 已作废


#: States in which a draft still has something before it; an item has at most one such draft.
OPEN_DRAFTS = (DraftState.DRAFTING, DraftState.CHECKING, DraftState.REVIEWING, DraftState.APPROVED)


class PackageDraftState(StrEnum):
    """How far a draft has come. An item's draft is checked twice; a package makes no law of its own, once is enough."""

    DRAFTING = "drafting"  # 起草中
    REVIEWING = "reviewing"  # 待审核
    DONE = "done"  # 已发布
    ABANDONED = "abandoned"  # 已作废


class Decision(StrEnum):
    """What is to become of an item."""

    KEEP = "keep"  # 保留
    CANCEL = "cancel"  # 取消
    MERGE = "merge"  # 合并
    HAND_OVER = "hand_over"  # 下放、划转
    MODIFY = "modify"  # 修改
    ADD = "add"  # 新增


class EntryState(StrEnum):
    """How far the clean-up of one item has come."""

    OPEN = "open"  # 待自查
    REPORTED = "reported"  # 待审核
    RETURNED = "returned"  # 已退回
    CONFIRMED = "confirmed"  # 已确认
    DROPPED = "dropped"  # 已撤回: an addition that was taken back


class BatchState(StrEnum):
    """How far a batch of changes from one file has come."""

    READING = "reading"  # 检查中: the file is being read and checked
    FAULTY = "faulty"  # 有误: nothing of it can be handed in
    READY = "ready"  # 待送审: checked, or returned
    CHECKING = "checking"  # 待编制核对
    REVIEWING = "reviewing"  # 待法制审核
    APPROVED = "approved"  # 审核通过，待施行
    DONE = "done"  # 已施行
    ABANDONED = "abandoned"  # 已作废


#: States in which a batch still has something before it.
OPEN_BATCHES = (
    BatchState.READING,
    BatchState.FAULTY,
    BatchState.READY,
    BatchState.CHECKING,
    BatchState.REVIEWING,
    BatchState.APPROVED,
)
