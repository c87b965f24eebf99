"""An aiogram session that talks to a `World` in the same process instead of to Telegram."""

import asyncio
import json
from collections.abc import AsyncGenerator
from typing import Any

from aiogram import Bot
from aiogram.client.session.base import BaseSession
from aiogram.exceptions import TelegramNetworkError
from aiogram.methods import TelegramMethod
from aiogram.types import InputFile

from botcore.sandbox.errors import ApiError
from botcore.sandbox.files import Upload
from botcore.sandbox.world import World


class WorldSession(BaseSession):
    """`Bot(token, session=WorldSession(world))`.

    Parameters are prepared and answers checked as `AiohttpSession` of aiogram does, so aiogram's usual
    exceptions arise; an OSError or timeout planted in the world becomes TelegramNetworkError.
    """

    def __init__(self, world: World, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.world = world

    async def close(self) -> None:
        """Nothing is open."""

    async def make_request(self, bot: Bot, method: TelegramMethod[Any], timeout: int | None = None) -> Any:
        files: dict[str, InputFile] = {}
        params = {
            key: prepared
            for key, value in method.model_dump(warnings=False).items()
            if (prepared := self.prepare_value(value, bot=bot, files=files))
        }
        try:
            self.world.check_token(bot.token)
            uploads = {key: await _read(bot, key, file) for key, file in files.items()}
            call = self.world.call(method.__api_method__, params, uploads)
            result = await asyncio.wait_for(call, self.timeout if timeout is None else timeout)
            status, body = 200, {"ok": True, "result": result}
        except ApiError as error:
            status, body = error.error_code, error.as_json()
        except TimeoutError as error:
            raise TelegramNetworkError(method=method, message="Request timeout error") from error
        except OSError as error:
            raise TelegramNetworkError(method=method, message=f"{type(error).__name__}: {error}") from error
        return self.check_response(bot=bot, method=method, status_code=status, content=json.dumps(body)).result

    async def stream_content(
        self,
        url: str,
        headers: dict[str, Any] | None = None,
        timeout: int = 30,
        chunk_size: int = 65536,
        raise_for_status: bool = True,
    ) -> AsyncGenerator[bytes, None]:
        """The content of a file whose path getFile gave."""
        yield self.world.files.get(url.rsplit("/", 1)[-1]).content


async def _read(bot: Bot, key: str, file: InputFile) -> Upload:
    return file.filename or key, b"".join([chunk async for chunk in file.read(bot)])
