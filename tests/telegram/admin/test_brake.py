"""The decision over a held run of removals (C-SUBS-11)."""

import pytest

from botcore import config
from botcore.models import Configuration, Member
from subscriptions.models import Brake, Removal
from tests.factories import NOW, make_member, make_subscription
from tests.telegram.admin.desk import Desk


@pytest.fixture
def pulled(house, desk):
    """Twelve memberships ended at once against a limit of one."""
    Configuration.objects.update_or_create(pk=1, defaults={"brake_min": 1, "brake_percent": 1})
    config.forget()
    for number in range(12):
        member = make_member(telegram_id=9000 + number, first_name=f"Visita {number:02}")
        make_subscription(member, ends_in=house.now() - NOW)
    house.wait(minutes=1)
    house.job("expiry")
    house.wait(seconds=3)
    return desk


def test_the_alarm_leads_to_the_paged_list_and_back(house, pulled):
    """C-SUBS-11: count, list of ten a page; proceeding asks once more and is not the first button."""
    assert "Salidas de golpe: 12" in pulled.text
    pulled.presses("Ver la lista completa")
    assert "1. Visita 00" in pulled.text
    assert "11. Visita 10" in pulled.presses("▶")
    assert "12" in pulled.presses("Proceder con las salidas")
    assert pulled.labels[0] == "No, retenerlas"
    assert Brake.objects.get().decision == ""
    assert pulled.person.last.buttons[1]["style"] == "danger"


def test_proceeding_removes_and_a_second_custodian_sees_who_decided(house, pulled):
    """C-SUBS-11."""
    other = Desk(house, house.person(1002, "Elena"))
    Member.objects.filter(telegram_id=1002).update(is_custodian=True)
    pulled.presses("Proceder con las salidas", "Sí, que salgan")
    assert "Decidido por: Marcos" in pulled.text
    assert not Removal.objects.filter(state="held").exists()
    other.presses_data(f"b1:{Brake.objects.get().pk}:put_off:1")
    assert "Decidido por: Marcos" in other.text
    assert "proceder" in other.text


def test_putting_off_keeps_everybody_inside(house, pulled):
    """C-SUBS-11: the panel shows the matter until it is decided."""
    pulled.says("/admin")
    pulled.presses("⚠️ Decidir las salidas", "Aplazar 24 horas")
    assert "aplazarlas 24 horas" in pulled.text
    assert Removal.objects.filter(state="held").count() == 12
    assert not house.world.called("unbanChatMember")
