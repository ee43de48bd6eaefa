from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("offices", "0003_passkeys"),
    ]

    operations = [
        migrations.AddField(
            model_name="user",
            name="passkey_only",
            field=models.BooleanField(db_default=False, default=False),
        ),
    ]
