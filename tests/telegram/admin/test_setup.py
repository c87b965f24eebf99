"""From an empty database to the first invitation without a shell."""

from botcore.models import Channel
from subscriptions.models import InvitationToken, Plan
from tests.telegram.admin.desk import empty_house
from tests.telegram.house import FREE, VIP


def test_a_creator_sets_everything_up_in_the_chat(house, desk):
    """C-ACC-1, C-PANEL-2, C-CHAN-1, C-PLAN, C-TOKEN-3: the panel turns from red to green, and the link is honoured."""
    empty_house()
    assert "🔴" in desk.says("/admin")
    desk.presses("👑 El Diván", "Conectar un canal")
    desk.person.forward(desk.person.post(house.vip, "hola"))
    desk.rests()
    assert "El Diván" in desk.presses("✅ Confirmar")
    desk.presses("👑 El Diván", "🏠 A la antesala", "🚪 El vestíbulo", "Conectar un canal")
    desk.says(str(FREE))
    assert "https://t.me/+" in desk.presses("✅ Confirmar")
    desk.presses("🏠 A la antesala", "👑 Planes", "👑 Crear un plan")
    desk.says("Luna llena", "30", "25,50")
    desk.presses("USD", "✅ Confirmar", "✉️ Emitir invitación", "7 días", "Omitir")
    card = desk.presses("✅ Confirmar")
    assert "🟢" in desk.says("/admin")
    assert set(Channel.objects.values_list("kind", "chat_id")) == {("vip", VIP), ("free", FREE)}

    url = next(word for word in card.split() if word.startswith("https://t.me/"))
    ana = house.person()
    ana.start(url.partition("start=")[2])
    house.settle()
    assert InvitationToken.objects.get().is_used
    assert Plan.objects.get().name in "".join(message.text for message in ana.messages)


def test_the_free_link_creates_requests(house, desk):
    """C-CHAN-7: the bot's own link lets people ask, not enter."""
    empty_house()
    desk.says("/admin")
    desk.presses("🚪 El vestíbulo", "Conectar un canal")
    desk.says(str(FREE))
    desk.presses("✅ Confirmar")
    [call] = house.world.called("createChatInviteLink")
    assert call.params["creates_join_request"]
    assert desk.person.follow(desk.person.last, "Copiar el enlace") == Channel.objects.get().invite_link
