"""V-LINT-1..12: for each rule, texts that must fail and texts that must pass."""

import pytest

from botcore.voice.catalogue import parse_provider
from botcore.voice.linter import check_keyboard, lint_message
from tests.voice.house import REAL, SHARED, catalogue, message

BIG = {"value": {"type": "text", "max": 2100, "sample": "x"}}


def rules(**fields):
    """Rules that one message breaks, warnings left out."""
    sample = message(**fields)
    return {found.rule for found in lint_message(sample, catalogue(sample)) if not found.warning}


def in_words(text, **fields):
    """A line in prose: only the words matter."""
    return rules(text=text, **fields)


@pytest.mark.parametrize(
    "text",
    [
        "Aquí tienes su llave.", "Tú decides.", "Es para ti.", "Únete al círculo.", "Haz clic abajo.",
        "Pulsa el botón.", "Gracias. Elige una puerta.", "¿Podés venir?", "Vuestro turno.", "TU llave", "Escríbeme.",
    ],
)  # fmt: skip
def test_tuteo_fails(text):
    """V-LINT-1"""
    assert "V-LINT-1" in in_words(text)


@pytest.mark.parametrize(
    "text",
    [
        "El espíritu de la casa.", "Su membresía vence y la puerta queda abierta.", "Siga adelante.",
        "Un haz de luz.", "Elija usted la puerta.", "Pulsa usted y abro.", "Quien espera, elige.", "Escríbame.",
        "Etiqueta y tulipanes.", "<code>tu</code>", "Véase /te",
    ],
)  # fmt: skip
def test_usted_passes(text):
    """V-LINT-1"""
    assert "V-LINT-1" not in in_words(text)


@pytest.mark.parametrize("word", ["tu", "token", "bienvenido", "el/la", "...", "🚀", "HOLA A TODOS"])
def test_values_are_other_peoples_words(word):
    """V-LINT-1, -2, -10, -11, -12 skip every inserted value."""
    declared = {"value": {"type": "text", "max": 40, "sample": word}}
    assert not in_words("Dice: {value}.", variables=["value"], declare=declared)


@pytest.mark.parametrize(
    "text", ["Hubo un error.", "El sistema", "Su token", "Un Bot", "La API", "base de datos", "None"]
)
def test_jargon_fails(text):
    """V-LINT-2"""
    assert "V-LINT-2" in in_words(text)


@pytest.mark.parametrize("text", ["Su humilde servidor.", "El sistemático tejedor", "Mire /admin", "<code>API</code>"])
def test_plain_words_pass(text):
    """V-LINT-2"""
    assert "V-LINT-2" not in in_words(text)


def test_custodians_have_a_shorter_list():
    """V-LINT-2"""
    assert "V-LINT-2" not in in_words("Un error del sistema.", audience="custodian")
    assert "V-LINT-2" in in_words("Un token.", audience="custodian")
    assert "V-LINT-2" in in_words("Un timeout.", audience="custodian")


@pytest.mark.parametrize(
    "fields",
    [
        {"kind": "screen", "header": False, "text": "<i>Sin cabecera.</i>"},
        {"kind": "notice", "text": "<i>Otro sombrero 🎩.</i>"},
        {"kind": "line", "text": "🎩 <b>Lucien:</b>"},
        {"kind": "alert", "text": "🎩 Hola."},
        {"kind": "button", "text": "🎩 Volver"},
        {"kind": "caption", "header": True, "text": "Algo."},
    ],
)
def test_wrong_header_fails(fields):
    """V-LINT-3"""
    assert "V-LINT-3" in rules(**fields)


@pytest.mark.parametrize(
    "fields",
    [
        {"kind": "screen", "text": "<i>Con cabecera.</i>"},
        {"kind": "notice", "text": "<i>Con cabecera.</i>"},
        {"kind": "line", "text": "Sin ella."},
        {"kind": "command", "text": "Sin ella"},
    ],
)
def test_right_header_passes(fields):
    """V-LINT-3"""
    assert "V-LINT-3" not in rules(**fields)


