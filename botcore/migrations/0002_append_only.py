from django.db import migrations

from botcore.triggers import append_only


class Migration(migrations.Migration):
    dependencies = [("botcore", "0001_initial")]
    operations = [append_only("botcore_auditentry")]
