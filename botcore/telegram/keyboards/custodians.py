"""The keyboards custodians meet."""

from aiogram.types import InlineKeyboardButton

from botcore import config
from botcore.telegram.callbacks import (
    AskAgain,
    BrakeDecision,
    ChannelAct,
    Confirm,
    Flow,
    PageIndicator,
    Panel,
    PlanField,
    Proposed,
    RedeemMine,
)  # fmt: skip
from botcore.telegram.keyboards.registry import Rows, button, copy, keyboard, link

MEND = {"vip": "desk.mend_vip", "free": "desk.mend_free", "plans": "desk.mend_plans", "brake": "desk.mend_brake"}
CHANNEL_RIGHTS = "post_messages+invite_users+restrict_members"
GROUP_RIGHTS = "invite_users+restrict_members"


def home(*, fresh: bool = False) -> list[InlineKeyboardButton]:
    """The way back to the panel; `fresh` where the message it stands under must stay."""
    return [button("desk.to_panel", Panel(screen="home", fresh=fresh))]


def arrows(page: int, pages: int, target: object) -> list[InlineKeyboardButton]:
    """◀ n/m ▶ for a list of several pages; `target(page)` is the callback data of a page (C-PANEL-5)."""
    if pages <= 1:
        return []
    return [
        button("common.previous", target(max(1, page - 1))),
        button("common.page_label", PageIndicator(page=page, pages=pages), page=page, pages=pages),
        button("common.next", target(min(pages, page + 1))),
    ]


# --- panel and dialogues ----------------------------------------------------------------------------------------------


@keyboard
def panel(mend: list | None = None) -> Rows:
    """What wants mending first, then the rooms."""
    return [
        *([button(MEND[screen], Panel(screen=screen, target=number))] for screen, number in mend or []),
        [button("desk.to_vip", Panel(screen="vip")), button("desk.to_free", Panel(screen="free"))],
        [button("desk.to_plans", Panel(screen="plans")), button("desk.to_invite", Panel(screen="issue"))],
    ]


@keyboard
def panel_only() -> Rows:
    return [home()]


@keyboard
def custodian_start() -> Rows:
    """Under the salute of /start (C-ACC-7)."""
    return [home()]


@keyboard
def dialogue(
    choices: list | None = None, back: bool = False, keep: bool = False, page: int = 1, pages: int = 1
) -> Rows:
    """A question: its choices (rows of [label key, field, value, label values]), what was typed, the ways out."""
    return [
        *(
            [button(key, Flow(act=act, value=value), **values) for key, act, value, values in row]
            for row in choices or []
        ),
        arrows(page, pages, lambda number: Flow(act="page", value=str(number))),
        [button("desk.keep", Flow(act="keep"))] if keep else [],
        _ways_out(back),
    ]


@keyboard
def review(act: str, code: str, back: bool = False) -> Rows:
    return [[button("desk.confirm", Confirm(act=act, code=code))], _ways_out(back)]


def _ways_out(back: bool) -> list[InlineKeyboardButton]:
    cancel = button("desk.cancel", Flow(act="cancel"))
    return [button("desk.step_back", Flow(act="back")), cancel] if back else [cancel]


@keyboard
def ask_again(act: str, code: str) -> Rows:
    """Under a lapsed confirmation."""
    return [[button("desk.ask_again", AskAgain(act=act.removesuffix("_tell"), code=code))], home()]


# --- channels ---------------------------------------------------------------------------------------------------------


@keyboard
def channel_unset(kind: str) -> Rows:
    return [[button("desk_channels.connect", ChannelAct(kind=kind, act="connect"))], home()]


@keyboard
def channel(kind: str, automatic: bool = True) -> Rows:
    """A connected channel; `automatic` is the present way of approval."""
    return [
        [button("desk.recheck", ChannelAct(kind=kind, act="recheck"))],
        *(_queue_rows(automatic) if kind == "free" else []),
        [button("desk_channels.replace", ChannelAct(kind=kind, act="connect"))],
        [button("desk_channels.disconnect", ChannelAct(kind=kind, act="disconnect"))],
        home(),
    ]


def _queue_rows(automatic: bool) -> Rows:
    switch = ("desk_channels.auto_turn_off", "auto_off") if automatic else ("desk_channels.auto_turn_on", "auto_on")
    return [
        [button("desk_channels.set_wait", ChannelAct(kind="free", act="wait"))],
        [button(switch[0], ChannelAct(kind="free", act=switch[1]))],
        [button("desk_channels.set_link", ChannelAct(kind="free", act="link"))],
    ]


@keyboard
def recheck(kind: str) -> Rows:
    """Under an alarm about a channel."""
    return [[button("desk.recheck", ChannelAct(kind=kind, act="recheck"))]]


@keyboard
def to_channel(kind: str) -> Rows:
    return [[button(f"desk.to_{kind}", Panel(screen=kind))], home()]


@keyboard
def connect(back: bool = False) -> Rows:
    """Telegram itself adds the bot, with the rights it needs (core.telegram.org/api/links#bot-links)."""
    bot = f"https://t.me/{config.current().bot_username}"
    return [
        [link("desk_channels.add_to_channel", f"{bot}?startchannel&admin={CHANNEL_RIGHTS}")],
        [link("desk_channels.add_to_group", f"{bot}?startgroup&admin={GROUP_RIGHTS}")],
        _ways_out(back),
    ]


