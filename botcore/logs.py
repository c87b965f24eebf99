"""Logs: one event per line on standard output, with every secret masked whatever wrote it (O-LOG-1, O-LOG-2)."""

import logging
import sys

import structlog
from django.conf import settings

from botcore import redaction

_QUIET = ("aiogram.event", "aiogram.dispatcher", "uvicorn.access", "asyncio", "matplotlib", "PIL")


def set_up() -> None:
    """Send all logging of this process through structlog: JSON, or readable lines with LOG_FORMAT=console."""
    shared = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="ts"),
        structlog.processors.format_exc_info,
        _mask_event,
    ]
    renderer = (
        structlog.processors.JSONRenderer()
        if settings.LOG_FORMAT == "json"
        else structlog.dev.ConsoleRenderer(colors=False)
    )
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
    )
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(settings.LOG_LEVEL)
    for name in _QUIET:
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))


def _mask_event(logger: object, name: str, event: dict) -> dict:
    return {key: _masked(value) if isinstance(value, str) else value for key, value in event.items()}


def _masked(text: str) -> str:
    for secret in (settings.SECRET_KEY, settings.WEBHOOK_SECRET, settings.METRICS_TOKEN):
        if secret:
            text = text.replace(str(secret), "[secret]")
    return redaction.mask(text)
