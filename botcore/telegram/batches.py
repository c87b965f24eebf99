"""Group commit: what arrives while one transaction runs goes into the next one together."""

import asyncio
from collections.abc import Callable

from botcore import units


class Batch:
    """Collects items for a sync `unit(items)` that returns a result for each; `add` returns when that is committed."""

    def __init__(self, unit: Callable[[list], list]) -> None:
        self._unit = unit
        self._gate = asyncio.Lock()
        self._items: list = []

    async def add(self, item: object) -> object:
        """Hand one item over, wait for its commit; its result, or what the unit raised for the batch it was in."""
        mine = asyncio.get_running_loop().create_future()
        self._items.append((item, mine))
        async with self._gate:
            if not mine.done():
                await self._commit()
        return mine.result()

    async def _commit(self) -> None:
        batch, self._items = self._items, []
        try:
            results = await units.run(self._unit, [item for item, _ in batch])
        except Exception as error:
            for _, waiter in batch:
                waiter.set_exception(error)
        else:
            for (_, waiter), result in zip(batch, results, strict=True):
                waiter.set_result(result)
