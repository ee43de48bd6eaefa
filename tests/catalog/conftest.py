"""A tenant with two departments, for tests that use tables."""

from __future__ import annotations

import pytest

from onedoor.domain.offices.models import Department, Tenant
from tests.catalog.samples import AT


def make_tenant(region: str = "990722") -> int:
    """A county in which nothing is published."""
    tenant = Tenant.objects.create(name="明渠县政务服务中心", region_code=region, created_at=AT)
    for number, (code, name) in enumerate([("scjg", "明渠县市场监督管理局"), ("xfjy", "明渠县消防救援大队")]):
        Department.objects.create(
            tenant=tenant, code=code, name=name, short_name=name, number_prefix=f"D{number}", organ_word=name
        )
    return int(tenant.pk)


@pytest.fixture
def tenant(db: None) -> int:
    """The id of a county in which nothing is published."""
    return make_tenant()
