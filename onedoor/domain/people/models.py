"""Tables of the people room."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from .terms import IdType, SubjectKind


class Subject(models.Model):
    """A citizen or organisation that has applied for something.

    Numbers are ciphertext, found through blind indexes; the ciphertexts are bound to the row's `id_index`.
    Name and telephone are those last given; what an application itself said stays with the case.
    """

    tenant = models.ForeignKey("offices.Tenant", on_delete=models.PROTECT, db_index=False)
    kind = models.CharField(max_length=12)
    name = models.CharField(max_length=200)
    id_type = models.CharField(max_length=16)
    id_cipher = models.BinaryField()
    id_index = models.BinaryField()
    id_tail_index = models.BinaryField()
    phone_cipher = models.BinaryField()
    phone_index = models.BinaryField()
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "id_index", "id_type", "kind"], name="people_subject_once"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=[kind.value for kind in SubjectKind]), name="people_subject_kind"
            ),
            models.CheckConstraint(
                condition=Q(id_type__in=[kind.value for kind in IdType]), name="people_subject_id_type"
            ),
        ]
        indexes = [
            models.Index(fields=["tenant", "phone_index"], name="people_subject_phone"),
            models.Index(fields=["tenant", "id_tail_index"], name="people_subject_id_tail"),
        ]
