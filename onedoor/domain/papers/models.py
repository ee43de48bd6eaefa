"""Tables of the papers room. Private: other rooms use `queries` and `actions`."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class Blob(models.Model):
    """A file's content, once however often it was handed in; the bytes lie in the blob store."""

    sm3 = models.CharField(primary_key=True, max_length=64)  # hex digest of the content
    size = models.BigIntegerField()
    media_type = models.CharField(max_length=80)
    created_at = models.DateTimeField()


class Upload(models.Model):
    """One file somebody handed in. `owner` is the principal's key; `name` the cleaned file name, `preview` a small
    picture of a picture, `pages` how many a document has, where that is known."""

    id = models.UUIDField(primary_key=True)
    tenant_id = models.IntegerField()
    owner = models.TextField()
    name = models.CharField(max_length=200)
    media_type = models.CharField(max_length=80)
    size = models.BigIntegerField()
    blob = models.ForeignKey(Blob, on_delete=models.PROTECT, related_name="+")
    preview = models.ForeignKey(
        Blob, null=True, on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    pages = models.PositiveIntegerField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["owner", "created_at"], name="papers_upload_owner")]


class NumberSeries(models.Model):
    """The last number given out in one organ's series of one year. Its row lock orders the issuers."""

    id = models.BigAutoField(primary_key=True)
    tenant_id = models.IntegerField()
    organ = models.CharField(max_length=100)
    series = models.CharField(max_length=20)
    year = models.SmallIntegerField()
    last = models.IntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["tenant_id", "organ", "series", "year"], name="papers_numberseries_one"
            ),
            models.CheckConstraint(condition=models.Q(last__gte=1), name="papers_numberseries_from_one"),
        ]


class Paper(models.Model):
    """An issued document: its number and sealed data from the start, its bytes once rendered.

    (`subject_stream`, `source_seq`, `kind`) is the fact that called for it, so issuing twice is issuing once.
    """

    id = models.UUIDField(primary_key=True)
    tenant_id = models.IntegerField()
    subject_stream = models.UUIDField()
    source_seq = models.IntegerField()
    kind = models.CharField(max_length=20)
    organ = models.CharField(max_length=100)
    demo = models.BooleanField()
    series = models.CharField(max_length=20)
    year = models.SmallIntegerField()
    number = models.IntegerField()
    document_number = models.CharField(max_length=60)
    title = models.CharField(max_length=100)
    data_sealed = models.BinaryField()
    template_version = models.CharField(max_length=64)
    blob = models.ForeignKey(Blob, on_delete=models.PROTECT, null=True, related_name="+")
    verify_code = models.CharField(max_length=16, unique=True)
    valid_until = models.DateField(null=True)
    state = models.CharField(max_length=10)
    void_reason = models.CharField(max_length=200)
    created_at = models.DateTimeField()
    rendered_at = models.DateTimeField(null=True)
    voided_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["subject_stream", "source_seq", "kind"], name="papers_paper_once_per_fact"
            ),
            models.UniqueConstraint(
                fields=["tenant_id", "organ", "series", "year", "number"], name="papers_paper_number"
            ),
            models.CheckConstraint(
                condition=models.Q(blob__isnull=True, rendered_at__isnull=True)
                | models.Q(blob__isnull=False, rendered_at__isnull=False),
                name="papers_paper_rendered_whole",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["created_at"], condition=models.Q(blob__isnull=True), name="papers_paper_unrendered"
            )
        ]
