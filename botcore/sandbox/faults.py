"""Faults planted by a test: refusals, lost connections, delays, calls that never return."""

import asyncio
import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

HANG = "hang"
"""A fault under which the call never returns."""

When = Callable[[dict[str, Any]], bool]


@dataclass
class Fault:
    method: str
    what: Exception | float | str
    times: int
    when: When | None
    after: bool

    async def strike(self) -> None:
        if isinstance(self.what, Exception):
            raise self.what
        if self.what == HANG:
            await asyncio.Event().wait()
        await asyncio.sleep(self.what)


class Faults:
    """The planted faults, first planted first used."""

    def __init__(self) -> None:
        self._planted: list[Fault] = []

    def plant(
        self,
        method: str,
        what: Exception | float | str,
        *,
        times: int = 1,
        when: When | None = None,
        after: bool = False,
    ) -> None:
        self._planted.append(Fault(method, what, times, when, after))

    def clear(self) -> None:
        self._planted.clear()

    def take(self, method: str, params: dict[str, Any]) -> Fault | None:
        """The fault that strikes this call, counted as used, or None."""
        for fault in self._planted:
            if fault.method in ("*", method) and (fault.when is None or fault.when(params)):
                fault.times -= 1
                if fault.times == 0:
                    self._planted.remove(fault)
                return fault
        return None


async def run(call: Callable[[], Any], fault: Fault | None) -> Any:
    """Make the call with its fault before it, or after it: Telegram did it, but the answer was lost."""
    if fault and not fault.after:
        await fault.strike()
    result = call()
    if inspect.isawaitable(result):
        result = await result
    if fault and fault.after:
        await fault.strike()
    return result
