"""What somebody sees of a file they have handed in."""

from __future__ import annotations

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("papers", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="upload",
            name="preview",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="papers.blob",
            ),
        ),
        migrations.AddField(
            model_name="upload",
            name="pages",
            field=models.PositiveIntegerField(null=True),
        ),
    ]
