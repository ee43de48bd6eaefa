"""The outbox of messages."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Message",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("tenant_id", models.IntegerField()),
                ("key", models.CharField(max_length=200)),
                ("channel", models.CharField(max_length=8)),
                ("phone_cipher", models.BinaryField()),
                ("phone_masked", models.CharField(max_length=20)),
                ("text", models.CharField(max_length=500)),
                ("created_at", models.DateTimeField()),
                ("sent_at", models.DateTimeField(null=True)),
            ],
            options={
                "indexes": [
                    models.Index(fields=["tenant_id", "-created_at", "-id"], name="notices_message_latest"),
                    models.Index(
                        condition=models.Q(("sent_at__isnull", True)),
                        fields=["id"],
                        name="notices_message_waiting",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("tenant_id", "key"), name="notices_message_key"),
                    models.CheckConstraint(
                        condition=models.Q(("channel__in", ["sms"])), name="notices_message_channel"
                    ),
                ],
            },
        ),
    ]
