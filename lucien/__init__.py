"""Project wiring: environment, settings, URLs, the ASGI entry."""

__version__ = "0.1.0"
