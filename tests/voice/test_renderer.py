"""V-CAT-2..5: the one choke point between data and what people read."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from botcore import voice as process_voice
from botcore.voice.renderer import Voice, VoiceError
from tests.voice.house import REAL, catalogue, message

MOMENT = datetime(2026, 5, 3, 18, 5, tzinfo=UTC)


def show(value, declared, **fields):
    """What a message "[{value}]" shows, with `value` declared so."""
    sample = message(declare={"value": {"sample": ""} | declared}, variables=["value"], text="[{value}]", **fields)
    return Voice(catalogue(sample)).render("common.sample", value=value)[1:-1]


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ('<b>"&', "&lt;b&gt;&quot;&amp;"),
        ("a\u202eb\u2066c\x00d\x07e\ud800", "abcde"),
        ("a\nb\tc  d", "a b c d"),
        ("x" * 11, "x" * 9 + "…"),
        ("x" * 10, "x" * 10),
        ("👨\u200d👩\u200d👧", "👨\u200d👩\u200d👧"),
        ("&&&&&&&&&&&", "&amp;" * 9 + "…"),
        ("\u200f\u3164 ", "nadie"),
        ("", "nadie"),
    ],
)
def test_text(value, shown):
    """V-CAT-3: escaped, stripped of controls and direction marks, cut to its maximum, never blank."""
    assert show(value, {"type": "text", "max": 10, "empty": "nadie"}) == shown


def test_line_breaks_stay_only_where_declared():
    """V-CAT-3"""
    assert show("a\r\nb", {"type": "text", "max": 10, "multiline": True}) == "a\nb"


@pytest.mark.parametrize("kind", ["alert", "button", "command"])
def test_plain_kinds_are_not_escaped(kind):
    """V-CAT-3"""
    assert show('<&"', {"type": "text", "max": 10}, kind=kind) == '<&"'


def test_a_file_line_is_not_escaped():
    """V-CAT-3"""
    sample = message(variables=["plan"], text="# {plan}")
    assert Voice(catalogue(sample)).render_plain("common.sample", plan="A & B") == "# A & B"


def test_dates_are_spanish_and_local(settings):
    """V-CAT-3"""
    settings.TIME_ZONE = "America/Mexico_City"
    late = datetime(2026, 6, 1, 3, 5, tzinfo=UTC)
    assert show(late, {"type": "date"}) == "31 de mayo de 2026"
    assert show(late, {"type": "datetime"}) == "31 de mayo de 2026 a las 21:05"


def test_one_o_clock_is_singular(settings):
    """V-CAT-3"""
    settings.TIME_ZONE = "UTC"
    assert show(MOMENT.replace(hour=1), {"type": "datetime"}) == "3 de mayo de 2026 a la 1:05"


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ((Decimal("25"), "USD"), "25.00 USD"),
        ((Decimal("999999.99"), "EUR"), "999999.99 EUR"),
        (("0.50", "MXN"), "0.50 MXN"),
        ((Decimal("0.00"), "USD"), "cortesía de la casa"),
    ],
)
def test_money(value, shown):
    """V-CAT-3, M-TOKEN-8: two decimals and the code; 0 uses the courtesy wording."""
    assert show(value, {"type": "money", "zero": "invitation.courtesy_price"}) == shown


@pytest.mark.parametrize(
    ("value", "unit", "shown"),
    [
        (30, "days", "30 días"), (1, "days", "1 día"), (24, "hours", "24 horas"), (1, "hours", "1 hora"),
        (0, "minutes", "menos de un minuto"), (1, "minutes", "1 minuto"), (60, "minutes", "1 hora"),
        (90, "minutes", "1 hora y 30 minutos"), (1440, "minutes", "24 horas"), (10080, "minutes", "7 días"),
        (timedelta(days=3, hours=1, minutes=5), "days", "3 días y 1 hora"),
        (timedelta(seconds=61), "days", "2 minutos"), (timedelta(seconds=-5), "days", "menos de un minuto"),
    ],
)  # fmt: skip
def test_durations(value, unit, shown):
    """V-CAT-3"""
    assert show(value, {"type": "duration", "unit": unit}) == shown


@pytest.mark.parametrize("url", ["http://t.me/x", "javascript:alert(1)", "tg://user?id=1", "https://a b", "t.me/x"])
def test_only_https_addresses_are_shown(url):
    """V-CAT-3"""
    assert show(url, {"type": "url", "max": 100, "empty": "ninguna"}) == "ninguna"


def test_an_address_is_escaped():
    """V-CAT-3"""
    assert show('https://t.me/x?a=1&b="', {"type": "url", "max": 100}) == "https://t.me/x?a=1&amp;b=&quot;"


def test_a_mention_links_the_escaped_name():
    """V-CAT-2"""
    shown = show((42, "<i>Eva"), {"type": "mention", "max": 20}, audience="custodian")
    assert shown == '<a href="tg://user?id=42">&lt;i&gt;Eva</a>'


def test_a_list_renders_its_items():
    """V-CAT-2: dicts by the first item key, (key, dict) by another declared one."""
    shown = Voice(REAL).render(
        "menu.circle",
        plans=[
            {"plan": "A&B", "days": 30, "price": ("5", "USD")},
            ("menu.plan_line_no_price", {"plan": "C", "days": 1}),
        ],
    )
    assert "👑 <b>A&amp;B</b> · 30 días · 5.00 USD\n👑 <b>C</b> · 1 día" in shown


def test_an_empty_list_shows_its_wording():
    """V-CAT-3"""
    assert "En este momento no hay planes abiertos." in Voice(REAL).render("menu.circle", plans=[])


def test_a_foreign_item_key_is_refused():
    """V-CAT-2"""
    with pytest.raises(VoiceError, match="is no item"):
        Voice(REAL).render("menu.circle", plans=[("common.unknown_text", {"name": "x"})])


def test_none_is_an_error_in_development(settings):
    """V-CAT-3"""
    settings.DEBUG = True
    with pytest.raises(VoiceError, match="name"):
        Voice(REAL).render("access.welcome", name=None)


def test_none_is_the_empty_wording_in_production():
    """V-CAT-3"""
    assert "visitante" in Voice(REAL).render("access.welcome", name=None)


def test_a_naive_moment_is_never_shown(settings):
    """V-CAT-3"""
    assert show(datetime(2026, 5, 3), {"type": "datetime", "empty": "?"}) == "?"
    settings.DEBUG = True
    with pytest.raises(VoiceError):
        show(datetime(2026, 5, 3), {"type": "datetime"})


@pytest.mark.parametrize("values", [{}, {"name": "Eva", "hours": 1}])
def test_missing_and_unknown_values_are_errors(values):
    """V-CAT-1"""
    with pytest.raises(VoiceError, match=r"ritual\.confirmation"):
        Voice(REAL).render("ritual.confirmation", **values)


def test_an_unknown_key_is_an_error():
    """V-CAT-1"""
    with pytest.raises(VoiceError, match=r"menu\.nowhere"):
        Voice(REAL).render("menu.nowhere")


def test_screens_carry_the_header_and_lines_do_not():
    """V-CHAR-4"""
    voice = Voice(REAL)
    assert voice.render("ritual.confirmation", name="Eva").startswith("🎩 <b>Lucien:</b>\n\n<i>Eva,")
    assert "🎩" not in voice.render("menu.free_expelled")


def test_compose_joins_by_a_blank_line():
    """V-CAT-2: optional lines are keys of their own."""
    voice = Voice(REAL)
    line = voice.render("menu.vip_grace", until=MOMENT)
    text = voice.compose([("ritual.confirmation", {"name": "Eva"}), ("menu.vip_grace", {"until": MOMENT})])
    assert text == voice.render("ritual.confirmation", name="Eva") + "\n\n" + line


def test_a_message_by_time_follows_the_hour(settings):
    """V-VAR-3"""
    settings.TIME_ZONE = "UTC"
    voice = Voice(REAL)
    first = voice.choose(REAL["start.first_greeting"], moment=MOMENT.replace(hour=6))
    assert first.period == "morning"
    assert voice.choose(REAL["start.first_greeting"], moment=MOMENT.replace(hour=22)).period == "night"


def test_names_of_the_house_are_escaped_and_replaceable():
    """V-CAT-4"""
    voice = Voice(REAL)
    assert voice.render("common.contact") == "✉️ Escribir a Diana"
    voice.set_names(creator="Flor & <Nata>")
    assert "Flor &amp; &lt;Nata&gt; 🌸" in voice.render("invitation.revoked")
    voice.set_names(creator="")
    assert voice.render("common.contact") == "✉️ Escribir a Diana"


def test_there_are_no_other_names_of_the_house():
    """V-CAT-4"""
    with pytest.raises(VoiceError):
        Voice(REAL).set_names(owner="Eva")


def test_the_process_has_one_voice():
    """V-VAR-4: handlers and jobs share one history."""
    heard = [process_voice.render("common.slow_down_toast", person=77) for _ in range(4)]
    assert heard[0] == heard[2] != heard[1] == heard[3]
