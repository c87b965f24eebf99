"""Telegram's refusals, classified once: by HTTP code and the fixed beginning of the description."""

import asyncio

from aiogram.exceptions import (
    AiogramError,
    TelegramAPIError,
    TelegramBadRequest,
    TelegramConflictError,
    TelegramEntityTooLarge,
    TelegramForbiddenError,
    TelegramMigrateToChat,
    TelegramNetworkError,
    TelegramNotFound,
    TelegramRetryAfter,
    TelegramServerError,
    TelegramUnauthorizedError,
)

from botcore.outbox import CallResult, Outcome

_CODES = {
    TelegramUnauthorizedError: 401,
    TelegramForbiddenError: 403,
    TelegramNotFound: 404,
    TelegramConflictError: 409,
    TelegramEntityTooLarge: 413,
    TelegramBadRequest: 400,
}

# (code, beginning of the description after "Bad Request: " or "Forbidden: ", outcome, source)
# td = tdlib/td and tdlib/telegram-bot-api (Client.cpp), the server's own source; mt = MTProto error list
# (core.telegram.org/api/errors).
TABLE = (
    (400, "message is not modified", Outcome.NOT_MODIFIED, "td Client.cpp fail_query_with_error"),
    (400, "message to edit not found", Outcome.NOT_EDITABLE, "td Client.cpp check_message"),
    (400, "message can't be edited", Outcome.NOT_EDITABLE, "td MessagesManager can_edit_message"),
    (400, "there is no text in the message to edit", Outcome.NOT_EDITABLE, "td MessagesManager edit_message_text"),
    (400, "message identifier is not specified", Outcome.NOT_EDITABLE, "td Client.cpp get_message_id"),
    (400, "MESSAGE_ID_INVALID", Outcome.NOT_EDITABLE, "mt messages.editMessage"),
    (400, "query is too old", Outcome.TOO_OLD, "td Client.cpp answerCallbackQuery"),
    (400, "QUERY_ID_INVALID", Outcome.TOO_OLD, "mt messages.setBotCallbackAnswer"),
    (400, "USER_ALREADY_PARTICIPANT", Outcome.ALREADY, "mt messages.hideChatJoinRequest"),
    (400, "HIDE_REQUESTER_MISSING", Outcome.GONE, "mt messages.hideChatJoinRequest"),
    (400, "INPUT_USER_DEACTIVATED", Outcome.GONE, "mt channels.inviteToChannel"),
    (400, "user not found", Outcome.GONE, "td Client.cpp check_user"),
    (400, "PARTICIPANT_ID_INVALID", Outcome.GONE, "mt channels.getParticipant"),
    (400, "USER_NOT_PARTICIPANT", Outcome.GONE, "mt channels.getParticipant"),
    (400, "USER_ID_INVALID", Outcome.PERSON, "mt messages.hideChatJoinRequest"),
    (400, "USER_CHANNELS_TOO_MUCH", Outcome.PERSON, "mt messages.hideChatJoinRequest"),
    (
        400,
        "user is an administrator of the chat",
        Outcome.IMMOVABLE,
        "td ContactsManager set_channel_participant_status",
    ),
    (400, "can't remove chat owner", Outcome.IMMOVABLE, "td ContactsManager set_channel_participant_status"),
    (400, "USER_ADMIN_INVALID", Outcome.IMMOVABLE, "mt channels.editBanned"),
    (400, "chat not found", Outcome.CONFIGURATION, "td Client.cpp check_chat"),
    (400, "not enough rights", Outcome.CONFIGURATION, "td ContactsManager"),
    (400, "need administrator rights", Outcome.CONFIGURATION, "td Client.cpp"),
    (400, "CHAT_ADMIN_REQUIRED", Outcome.CONFIGURATION, "mt channels.editBanned"),
    (400, "CHANNEL_PRIVATE", Outcome.CONFIGURATION, "mt channels.getChannels"),
    (400, "group chat was upgraded", Outcome.CONFIGURATION, "td Client.cpp migrate_to_chat_id"),
    (400, "method is available for supergroup and channel", Outcome.CONFIGURATION, "td Client.cpp unbanChatMember"),
    (401, "", Outcome.CONFIGURATION, "Bot API: Unauthorized"),
    (403, "bot was blocked by the user", Outcome.BLOCKED, "td Client.cpp fail_query_with_error"),
    (403, "user is deactivated", Outcome.DEACTIVATED, "td Client.cpp fail_query_with_error"),
    (403, "bot can't initiate conversation", Outcome.GONE, "td Client.cpp check_chat_access"),
    (403, "bot can't send messages to bots", Outcome.GONE, "td Client.cpp check_chat_access"),
    (403, "bot is not a member", Outcome.CONFIGURATION, "td Client.cpp check_chat_access"),
    (403, "bot was kicked", Outcome.CONFIGURATION, "td Client.cpp check_chat_access"),
    (403, "CHAT_WRITE_FORBIDDEN", Outcome.CONFIGURATION, "mt messages.sendMessage"),
    (404, "", Outcome.CONFIGURATION, "Bot API: Not Found = the token is unknown"),
    (409, "", Outcome.TRANSIENT, "Bot API getUpdates: another poller or a webhook"),
)

TRANSIENT_ERRORS = (TelegramNetworkError, TelegramServerError, asyncio.TimeoutError, ConnectionError)


def classify(error: BaseException, chat_id: int | None = None) -> CallResult:
    """The class of what a call raised; `chat_id` > 0 tells that it spoke to a person, not to a channel.

    Raises the error again when it is none of Telegram's: a mistake of ours must not look like weather.
    """
    if isinstance(error, TelegramRetryAfter):
        return CallResult(Outcome.FLOOD, error.message, retry_after=error.retry_after)
    if isinstance(error, TRANSIENT_ERRORS):
        return CallResult(Outcome.TRANSIENT, type(error).__name__)
    if isinstance(error, TelegramMigrateToChat):
        return CallResult(Outcome.CONFIGURATION, error.message, value={"migrated_to": error.migrate_to_chat_id})
    if isinstance(error, TelegramAPIError):
        return CallResult(_look_up(error, chat_id), error.message)
    if isinstance(error, AiogramError):  # an answer that is no Bot API answer, as from a proxy in between
        return CallResult(Outcome.TRANSIENT, type(error).__name__)
    raise error


def _look_up(error: TelegramAPIError, chat_id: int | None) -> Outcome:
    code = next((code for kind, code in _CODES.items() if isinstance(error, kind)), 0)
    description = error.message.removeprefix("Bad Request: ").removeprefix("Forbidden: ")
    for row_code, beginning, outcome, _ in TABLE:
        if row_code == code and description.startswith(beginning):
            to_person = chat_id is not None and chat_id > 0
            return Outcome.GONE if to_person and beginning == "chat not found" else outcome
    return Outcome.UNKNOWN