@keyboard
def connect_confirm(kind: str, code: str, replacing: bool = False) -> Rows:
    """Connecting, or replacing: there the way out stands first and the act is red (C-FLOW-7)."""
    act, cancel = Confirm(act="connect", code=code), [button("desk.cancel", Panel(screen=kind))]
    if not replacing:
        return [[button("desk.confirm", act)], cancel]
    if kind == "free":
        return [cancel, [button("desk_channels.replace_yes", act, danger=True)]]
    return [
        cancel,
        [button("desk_channels.replace_tell", Confirm(act="connect_tell", code=code), danger=True)],
        [button("desk_channels.replace_quietly", act, danger=True)],
    ]


@keyboard
def proposed(chat: int) -> Rows:
    """A chat in which the bot became administrator."""
    return [
        [
            button("desk_channels.as_vip", Proposed(chat=chat, kind="vip")),
            button("desk_channels.as_free", Proposed(chat=chat, kind="free")),
        ],
        [button("desk_channels.as_nothing", Proposed(chat=chat, kind="nothing"))],
    ]


@keyboard
def disconnect_confirm(kind: str) -> Rows:
    return [
        [button("desk.cancel", Panel(screen=kind))],
        [button("desk_channels.disconnect_yes", ChannelAct(kind=kind, act="disconnected"), danger=True)],
    ]


@keyboard
def free_link(url: str = "", change: bool = False) -> Rows:
    return [
        [copy("desk_channels.copy_link", url)] if url else [],
        [button("desk_channels.change_link", ChannelAct(kind="free", act="paste"))] if change else [],
        [button("desk.to_free", Panel(screen="free"))],
        home(),
    ]


# --- plans and invitations --------------------------------------------------------------------------------------------


@keyboard
def plan_list(plans: list, page: int = 1, pages: int = 1) -> Rows:
    """`plans`: [id, name, days] of each row."""
    return [
        *(
            [button("desk_channels.plan_button", Panel(screen="plan", target=pk, page=page), plan=name, days=days)]
            for pk, name, days in plans
        ),
        arrows(page, pages, lambda number: Panel(screen="plans", page=number)),
        [button("desk_channels.new_plan", Panel(screen="new_plan"))],
        home(),
    ]


@keyboard
def plan(plan: int, active: bool = True, page: int = 1) -> Rows:
    """One plan; `page` is the page of the list it was opened from."""
    edits = {name: button(f"desk_channels.edit_{name}", PlanField(plan=plan, field=name)) for name in PLAN_FIELDS}
    return [
        [button("desk_channels.issue", Panel(screen="issue", target=plan))] if active else [],
        [edits["name"], edits["days"]],
        [edits["price"], edits["currency"]],
        [button("common.back", Panel(screen="plans", page=page))],
    ]


PLAN_FIELDS = ("name", "days", "price", "currency")


@keyboard
def plan_saved(plan: int) -> Rows:
    return [
        [button("desk_channels.issue", Panel(screen="issue", target=plan))],
        [button("desk_channels.see_plans", Panel(screen="plans"))],
        home(),
    ]


@keyboard
def plan_edited(plan: int) -> Rows:
    return [[button("common.back", Panel(screen="plan", target=plan))], home()]


@keyboard
def invitation_issued(plan: int, url: str = "") -> Rows:
    """The card shows its link this once, so what follows comes in a new message."""
    return [
        [copy("desk_channels.copy_link", url)] if url else [],
        [button("desk_channels.issue_another", Panel(screen="issue", target=plan, fresh=True))],
        home(fresh=True),
    ]


@keyboard
def invitation_card(token: int, redeemable: bool) -> Rows:
    """An invitation a custodian opened (M-TOKEN-10)."""
    return [[button("invitation.redeem_mine", RedeemMine(token=token))] if redeemable else [], home()]


@keyboard
def redeem_confirm(code: str) -> Rows:
    yes = button("invitation.redeem_yes", Confirm(act="redeem_for_self", code=code), danger=True)
    return [[button("invitation.redeem_cancel", Panel(screen="home"))], [yes]]


# --- brake ------------------------------------------------------------------------------------------------------------


@keyboard
def brake(brake: int, page: int = 0, pages: int = 1) -> Rows:
    """Under the alarm (no page) and under the list: putting off stands first, proceeding asks once more (C-FLOW-7)."""
    return [
        [] if page else [button("desk.brake_see", BrakeDecision(brake=brake, act="list"))],
        arrows(page, pages, lambda number: BrakeDecision(brake=brake, act="list", page=number)),
        [button("desk.brake_defer", BrakeDecision(brake=brake, act="put_off"))],
        [button("desk.brake_proceed", BrakeDecision(brake=brake, act="ask"), danger=True)],
        home() if page else [],
    ]


@keyboard
def brake_confirm(brake: int) -> Rows:
    return [
        [button("desk.brake_keep", BrakeDecision(brake=brake, act="list"))],
        [button("desk.brake_yes", BrakeDecision(brake=brake, act="proceed"), danger=True)],
    ]
