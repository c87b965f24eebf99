"""Delivers updates to the webhook as Telegram does: at least once, several at a time, until answered 2xx."""

import asyncio
import contextlib
import json
from typing import Any

from aiohttp import ClientError, ClientSession, ClientTimeout

from botcore.sandbox.errors import ApiError
from botcore.sandbox.updates import Webhook
from botcore.sandbox.world import World

SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"
ANSWER_WITHIN = 60.0


class Delivery:
    """Runs beside the HTTP face. `retry_after`: seconds of pause after a failed delivery."""

    def __init__(self, world: World, retry_after: float = 1.0) -> None:
        self.world = world
        self.retry_after = retry_after
        self._under_way: dict[int, asyncio.Task[None]] = {}
        self._finished = asyncio.Event()

    async def run(self) -> None:
        queue = self.world.queue
        async with ClientSession(timeout=ClientTimeout(total=ANSWER_WITHIN)) as session:
            try:
                while True:
                    queue.arrived.clear()
                    self._finished.clear()
                    if queue.webhook:
                        self._start(session, queue.webhook)
                    await self._something_to_do()
            finally:
                for task in self._under_way.values():
                    task.cancel()

    def _start(self, session: ClientSession, webhook: Webhook) -> None:
        for key, update in self.world.queue.pending.items():
            if len(self._under_way) >= webhook.max_connections:
                break
            if key not in self._under_way:
                self._under_way[key] = asyncio.create_task(self._deliver(session, webhook, key, update))

    async def _something_to_do(self) -> None:
        waits = {asyncio.ensure_future(event.wait()) for event in (self.world.queue.arrived, self._finished)}
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()

    async def _deliver(self, session: ClientSession, webhook: Webhook, key: int, update: Any) -> None:
        try:
            answer = await self._post(session, webhook, update)
            self.world.queue.confirm(key)
            await self._call_in_answer(answer)
        except (ClientError, OSError) as error:
            webhook.last_error_date, webhook.last_error_message = int(self.world.now()), str(error)
            await asyncio.sleep(self.retry_after)
        finally:
            del self._under_way[key]
            self._finished.set()

    async def _post(self, session: ClientSession, webhook: Webhook, update: Any) -> str:
        headers = {"Content-Type": "application/json"}
        if webhook.secret_token:
            headers[SECRET_HEADER] = webhook.secret_token
        async with session.post(webhook.url, data=json.dumps(update), headers=headers) as response:
            if not 200 <= response.status < 300:
                raise ClientError(f"Wrong response from the webhook: {response.status} {response.reason}")
            return await response.text()

    async def _call_in_answer(self, answer: str) -> None:
        """A webhook may answer with a method call instead of making it itself."""
        try:
            call = json.loads(answer or "null")
        except ValueError:
            return
        if isinstance(call, dict) and "method" in call:
            with contextlib.suppress(ApiError):
                await self.world.call(call.pop("method"), call)
