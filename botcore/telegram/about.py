"""What Telegram says of the bot itself, for an operator who asks."""

from dataclasses import dataclass
from datetime import datetime

from aiogram.methods import GetMe, GetWebhookInfo

from botcore.outbox import CallResult, Outcome
from botcore.telegram.api import Api


@dataclass(frozen=True)
class About:
    """getMe and getWebhookInfo: `waiting` updates, `webhook_url` '' while polling, the last failed delivery if any."""

    username: str
    webhook_url: str = ""
    waiting: int = 0
    webhook_error: str = ""
    webhook_error_at: datetime | None = None


async def ask_about_bot(api: Api) -> About | CallResult:
    """Facts, or the result of the call that brought none (CONFIGURATION: the token is refused)."""
    me = await api.change(GetMe(), api.bot.id)
    hook = await api.change(GetWebhookInfo(), api.bot.id)
    if me.outcome is not Outcome.DONE or hook.outcome is not Outcome.DONE:
        return me if me.outcome is not Outcome.DONE else hook
    info = hook.value["result"]
    return About(
        me.value["result"].username,
        info.url,
        info.pending_update_count,
        info.last_error_message or "",
        info.last_error_date,
    )
