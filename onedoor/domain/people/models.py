"""Tables of the people room."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from .terms import Capacity, Ending, IdType, SubjectKind


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


class Entrustment(models.Model):
    """委托: a subject lets a person act for it, within `acts` and `services` (none: all items), through `until`.

    `principal_user` is the account that may revoke it, None where the principal has no telephone of its own;
    `agent_user` the account that acts. `standing` ones were given by the principal for cases to come, the others
    were stated with the single case that is filed under them. Its facts are in the stream of its id.
    """

    id = models.UUIDField(primary_key=True)
    tenant = models.ForeignKey("offices.Tenant", on_delete=models.PROTECT, db_index=False)
    principal = models.ForeignKey(Subject, on_delete=models.PROTECT, related_name="+", db_index=False)
    principal_user = models.ForeignKey(
        "offices.User", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    agent = models.ForeignKey(Subject, on_delete=models.PROTECT, related_name="+", db_index=False)
    agent_user = models.ForeignKey("offices.User", on_delete=models.PROTECT, related_name="+", db_index=False)
    capacity = models.CharField(max_length=12)
    acts = ArrayField(models.CharField(max_length=12))
    services = ArrayField(models.CharField(max_length=50), default=list)
    until = models.DateField()
    standing = models.BooleanField()
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=100)
    ending = models.CharField(max_length=12, default="")
    ended_at = models.DateTimeField(null=True)
    ended_by = models.CharField(max_length=100, default="")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(capacity__in=[each.value for each in Capacity]),
                name="people_entrustment_capacity",
            ),
            models.CheckConstraint(
                condition=Q(ending="", ended_at=None)
                | Q(ending__in=[Ending.REVOKED.value, Ending.RESIGNED.value], ended_at__isnull=False),
                name="people_entrustment_ending",
            ),
        ]
        indexes = [
            models.Index(fields=["principal_user", "-created_at"], name="people_entrusted_by"),
            models.Index(fields=["agent_user", "-created_at"], name="people_entrusted_to"),
        ]


class Verification(models.Model):
    """实名: an identity service has vouched for who holds an account.

    `holder_index` is the blind index of issuer and its name for the person: one person, one account.
    """

    user = models.OneToOneField("offices.User", on_delete=models.PROTECT, primary_key=True, related_name="+")
    tenant = models.ForeignKey("offices.Tenant", on_delete=models.PROTECT, db_index=False)
    subject = models.ForeignKey(Subject, on_delete=models.PROTECT, related_name="+", db_index=False)
    issuer = models.CharField(max_length=200)
    holder_index = models.BinaryField()
    level = models.CharField(max_length=40)
    verified_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "holder_index"], name="people_verification_once"),
        ]
        indexes = [models.Index(fields=["subject"], name="people_verified_subject")]
