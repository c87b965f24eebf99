"""Connecting, replacing, leaving and watching the channels (C-CHAN, C-NOTE-2)."""

import pytest

from botcore import config
from botcore.models import Channel
from botcore.sandbox.chats import USUAL_RIGHTS
from botcore.sandbox.errors import ApiError
from subscriptions.models import AccessLink
from tests.factories import make_subscription
from tests.telegram.admin.desk import Desk, empty_house
from tests.telegram.house import FREE, VIP

OTHER = -1001000000009
TO_VIP = ("👑 El Diván", "Conectar un canal")


@pytest.fixture
def waiting(house, desk):
    """The screen waits for a VIP channel; none is connected."""
    empty_house()
    desk.says("/admin")
    desk.presses(*TO_VIP)
    return desk


def test_all_missing_rights_are_listed_at_once(house, waiting):
    """C-CHAN-3: being administrator implies no single right."""
    house.world.channel(OTHER, bot_rights=())
    said = waiting.says(str(OTHER))
    assert all(word in said for word in ("invitar", "expulsar", "publicar"))
    assert waiting.state() == "Connect:chat"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("-1009999", "No encuentro"),
        ("@no_such_channel", "No encuentro"),
        ("501", "persona"),
        ("hola que tal", "guardo"),
        ("99999999999999999999", "guardo"),
    ],
)
def test_what_is_no_channel_is_refused_with_the_reason(waiting, text, said):
    """C-CHAN-1."""
    assert said in waiting.says(text)
    assert waiting.state() == "Connect:chat"


def test_a_forward_that_names_no_chat_says_so(house, waiting):
    """C-CHAN-1: as out of a supergroup."""
    group = house.world.channel(OTHER, "Grupo", kind="supergroup")
    waiting.person.forward(house.person(501).post(group, "hola"))
    waiting.rests()
    assert "no dice de dónde viene" in waiting.text


def test_a_public_name_is_found_and_warned_about(house, waiting):
    """C-CHAN-5: it does not block."""
    house.world.channel(OTHER, "Público", username="publico_vip")
    assert "nombre público" in waiting.says("@publico_vip")
    waiting.presses("✅ Confirmar")
    assert Channel.objects.get().chat_id == OTHER


def test_a_supergroup_needs_no_right_to_post(house, waiting):
    """C-CHAN-3."""
    house.world.channel(OTHER, "Grupo", kind="supergroup", bot_rights=("can_invite_users", "can_restrict_members"))
    waiting.says(str(OTHER))
    waiting.presses("✅ Confirmar")
    assert Channel.objects.get().chat_type == "supergroup"


def test_a_group_that_became_a_supergroup_is_connected_under_its_new_id(house, waiting):
    """C-CHAN-3."""
    house.world.channel(OTHER, "Mudado", kind="supergroup")
    moved = ApiError(400, "Bad Request: group chat was upgraded to a supergroup chat", {"migrate_to_chat_id": OTHER})
    house.world.fail("getChat", moved)
    waiting.says("-4242")
    waiting.presses("✅ Confirmar")
    assert Channel.objects.get().chat_id == OTHER


def test_a_telegram_that_does_not_answer_is_no_verdict(house, desk):
    """C-CHAN-3, C-NOTE-2: no right is taken for lost because a call failed."""
    house.world.fail("getChat", OSError(), times=3)
    desk.says("/admin")
    desk.presses("👑 El Diván")
    assert "Telegram no responde" in desk.presses("Revisar permisos")
    assert Channel.objects.get(kind="vip").missing == []


def test_the_same_chat_cannot_serve_twice(house, desk):
    """C-CHAN-4."""
    desk.says("/admin")
    desk.presses("🚪 El vestíbulo", "Cambiar de canal")
    assert "otra estancia" in desk.says(str(VIP))
    assert "Todos los permisos en regla" in desk.says(str(FREE))


def test_adding_the_bot_while_the_screen_waits(house, waiting):
    """C-CHAN-2: the chat is proposed at once."""
    channel = house.world.channel(OTHER, "Nuevo", bot_rights=None)
    waiting.person.add_bot_admin(channel)
    waiting.rests()
    waiting.presses("✅ Confirmar")
    assert Channel.objects.get().chat_id == OTHER


def test_adding_the_bot_without_a_screen_asks_what_it_shall_be(house, desk):
    """C-CHAN-2."""
    empty_house()
    channel = house.world.channel(OTHER, "Nuevo", bot_rights=None)
    desk.person.add_bot_admin(channel)
    desk.rests()
    desk.presses("🚪 El vestíbulo", "✅ Confirmar")
    assert Channel.objects.get().kind == "free"


