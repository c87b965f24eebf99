"""An event loop whose time passes only while nothing else can happen: minutes of waiting cost no real time."""

import asyncio
import math
import selectors

TICK_S = 1e-9


class VirtualLoop(asyncio.SelectorEventLoop):
    """`time()` starts at 0; a wait with nothing to do jumps to its end, work in threads takes no virtual time."""

    def __init__(self) -> None:
        self.elapsed = 0.0
        self.in_threads = 0
        super().__init__(_Selector(self))

    def time(self) -> float:
        return self.elapsed

    def run_in_executor(self, executor, func, *args):
        future = super().run_in_executor(executor, func, *args)
        self.in_threads += 1
        future.add_done_callback(self._left_thread)
        return future

    def _left_thread(self, future: asyncio.Future) -> None:
        self.in_threads -= 1


class _Selector(selectors.DefaultSelector):
    def __init__(self, loop: VirtualLoop) -> None:
        super().__init__()
        self._loop = loop

    def select(self, timeout: float | None = None):
        # A clock that stood still would let a limiter wait for ever for the last rounding error of a second.
        # After months a tick is less than the clock's own rounding, so it moves by that at least.
        self._loop.elapsed = math.nextafter(self._loop.elapsed + TICK_S, math.inf)
        if timeout is not None and timeout <= 0:
            return super().select(0)
        if self._loop.in_threads:
            return super().select(None)
        if timeout is None and not (ready := super().select(5)):
            raise RuntimeError("everything waits for ever")
        if timeout is None:
            return ready
        self._loop.elapsed += timeout
        return super().select(0)
