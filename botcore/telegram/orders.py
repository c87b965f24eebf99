"""Orders of the domain as Bot API calls: one order, one call (a lift before a link makes two, both repeatable)."""

from aiogram.methods import (
    AnswerChatJoinRequestQuery,
    ApproveChatJoinRequest,
    BanChatMember,
    CreateChatInviteLink,
    DeclineChatJoinRequest,
    RevokeChatInviteLink,
    UnbanChatMember,
)
from aiogram.types import ChatInviteLink

from botcore import outbox
from botcore.outbox import CallResult, Outcome
from botcore.telegram.api import Api
from subscriptions.free_queue import APPROVE, ApprovalOrder, QueryAnswer
from subscriptions.links import LinkOrder, RevokeOrder
from subscriptions.models import Removal
from subscriptions.removals import RemovalOrder
from subscriptions.vip_door import DoorOrder


async def removal(api: Api, order: RemovalOrder) -> CallResult:
    """Take out, bar, or lift a bar (https://core.telegram.org/bots/api#unbanchatmember)."""
    who = {"chat_id": order.chat_id, "user_id": order.telegram_id}
    if order.kind == Removal.Kind.BAR:
        return await api.act(BanChatMember(**who), order.chat_id)
    return await api.act(UnbanChatMember(**who, only_if_banned=order.kind == Removal.Kind.LIFT), order.chat_id)


async def free_decision(api: Api, order: ApprovalOrder) -> CallResult:
    """Approve or decline one request (https://core.telegram.org/bots/api#approvechatjoinrequest)."""
    decide = ApproveChatJoinRequest if order.decision == APPROVE else DeclineChatJoinRequest
    return await api.act(decide(chat_id=order.chat_id, user_id=order.telegram_id), order.chat_id)


async def vip_decision(api: Api, order: DoorOrder) -> CallResult:
    """Let in or decline at the VIP door; a request with a query is decided by its answer."""
    if order.query_id:
        answer = QueryAnswer(order.query_id, "approve" if order.approve else "decline")
        return await query_answer(api, answer, order.chat_id)
    decide = ApproveChatJoinRequest if order.approve else DeclineChatJoinRequest
    return await api.act(
        decide(chat_id=order.chat_id, user_id=order.telegram_id), order.chat_id, priority=outbox.URGENT
    )


async def query_answer(api: Api, answer: QueryAnswer, chat_id: int) -> CallResult:
    """Tell Telegram what becomes of a request that asked for an answer (#answerchatjoinrequestquery, within 10 s)."""
    query = AnswerChatJoinRequestQuery(chat_join_request_query_id=answer.query_id, result=answer.result)
    return await api.act(query, chat_id, priority=outbox.URGENT)


async def new_link(api: Api, order: LinkOrder) -> CallResult:
    """Make a personal link that asks before it lets in; a bar made by hand is lifted first (M-ACCESS-1, -7)."""
    if order.lift_first:
        lift = UnbanChatMember(chat_id=order.chat_id, user_id=order.lift_first, only_if_banned=True)
        lifted = await api.act(lift, order.chat_id)
        if lifted.outcome is not Outcome.DONE:
            return lifted
    create = CreateChatInviteLink(
        chat_id=order.chat_id, name=order.name, expire_date=order.expire_date, creates_join_request=True
    )
    result = await api.act(create, order.chat_id)
    made = result.value.get("result")
    return (
        CallResult(result.outcome, value={"invite_link": made.invite_link})
        if isinstance(made, ChatInviteLink)
        else result
    )


async def revocation(api: Api, order: RevokeOrder) -> CallResult:
    return await api.act(RevokeChatInviteLink(chat_id=order.chat_id, invite_link=order.url), order.chat_id)