@pytest.mark.parametrize(
    "text",
    [
        "<p>x</p>", "<b>x", "x</b>", "<b><i>x</b></i>", "<b></b>", "<b> </b>", "a < b", "a > b", "a & b",
        "<b class='x'>x</b>",
        '<a href="http://x.org">x</a>', '<a href="javascript:x">x</a>', "<a>x</a>", "<br>", "<B>x</B>", "&nbsp;",
    ],
)  # fmt: skip
def test_bad_tags_fail(text):
    """V-LINT-4"""
    assert "V-LINT-4" in rules(text=text)


@pytest.mark.parametrize("kind", ["alert", "button", "command"])
def test_tags_in_plain_kinds_fail(kind):
    """V-LINT-4"""
    assert "V-LINT-4" in rules(kind=kind, text="<b>x</b>")


@pytest.mark.parametrize(
    "text",
    [
        "<b>x</b> <u>y</u> <s>z</s>", '<a href="https://t.me/x">x</a>', "<b>a <i>b</i></b>", "a &lt; b &amp; c",
        "<blockquote>x</blockquote>", "<tg-spoiler>x</tg-spoiler>", "<code>x</code>",
    ],
)  # fmt: skip
def test_good_tags_pass(text):
    """V-LINT-4"""
    assert "V-LINT-4" not in rules(text=text)


def test_values_never_break_tags():
    """V-LINT-4"""
    declared = {"value": {"type": "text", "max": 40, "sample": "</b><script>&"}}
    assert not rules(text="<b>{value}</b>", variables=["value"], declare=declared)


@pytest.mark.parametrize(
    "fields",
    [
        {"kind": "screen", "text": "Sin cursiva."},
        {"kind": "notice", "text": "Una <i>palabra</i> no basta."},
        {"kind": "line", "text": "<i>Una narración entera.</i>"},
        {"kind": "caption", "text": "Uno.\n\n<i>Dos.</i>"},
        {"kind": "screen", "audience": "custodian", "text": "palabra " * 51},
        {"kind": "screen", "text": "<i>" + "palabra " * 51 + "</i>"},
    ],
)
def test_wrong_narrative_fails(fields):
    """V-LINT-5"""
    assert "V-LINT-5" in rules(**fields)


@pytest.mark.parametrize(
    "fields",
    [
        {"kind": "screen", "text": "<i>Narración.</i>\n\nHecho."},
        {"kind": "notice", "audience": "custodian", "text": "Sin cursiva."},
        {"kind": "line", "text": "Una <i>palabra</i>."},
        {"kind": "screen", "text": "<i>" + "palabra " * 40 + "</i>\n\n" + "palabra " * 40},
    ],
)
def test_right_narrative_passes(fields):
    """V-LINT-5"""
    assert "V-LINT-5" not in rules(**fields)


@pytest.mark.parametrize(
    "fields",
    [
        {"text": "{nobody}"},
        {"text": "x", "variables": ["name"]},
        {"text": "x", "optional": ["name"]},
        {"variants": [{"text": "Vence: {until}"}, {"text": "Otra cosa distinta"}], "variables": ["until"]},
    ],
)
def test_wrong_variables_fail(fields):
    """V-LINT-6: unknown, unused, a fact missing from a variant."""
    assert "V-LINT-6" in rules(**fields)


@pytest.mark.parametrize(
    "fields",
    [
        {"text": "{creator} y {custodians}"},
        {"text": "{name}", "variables": ["name"]},
        {"variants": [{"text": "Con {name} aquí"}, {"text": "Otra cosa distinta"}], "optional": ["name"]},
    ],
)
def test_right_variables_pass(fields):
    """V-LINT-6"""
    assert "V-LINT-6" not in rules(**fields)


