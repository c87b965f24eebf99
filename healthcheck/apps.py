from django.apps import AppConfig


class HealthcheckConfig(AppConfig):
    name = "healthcheck"
    default_auto_field = "django.db.models.BigAutoField"
