"""What buttons carry. The digit in a prefix is the version of the data: an older one is answered as a stale button."""

from aiogram.filters.callback_data import CallbackData


class Menu(CallbackData, prefix="m1"):
    """Opens a member's screen: menu and home (the root), membership, access, circle, plans, social, request, help."""

    screen: str


class Ritual(CallbackData, prefix="r1"):
    """Leaves a stage of the entry ritual: confirmation, alignment or delivery."""

    stage: str


class NewLink(CallbackData, prefix="l1"):
    """Issues a new personal link; `anyway` although the person is inside."""

    anyway: bool


class Announcements(CallbackData, prefix="a1"):
    """Switches broadcasts and win-back notices on or off for oneself."""

    on: bool


class PageIndicator(CallbackData, prefix="i1"):
    """The «n/m» between the arrows: answers with a toast."""

    page: int
    pages: int


class BrakeDecision(CallbackData, prefix="b1"):
    """Decides over a held run of removals (proceed, put_off), asks first (ask), or shows a page of its list (list)."""

    brake: int
    act: str
    page: int = 1


class Panel(CallbackData, prefix="p1"):
    """Opens a screen of the custodians' panel; `fresh` in a new message, because the pressed one must stay."""

    screen: str
    target: int = 0
    page: int = 1
    fresh: bool = False


class ChannelAct(CallbackData, prefix="h1"):
    """Does something with the channel `kind`.

    recheck, connect, disconnect (asks first), disconnected; for the Free channel also wait, auto_on, auto_off, link
    and paste.
    """

    kind: str
    act: str


class Proposed(CallbackData, prefix="h2"):
    """What a chat in which the bot became administrator shall be: vip, free or nothing."""

    chat: int
    kind: str


class PlanField(CallbackData, prefix="e1"):
    """Starts to edit one field of a plan: name, days, price or currency."""

    plan: int
    field: str


class RedeemMine(CallbackData, prefix="t1"):
    """A custodian wishes to redeem an opened invitation for himself: asks first."""

    token: int


class AskAgain(CallbackData, prefix="k1"):
    """Prepares a lapsed confirmation anew."""

    act: str
    code: str


class Flow(CallbackData, prefix="f1"):
    """A button of a running dialogue: back, cancel, keep, page, or the field that `value` answers."""

    act: str
    value: str = ""


class Confirm(CallbackData, prefix="c1"):
    """Confirms an act prepared as a one-use operation (C-FLOW-6)."""

    act: str
    code: str
