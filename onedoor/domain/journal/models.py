"""Tables of the journal. Facts, positions and anchors are only ever added; the database refuses the rest."""

from __future__ import annotations

from django.db import models


class Fact(models.Model):
    """A fact of a stream; see `terms.Fact`. Written by `actions` with its own SQL, never through the ORM."""

    pk = models.CompositePrimaryKey("stream_id", "seq")
    stream_id = models.UUIDField()
    seq = models.IntegerField()
    tenant_id = models.IntegerField()
    stream_kind = models.TextField()
    kind = models.TextField()
    version = models.SmallIntegerField()
    effective_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    principal = models.TextField()
    command_id = models.TextField(null=True)
    command_hash = models.BinaryField(null=True)
    data = models.JSONField()
    prev_hash = models.BinaryField()
    hash = models.BinaryField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["stream_id", "command_id"],
                condition=models.Q(command_id__isnull=False),
                name="journal_fact_command",
            ),
            models.CheckConstraint(condition=models.Q(seq__gte=1), name="journal_fact_seq"),
        ]
        indexes = [
            # For `queries.log`; facts of cases, which are most and on the action path, are not in it.
            models.Index(
                fields=["tenant_id", "-recorded_at"],
                condition=~models.Q(stream_kind="case"),
                name="journal_fact_log",
            ),
        ]


class Outbox(models.Model):
    """A fact that has no position yet."""

    stream_id = models.UUIDField()
    seq = models.IntegerField()


class Position(models.Model):
    """The place of a fact in the one order that followers read: dense, from 1."""

    position = models.BigIntegerField(primary_key=True)
    stream_id = models.UUIDField()
    seq = models.IntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["stream_id", "seq"], name="journal_position_fact")]


class Follower(models.Model):
    """How far a follower has come. `failures` counts tries of the fact after `position`."""

    name = models.TextField(primary_key=True)
    position = models.BigIntegerField(default=0)
    moved_at = models.DateTimeField(null=True)
    failures = models.IntegerField(default=0)
    failed_at = models.DateTimeField(null=True)
    retry_at = models.DateTimeField(null=True)


class Anchor(models.Model):
    """A signed root over the heads of the streams that changed up to `position`; see `anchoring`."""

    number = models.IntegerField(primary_key=True)
    at = models.DateTimeField()
    position = models.BigIntegerField()
    leaves = models.IntegerField()
    root = models.BinaryField()
    previous_root = models.BinaryField()
    signature = models.BinaryField()


class AnchorLeaf(models.Model):
    """The head of one stream as an anchor vouches for it."""

    pk = models.CompositePrimaryKey("number", "stream_id")
    number = models.IntegerField()
    stream_id = models.UUIDField()
    seq = models.IntegerField()
    hash = models.BinaryField()

    class Meta:
        db_table = "journal_anchor_leaf"
