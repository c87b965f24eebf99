"""The brake as custodians meet it: the list, the question, who decided (C-SUBS-11)."""

from django.db import transaction

from botcore import roles, voice
from botcore.exceptions import Gone
from botcore.outbox import Reply
from botcore.screens import Screen, screen
from subscriptions import brake
from subscriptions.access import Person
from subscriptions.models import Brake

Decision = Brake.Decision


def list_screen(person: Person, *, brake_id: int, page: int = 1) -> Screen:
    """Ten of those held, with the decision; once decided, who decided. Raises Gone."""
    held = brake.held_people(brake_id=brake_id, page=page)
    if held.brake.decision != Decision.OPEN:
        return decided_screen(held.brake)
    shown = screen("desk.brake_list", count=held.count, members=held.rows)
    return shown.on("brake", brake=brake_id, page=held.page, pages=held.pages)


def ask_screen(person: Person, *, brake_id: int) -> Screen:
    """The question before people are taken out (C-FLOW-7)."""
    held = brake.held_people(brake_id=brake_id)
    if held.brake.decision != Decision.OPEN:
        return decided_screen(held.brake)
    return screen("desk.brake_confirm", count=held.count).on("brake_confirm", brake=brake_id)


def decide(person: Person, *, brake_id: int, decision: str, reply: Reply) -> None:
    """Proceed or put off; whoever presses later sees who decided. Raises Gone, NotAllowed."""
    roles.require(person.member, "brake.decide")
    if decision not in (Decision.PROCEED, Decision.PUT_OFF):
        raise Gone()
    with transaction.atomic():
        ruling = brake.decide_brake(brake_id=brake_id, decision=decision, by=person.member, now=person.now)
        reply.say(decided_screen(ruling.brake))


def decided_screen(decided: Brake) -> Screen:
    key = "desk.brake_proceeded" if decided.decision == Decision.PROCEED else "desk.brake_deferred"
    who = str(decided.decided_by) if decided.decided_by else ""
    facts = {"who": who, "decision": voice.render_plain(key), "decided_at": decided.decided_at}
    return screen("desk.brake_decided", **facts).on("panel_only")
