"""Plans and invitations in the chat (C-PLAN-1..2, C-TOKEN-1..3, M-TOKEN-10)."""

from decimal import Decimal

from botcore.models import AuditEntry, Outbox
from subscriptions.models import InvitationToken, Plan, Subscription
from tests.factories import make_plan, make_token
from tests.telegram.admin.desk import empty_house

REVIEW = ("✉️ Emitir invitación", "Luna llena · 30 días", "7 días", "Omitir")


def test_a_field_is_edited_and_holders_keep_their_terms(house, desk):
    """C-PLAN-2: old → new, and what was issued stays frozen."""
    plan = make_plan()
    token = make_token(plan=plan, redeem_by=house.now().replace(year=2027))
    desk.says("/admin")
    desk.presses("👑 Planes", "Luna llena · 30 días", "Precio")
    said = desk.says("30.5")
    assert "25.00 USD → 30.50 USD" in said
    assert "(1) conservan" in said
    token.refresh_from_db()
    assert token.price == Decimal("25.00")
    assert AuditEntry.objects.get(verb="edit_plan").before == {"price": "25.00"}


def test_lists_are_paged_and_the_page_survives_a_detail(desk):
    """C-PANEL-5, C-PLAN-1."""
    for number in range(1, 24):
        make_plan(name=f"Plan {number:02}", days=number)
    desk.says("/admin")
    assert "1. 🟢 Plan 01" in desk.presses("👑 Planes")
    desk.presses("▶")
    assert "11. 🟢 Plan 11" in desk.presses("Plan 12 · 12 días", "⬅️ Volver")
    desk.presses_data("p1:plans:0:99:0")
    assert "21. 🟢 Plan 21" in desk.text
    assert "3/3" in desk.labels


def test_an_invitation_is_shown_once_and_redacted(house, desk):
    """C-TOKEN-3, M-TOKEN-2: the link opens the invitation and stays nowhere."""
    make_plan()
    desk.says("/admin")
    desk.presses(*REVIEW)
    card = desk.presses("✅ Confirmar")
    url = desk.person.follow(desk.person.last, "Copiar el enlace")
    token = InvitationToken.objects.get()
    assert token.hint == url.partition("start=")[2][:4]
    assert (token.redeem_by - token.issued_at).days == 7
    assert "no podré volver a mostrarlo" in card
    assert not Outbox.objects.filter(text__contains=url).exists()
    assert not Outbox.objects.filter(keyboard__icontains=url[-12:]).exists()
    kept = desk.person.last
    desk.presses("🏠 A la antesala")
    assert url in kept.text


def test_a_double_press_mints_one_and_keeps_the_card(house, desk):
    """C-FLOW-6, C-TOKEN-3: also redelivered after a restart."""
    make_plan()
    desk.says("/admin")
    desk.presses(*REVIEW)
    data = desk.person.last.button("✅ Confirmar")["callback_data"]
    card = desk.person.last
    desk.person.press_data(data, card)
    desk.person.press_data(data, card)
    desk.rests()
    house.restart()
    desk.person.press_data(data, card)
    desk.rests()
    assert InvitationToken.objects.count() == 1
    assert "no podré volver a mostrarlo" in card.text
    assert "ya se hizo" in desk.text


def test_a_double_press_creates_one_plan(house, desk):
    """C-FLOW-6: the later press shows the plan."""
    desk.says("/admin")
    desk.presses("👑 Planes", "👑 Crear un plan")
    desk.says("Luna llena", "30", "25")
    desk.presses("USD")
    data = desk.person.last.button("✅ Confirmar")["callback_data"]
    desk.presses("✅ Confirmar")
    desk.presses_data(data)
    assert Plan.objects.count() == 1
    assert "En la calle: 0" in desk.text


def test_without_a_plan_the_way_out_is_shown(desk):
    """C-TOKEN-1."""
    desk.says("/admin")
    assert "Cree el primero" in desk.presses("✉️ Emitir invitación")
    desk.presses("👑 Crear un plan")
    assert desk.state() == "NewPlan:name"


def test_without_vip_channel_it_warns_but_issues(house, desk):
    """C-TOKEN-1."""
    empty_house()
    make_plan()
    desk.says("/admin")
    assert "El Diván aún no tiene canal" in desk.presses(*REVIEW)
    desk.presses("✅ Confirmar")
    assert InvitationToken.objects.count() == 1


def test_a_custodian_sees_the_card_and_may_redeem_it_by_a_confirmed_act(house, desk):
    """M-TOKEN-10, C-TOKEN-10."""
    make_token(redeem_by=house.now().replace(year=2027))
    desk.says("/start Qm7xV2pLr9sT4kWz")
    assert not InvitationToken.objects.get().is_used
    card = next(message for message in reversed(desk.person.messages) if message.buttons)
    desk.person.press(card, "✉️ Canjear para mí")
    desk.rests()
    assert card.labels[0] == "Dejarla intacta"
    desk.person.press(card, "Sí, canjearla")
    desk.rests()
    assert InvitationToken.objects.get().used_by == house.member(desk.person)
    assert Subscription.objects.count() == 1
