"""The command lists of members and custodians (M-CMD-1, M-CMD-2)."""

from datetime import datetime

from botcore import outbox, roles, voice

START, MENU, STATUS, LINK, HELP, CANCEL = "start", "menu", "estado", "enlace", "ayuda", "cancelar"
ADMIN = "admin"

ALIASES = {STATUS: ("status",), HELP: ("help",), LINK: ("link",), CANCEL: ("cancel",)}
MEMBER_COMMANDS = (START, MENU, STATUS, LINK, HELP)
CUSTODIAN_COMMANDS = (ADMIN, CANCEL, HELP)
ONLY_FOR_CUSTODIANS = (ADMIN,)
_CUSTODIANS_OWN = {ADMIN: "desk.command_admin", CANCEL: "desk.command_cancelar"}


def names(command: str) -> tuple[str, ...]:
    """A command and its hidden aliases, as the router matches them."""
    return (command, *ALIASES.get(command, ()))


def owe_all(*, now: datetime) -> int:
    """Owe the list of all private chats and that of every custodian, once per day and start; returns how many rows."""
    day = f"{now:%Y%m%d%H%M%S}"
    everybody = {"commands": _described(MEMBER_COMMANDS), "scope": {"type": "all_private_chats"}}
    outbox.call("setMyCommands", everybody, key=f"commands:{day}", chat_id=0, now=now)
    for telegram_id in roles.custodian_ids():
        owe_custodian_list(telegram_id, key=f"commands:{telegram_id}:{day}", now=now)
    return 1 + len(roles.custodian_ids())


def owe_custodian_list(telegram_id: int, *, key: str, now: datetime) -> None:
    """Owe the custodian's list in the chat of one custodian; Telegram's refusal (chat unknown) is no harm."""
    custodian = {"commands": _described(CUSTODIAN_COMMANDS), "scope": {"type": "chat", "chat_id": telegram_id}}
    outbox.call("setMyCommands", custodian, key=key, chat_id=telegram_id, now=now)


def _described(commands: tuple[str, ...]) -> list[dict[str, str]]:
    return [{"command": command, "description": voice.render(_key_of(command))} for command in commands]


def _key_of(command: str) -> str:
    return _CUSTODIANS_OWN.get(command) or f"start.command_{command}"
