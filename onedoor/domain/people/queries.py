"""Reading the people room. Everything is masked, save what `reveal` shows against a record in the access log."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from onedoor.core.identifiers import canonical
from onedoor.core.refusals import Problem, Refused
from onedoor.domain.journal import actions as journal
from onedoor.domain.offices.terms import Principal
from onedoor.plumbing.crypto import Keyring

from . import events, rules
from .models import Subject
from .terms import IdType, SubjectIdentity, SubjectKind, SubjectView


def identity_problems(
    *, kind: str, name: str, id_type: str, id_number: str, phone: str
) -> tuple[Problem, ...]:
    """Every fault `actions.recognise` would refuse, with pointers under /applicant; empty if there is none."""
    return rules.problems(kind=kind, name=name, id_type=id_type, id_number=id_number, phone=phone)


def find_by_id(tenant_id: int, id_number: str) -> tuple[SubjectView, ...]:
    """The subjects with this identity number or credit code, at most one of each kind."""
    index = rules.id_index(Keyring.current(), canonical(id_number))
    return _views(Subject.objects.filter(tenant_id=tenant_id, id_index=index))


def find_by_last_four(tenant_id: int, last_four: str, *, limit: int = 20) -> tuple[SubjectView, ...]:
    """Subjects whose number ends with these four places, lately seen first."""
    index = rules.id_tail_index(Keyring.current(), canonical(last_four))
    return _views(Subject.objects.filter(tenant_id=tenant_id, id_tail_index=index), limit)


def find_by_phone(tenant_id: int, phone: str, *, limit: int = 20) -> tuple[SubjectView, ...]:
    """Subjects reached under this telephone number, lately seen first."""
    index = rules.phone_index(Keyring.current(), canonical(phone))
    return _views(Subject.objects.filter(tenant_id=tenant_id, phone_index=index), limit)


def masked(tenant_id: int, subject_id: int) -> SubjectView | None:
    """A subject of the tenant, None if there is none."""
    found = Subject.objects.filter(tenant_id=tenant_id, pk=subject_id).first()
    return rules.masked(_clear(found)) if found else None


def reveal(subject_id: int, *, principal: Principal, purpose: str, at: datetime) -> SubjectIdentity:
    """A subject of the principal's tenant in clear; who looked, and why, is recorded before it is shown.

    Who may ask at all is the face's to decide. Raises Refused("purpose_missing") without a purpose and
    Refused("unknown_subject") (404) for a subject of no or another tenant.
    """
    reason = rules.purpose(purpose)
    with transaction.atomic():
        found = Subject.objects.filter(tenant_id=principal.tenant_id, pk=subject_id).first()
        if found is None:
            raise Refused("unknown_subject", "没有这位办事人的信息，请返回列表重新选择。", status=404)
        journal.append(
            stream_id=events.access_stream(tenant_id=principal.tenant_id, user_id=principal.user_id, at=at),
            tenant_id=principal.tenant_id,
            stream_kind=events.ACCESS,
            principal=principal.key,
            at=at,
            facts=[events.identity_revealed(subject_id=subject_id, purpose=reason, at=at)],
            queue_up=True,
        )
        return _clear(found)


def _views(found: QuerySet[Subject], limit: int = 20) -> tuple[SubjectView, ...]:
    return tuple(rules.masked(_clear(subject)) for subject in found.order_by("-updated_at", "-pk")[:limit])


def _clear(subject: Subject) -> SubjectIdentity:
    keyring, index = Keyring.current(), bytes(subject.id_index)
    return SubjectIdentity(
        id=subject.pk,
        kind=SubjectKind(subject.kind),
        name=subject.name,
        id_type=IdType(subject.id_type),
        id_number=rules.opened_id(keyring, bytes(subject.id_cipher), index),
        phone=rules.opened_phone(keyring, bytes(subject.phone_cipher), index),
    )
