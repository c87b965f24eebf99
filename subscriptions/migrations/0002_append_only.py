from django.db import migrations

from botcore.triggers import append_only


class Migration(migrations.Migration):
    dependencies = [("subscriptions", "0001_initial")]
    operations = [append_only("subscriptions_ledgerentry", "subscriptions_rolechange")]
