from django.apps import AppConfig

from botcore import voice


class BotcoreConfig(AppConfig):
    name = "botcore"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """A catalogue that is not valid prevents the start of every process (V-CAT-1)."""
        voice.load()