def test_a_stranger_who_adds_the_bot_is_only_reported(house, desk):
    """C-CHAN-2: nothing is stored by itself."""
    channel = house.world.channel(OTHER, "Ajeno", bot_rights=None)
    Desk(house, house.person(501)).person.add_bot_admin(channel)
    desk.rests()
    assert "Ajeno" in desk.text
    assert not Channel.objects.filter(chat_id=OTHER).exists()


@pytest.mark.parametrize(("button", "links"), [("Cambiar y enviar llaves nuevas", 1), ("Cambiar sin avisar", 0)])
def test_replacing_vip_counts_revokes_and_tells_if_wished(house, desk, button, links):
    """C-CHAN-6: the old link is revoked; subscribers get a new one only when the custodian says so."""
    ana = Desk(house, house.person(501))
    subscription = make_subscription(house.member(ana.person))
    old = AccessLink.objects.create(
        subscription=subscription,
        state="live",
        url="https://t.me/+old",
        chat_id=VIP,
        expires_at=subscription.expires_at,
    )
    house.world.channel(OTHER, "Otro")
    desk.says("/admin")
    desk.presses("👑 El Diván", "Cambiar de canal")
    said = desk.says(str(OTHER))
    assert "Con acceso: 1" in said
    assert "dejarán de abrir: 1" in said
    assert desk.labels[0] == "Cancelar"
    desk.presses(button)
    old.refresh_from_db()
    assert old.state in ("revoking", "dead")
    assert AccessLink.objects.filter(chat_id=OTHER, state="live").count() == links


def test_a_confirmation_pressed_twice_connects_once(house, waiting):
    """C-FLOW-6: the second press shows the channel."""
    waiting.says(str(VIP))
    message, label = waiting.person.last, "✅ Confirmar"
    data = message.button(label)["callback_data"]
    waiting.presses(label)
    house.restart()
    waiting.presses_data(data)
    assert Channel.objects.count() == 1
    assert "Revisar permisos" in waiting.labels


def test_disconnecting_asks_first(house, desk):
    """C-CHAN-9, C-FLOW-7: the red button is not the first; twice is once."""
    desk.says("/admin")
    desk.presses("👑 El Diván", "Desconectar")
    first, second = desk.person.last.buttons
    assert first["text"] == "Cancelar"
    assert second["style"] == "danger"
    desk.presses("Sí, desconectar")
    assert not Channel.objects.filter(kind="vip").exists()
    desk.presses_data(second["callback_data"])
    assert "Conectar un canal" in desk.labels


def test_the_wait_by_preset_and_typed(house, desk):
    """C-CHAN-10."""
    desk.says("/admin")
    desk.presses("🚪 El vestíbulo", "⏳ Cambiar la espera", "1 hora")
    assert config.current().free_wait_minutes == 60
    desk.presses("🚪 El vestíbulo", "⏳ Cambiar la espera")
    desk.says("10080")
    assert config.current().free_wait_minutes == 10080


def test_automatic_approval_is_switched(house, desk):
    """C-CHAN-10: twice the same button is once."""
    desk.says("/admin")
    desk.presses("🚪 El vestíbulo", "Aprobar solo a mano")
    assert not config.current().free_auto_approve
    desk.presses("Aprobar automáticamente")
    assert config.current().free_auto_approve


def test_another_link_may_be_pasted(house, desk):
    """C-CHAN-7."""
    desk.says("/admin")
    desk.presses("🚪 El vestíbulo", "🗝️ Ver el enlace", "Usar otro enlace")
    desk.says("https://t.me/+propio")
    assert Channel.objects.get(kind="free").invite_link == "https://t.me/+propio"
    assert desk.person.follow(desk.person.last, "Copiar el enlace") == "https://t.me/+propio"


def test_rights_lost_and_back_are_told_with_the_update(house, desk):
    """C-NOTE-2: what is missing, what stops, and the recovery."""
    house.world.set_bot_rights(VIP, ("can_invite_users", "can_post_messages"))
    desk.rests()
    assert "expulsar" in desk.text
    assert "🔴" in desk.presses("Revisar permisos")
    house.world.set_bot_rights(VIP, USUAL_RIGHTS)
    desk.rests()
    assert "Recupero mis permisos" in desk.text


def test_the_job_probes_and_the_screen_shows_its_age(house, desk):
    """C-CHAN-8, C-NOTE-2: within 60 s of a probe, also when no update came."""
    house.vip.members[house.world.bot["id"]].status = "member"
    assert house.job("rights") == 2
    assert "administrador" in desk.text
    house.wait(minutes=2)
    desk.says("/admin")
    assert "hace: 3 minutos" in desk.presses("👑 El Diván")


def test_a_free_channel_without_link_gets_one_from_the_job(house, desk):
    """C-CHAN-7: also when its making failed at connecting."""
    Channel.objects.filter(kind="free").update(invite_link="")
    config.forget()
    house.job("rights")
    assert Channel.objects.get(kind="free").invite_link.startswith("https://t.me/+")