@pytest.mark.parametrize(
    "fields",
    [
        {"text": "{value}", "variables": ["value"], "declare": BIG},
        {"kind": "caption", "text": "{value}", "variables": ["value"], "max": {"value": 513}, "declare": BIG},
        {"kind": "alert", "text": "x" * 201},
        {"kind": "command", "text": "x" * 257},
    ],
)
def test_too_long_at_worst_fails(fields):
    """V-LINT-7: 4096, 1024, 200 and 256 UTF-16 units."""
    assert "V-LINT-7" in rules(**fields)


@pytest.mark.parametrize(
    "fields",
    [
        {"text": "<b>{value}</b>", "variables": ["value"], "max": {"value": 2048}, "declare": BIG},
        {"kind": "caption", "text": "{value}", "variables": ["value"], "max": {"value": 512}, "declare": BIG},
        {"kind": "alert", "text": "x" * 200},
        {"kind": "command", "text": "x" * 256},
    ],
)
def test_just_fitting_passes(fields):
    """V-LINT-7: tags do not count."""
    assert "V-LINT-7" not in rules(**fields)


def test_long_texts_give_a_warning():
    """V-LINT-7: from 3,500."""
    sample = message(text="{value}", variables=["value"], max={"value": 1800}, declare=BIG)
    assert [found.warning for found in lint_message(sample, catalogue(sample)) if found.rule == "V-LINT-7"] == [True]


@pytest.mark.parametrize(
    "fields",
    [
        {"kind": "button", "text": "x" * 65},
        {"kind": "button", "text": "{plan}", "variables": ["plan"]},
        {"text": "x", "labels": ["common.back", "common.back"]},
        {"kind": "button", "text": "{creator} y {custodian}"},
    ],
)
def test_wrong_labels_fail(fields):
    """V-LINT-8"""
    assert "V-LINT-8" in rules(**fields)


@pytest.mark.parametrize(
    "fields",
    [
        {"kind": "button", "text": "x" * 64},
        {"kind": "button", "text": "{plan}", "variables": ["plan"], "max": {"plan": 64}},
        {"text": "x", "labels": ["common.back", "common.home"]},
    ],
)
def test_right_labels_pass(fields):
    """V-LINT-8"""
    assert "V-LINT-8" not in rules(**fields)


@pytest.mark.parametrize(
    ("labels", "data"), [(["a", "a"], []), ([" "], []), (["x" * 65], []), (["a"], ["x" * 65]), (["a"], ["ñ" * 33])]
)
def test_wrong_keyboards_fail(labels, data):
    """V-LINT-8: also the 64 bytes of callback data."""
    assert list(check_keyboard(labels, data))


@pytest.mark.parametrize(("labels", "data"), [(["a", "b"], ["x"]), (["x" * 64], ["x" * 64]), (["a"], ["ñ" * 32])])
def test_right_keyboards_pass(labels, data):
    """V-LINT-8"""
    assert not list(check_keyboard(labels, data))


SALUTE = "Una frase bastante larga sobre la puerta del jardín número {}."


def named(name, texts):
    """Rules that the real key of that name would break with these variants."""
    provider, _, key = name.partition(".")
    document = {key: {"kind": "line", "variants": texts}}
    sample = parse_provider(provider, document, SHARED, REAL.formats)[name]
    return {found.rule for found in lint_message(sample, catalogue(sample))}


@pytest.mark.parametrize(
    ("key", "variants"),
    [
        ("common.unknown_text", [{"text": "Uno"}, {"text": "Otra cosa"}]),
        ("access.welcome", [{"text": "Uno"}]),
        ("ritual.delivery", [{"text": "Uno"}, {"text": "Otra cosa"}]),
        ("menu.network", [{"text": "Igual"}, {"text": "Igual"}]),
        ("menu.network", [{"text": SALUTE.format(1)}, {"text": SALUTE.format(2)}]),
        ("menu.network", [{"text": "Uno", "weight": 0}]),
        ("menu.network", [{"text": "Uno", "period": "night"}]),
    ],
)
def test_wrong_variants_fail(key, variants):
    """V-LINT-9"""
    assert "V-LINT-9" in named(key, variants)


