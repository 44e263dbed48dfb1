"""The triggers that guard the ledgers; `billing.triggers` says which."""

from django.db import migrations

from billing.triggers import install, remove


class Migration(migrations.Migration):
    dependencies = [("billing", "0001_initial")]

    operations = [migrations.RunPython(install, remove)]
