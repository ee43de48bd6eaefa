"""Clean-ups of items 事项清理, what is reported in them, and their published results."""

from __future__ import annotations

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

from onedoor.plumbing.database.rights import AppendOnly


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0005_package_drafts"),
        ("offices", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Campaign",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=100)),
                ("basis", models.CharField(blank=True, max_length=300)),
                (
                    "departments",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=32), size=None
                    ),
                ),
                (
                    "kinds",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=2), size=None
                    ),
                ),
                ("opens_on", models.DateField()),
                ("closes_on", models.DateField()),
                ("opened_at", models.DateTimeField()),
                ("opened_by", models.CharField(max_length=100)),
                ("published_at", models.DateTimeField(blank=True, null=True)),
                ("published_by", models.CharField(blank=True, max_length=100)),
                (
                    "tenant",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="offices.tenant"),
                ),
            ],
        ),
        migrations.CreateModel(
            name="CampaignEntry",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveIntegerField(null=True)),
                ("code", models.CharField(blank=True, max_length=64)),
                ("name", models.CharField(max_length=200)),
                ("type", models.CharField(max_length=2)),
                ("department", models.CharField(max_length=32)),
                ("department_name", models.CharField(max_length=100)),
                ("state", models.CharField(max_length=9)),
                ("decision", models.CharField(blank=True, max_length=9)),
                ("basis", models.CharField(blank=True, max_length=500)),
                ("reason", models.CharField(blank=True, max_length=500)),
                ("target", models.CharField(blank=True, max_length=200)),
                (
                    "places",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=300), default=list, size=None
                    ),
                ),
                ("note", models.CharField(blank=True, max_length=300)),
                ("reported_by", models.CharField(blank=True, max_length=100)),
                ("reported_at", models.DateTimeField(blank=True, null=True)),
                ("reviewed_by", models.CharField(blank=True, max_length=100)),
                ("reviewed_at", models.DateTimeField(blank=True, null=True)),
                (
                    "campaign",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="entries",
                        to="catalog.campaign",
                    ),
                ),
                (
                    "tenant",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="offices.tenant"),
                ),
                (
                    "version",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="catalog.version",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="CampaignResult",
            fields=[
                (
                    "campaign",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="result",
                        serialize=False,
                        to="catalog.campaign",
                    ),
                ),
                ("content", models.JSONField()),
                ("digest", models.BinaryField(max_length=32)),
                ("published_at", models.DateTimeField()),
                (
                    "tenant",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="offices.tenant"),
                ),
            ],
        ),
        migrations.AddConstraint(
            model_name="campaign",
            constraint=models.CheckConstraint(
                condition=models.Q(("closes_on__gte", models.F("opens_on"))),
                name="catalog_campaign_closes_after_it_opens",
            ),
        ),
        migrations.AddIndex(
            model_name="campaignentry",
            index=models.Index(fields=["campaign", "department"], name="catalog_campaignentry_by_dept"),
        ),
        migrations.AddConstraint(
            model_name="campaignentry",
            constraint=models.UniqueConstraint(
                condition=models.Q(
                    models.Q(("code", ""), _negated=True), models.Q(("state", "dropped"), _negated=True)
                ),
                fields=("campaign", "code"),
                name="catalog_campaignentry_code_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="campaignentry",
            constraint=models.UniqueConstraint(
                condition=models.Q(("version__isnull", True), models.Q(("state", "dropped"), _negated=True)),
                fields=("campaign", "department", "name"),
                name="catalog_campaignentry_addition_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="campaignentry",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["open", "reported", "returned", "confirmed", "dropped"])),
                name="catalog_campaignentry_state",
            ),
        ),
        migrations.AddConstraint(
            model_name="campaignentry",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("decision", ""), ("state", "open")),
                    ("decision__in", ["keep", "cancel", "merge", "hand_over", "modify", "add"]),
                    _connector="OR",
                ),
                name="catalog_campaignentry_decided",
            ),
        ),
        migrations.AddConstraint(
            model_name="campaignentry",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "confirmed"), _negated=True),
                    models.Q(("reviewed_by", models.F("reported_by")), _negated=True),
                    _connector="OR",
                ),
                name="catalog_campaignentry_four_eyes",
            ),
        ),
        # What an item of a clean-up is about, and a published result, never change; nothing is ever removed.
        AppendOnly("catalog_campaign", updatable=("published_at", "published_by")),
        AppendOnly(
            "catalog_campaignentry",
            updatable=(
                "decision",
                "basis",
                "reason",
                "target",
                "places",
                "state",
                "note",
                "reported_by",
                "reported_at",
                "reviewed_by",
                "reviewed_at",
            ),
        ),
        AppendOnly("catalog_campaignresult"),
    ]
