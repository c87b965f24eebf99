"""Signs of life: which process is active, when it last heard from Telegram, when each job last succeeded."""

import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from botcore.models import Heartbeat, JobRun

FORGET_AFTER = timedelta(minutes=10)


def beat(process: str, *, role: str, now: datetime, **facts: object) -> None:
    """Tell that `process` lives in `role`; `facts` are other fields of Heartbeat (mode, version, update_at …)."""
    living = {"role": role, "beat_at": now, **facts}
    Heartbeat.objects.update_or_create(process=process, defaults=living, create_defaults={**living, "started_at": now})


def forget_dead(*, now: datetime) -> None:
    """Drop the signs of processes that ended without a word."""
    Heartbeat.objects.filter(beat_at__lt=now - FORGET_AFTER).delete()


def leave(process: str) -> None:
    """The process stops: its sign of life goes."""
    Heartbeat.objects.filter(process=process).delete()


def job_succeeded(name: str, *, now: datetime, period_s: float, seconds: float) -> None:
    """A run of the job ended well after `seconds`; the next is due within `period_s`."""
    facts = {"succeeded_at": now, "period_s": period_s, "seconds": round(seconds, 3), "failures": 0, "error": ""}
    JobRun.objects.update_or_create(name=name, defaults=facts)


def job_failed(name: str, *, error: str) -> None:
    run, _ = JobRun.objects.get_or_create(name=name)
    JobRun.objects.filter(pk=run.pk).update(failures=run.failures + 1, error=error[:300])


@dataclass
class Here:
    """This very process, for its own health report: `role` is active, standby or web."""

    role: str = "web"
    stopping: bool = False
    started: float = field(default_factory=time.monotonic)

    def uptime(self) -> float:
        """Seconds since this process began."""
        return time.monotonic() - self.started


here = Here()
