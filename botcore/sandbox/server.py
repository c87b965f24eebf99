"""The world over HTTP, for bots that run in processes of their own.

`python -m botcore.sandbox.server --port 0 --token 42:…` prints its port on the first line and serves
`/bot<token>/<method>`, `/file/bot<token>/<path>` and `/control/…` (see `control`).
"""

import argparse
import asyncio
from typing import Any

from aiohttp import web

from botcore.sandbox.control import Control
from botcore.sandbox.errors import ApiError
from botcore.sandbox.files import Upload
from botcore.sandbox.webhooks import Delivery
from botcore.sandbox.world import World

LARGEST_REQUEST = 50 * 1024**2


def make_app(world: World, retry_after: float = 1.0) -> web.Application:
    """The HTTP face of a world. retry_after: seconds before a failed webhook delivery is repeated."""

    async def bot_api(request: web.Request) -> web.Response:
        try:
            world.check_token(request.match_info["token"])
            params, uploads = await _arguments(request)
            result = await world.call(request.match_info["method"], params, uploads)
            return web.json_response({"ok": True, "result": result})
        except ApiError as error:
            return web.json_response(error.as_json(), status=error.error_code)
        except OSError:
            # A planted network fault: the client finds its connection closed without an answer.
            request.transport.abort()
            return web.Response(status=502)

    async def file(request: web.Request) -> web.Response:
        try:
            world.check_token(request.match_info["token"])
            return web.Response(body=world.files.get(request.match_info["file_id"]).content)
        except ApiError as error:
            return web.json_response(error.as_json(), status=error.error_code)

    async def delivery(app: web.Application) -> Any:
        task = asyncio.create_task(Delivery(world, retry_after).run())
        yield
        task.cancel()

    app = web.Application(client_max_size=LARGEST_REQUEST)
    app.router.add_route("*", "/bot{token:[^/]+}/{method}", bot_api)
    app.router.add_get("/file/bot{token:[^/]+}/{kind}/{file_id}", file)
    Control(world).add_routes(app)
    app.cleanup_ctx.append(delivery)
    return app


async def _arguments(request: web.Request) -> tuple[dict[str, Any], dict[str, Upload]]:
    """Parameters from the query, then the body (urlencoded, multipart or JSON), and the files with it."""
    params: dict[str, Any] = dict(request.query)
    uploads: dict[str, Upload] = {}
    if request.content_type == "application/json":
        params |= await request.json()
    elif request.can_read_body:
        for name, value in (await request.post()).items():
            if isinstance(value, web.FileField):
                uploads[name] = (value.filename, value.file.read())
            else:
                params[name] = value
    for name in uploads:
        # A file named by no other parameter (attach://name) is itself the parameter of that name.
        if not any(f"attach://{name}" in str(value) for value in params.values()):
            params[name] = f"attach://{name}"
    return params, uploads


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--token", default=None)
    parser.add_argument("--no-rate-limits", action="store_true")
    options = parser.parse_args()
    asyncio.run(_serve(make_app(World(token=options.token, rate_limits=not options.no_rate_limits)), options))


async def _serve(app: web.Application, options: argparse.Namespace) -> None:
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, options.host, options.port)
    await site.start()
    print(runner.addresses[0][1], flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    main()