@pytest.mark.parametrize(
    ("key", "variants"),
    [
        ("common.unknown_text", [{"text": "Uno"}, {"text": "Otra cosa"}, {"text": "Nada de eso"}]),
        ("access.welcome", [{"text": "Uno"}, {"text": "Otra cosa"}]),
        ("ritual.delivery", [{"text": "Uno"}]),
        ("menu.network", [{"text": "Uno", "weight": 3}]),
    ],
)
def test_right_variants_pass(key, variants):
    """V-LINT-9"""
    assert "V-LINT-9" not in named(key, variants)


@pytest.mark.parametrize(
    "fields",
    [
        {"text": "Hola 🚀"},
        {"text": "🟢 Bien"},
        {"text": "👑 Uno ⭐ dos"},
        {"kind": "notice", "text": "<i>Uno 🌸 y dos 🌸.</i>"},
        {"provider": "ritual", "text": "La casa de Diana 🌸"},
        {"text": "Bravo 👏🏽"},
        {"text": "◀ atrás", "audience": "custodian"},
    ],
)
def test_wrong_emoji_fail(fields):
    """V-LINT-10"""
    assert "V-LINT-10" in rules(**fields)


@pytest.mark.parametrize(
    "fields",
    [
        {"text": "👑 Uno\n⭐ Dos"},
        {"text": "🟢 Bien", "audience": "custodian"},
        {"kind": "notice", "text": "<i>Uno 🌸.</i>\n\n🗝️ Dos"},
        {"provider": "ritual", "kind": "screen", "text": "<i>Nada.</i>"},
        {"kind": "button", "text": "▶"},
        {"text": "Uno → dos, 3 de 4"},
        {"text": "✉ sin selector"},
    ],
)
def test_right_emoji_pass(fields):
    """V-LINT-10"""
    assert "V-LINT-10" not in rules(**fields)


@pytest.mark.parametrize(
    "text",
    [
        "Qué desea?", "¿Qué desea", "Bravo!", "Espere...", 'Dijo "sí"', "dos  espacios", "uno , dos", "Vale $ o así",
        "LEA ESTO AHORA. Gracias.", "¿Una? ¿Dos",
    ],
)  # fmt: skip
def test_wrong_typography_fails(text):
    """V-LINT-11"""
    assert "V-LINT-11" in rules(text=text)


@pytest.mark.parametrize(
    "text",
    [
        "¿Qué desea?", "Espere…", "Dijo «sí» y “no”", "uno, dos", "Vale $5", "El círculo VIP", "¡Bravo!",
        '<a href="https://t.me/x?start=1">enlace</a>', "BORRAR", "Escriba BORRAR.",
    ],
)  # fmt: skip
def test_right_typography_passes(text):
    """V-LINT-11"""
    assert "V-LINT-11" not in rules(text=text)


@pytest.mark.parametrize(
    "text",
    [
        "Querido/a visitante", "los/as visitantes", "invitad@s", "señor/a", "el/la visitante", "todxs",
        "Bienvenido a casa", "Bienvenida a casa", "Estimada visitante", "Le escribo. Querido amigo",
        "Su invitado espera", "amigo/a",
    ],
)  # fmt: skip
def test_gender_fails(text):
    """V-LINT-12"""
    assert "V-LINT-12" in rules(text=text)


@pytest.mark.parametrize(
    "text",
    [
        "Le doy la bienvenida", "Una cordial bienvenida", "2/3", "DD/MM", "foto/video", "El fénix",
        "Tiempo estimado: 5", "Estimado: 5 minutos", "Mi más querido jardín", "Su bienvenida",
    ],
)  # fmt: skip
def test_neutral_words_pass(text):
    """V-LINT-12"""
    assert "V-LINT-12" not in rules(text=text)
