"""V-CAT-1, V-CAT-2: an invalid catalogue prevents the start and says which key and why."""

import shutil

import pytest

from botcore.voice.catalogue import HERE, PROVIDERS, InvalidCatalogue, load_catalogue, validate
from tests.voice.house import REAL, catalogue, message


def test_thirteen_providers_load():
    """V-CAT-1"""
    assert len(PROVIDERS) == 13
    assert {one.provider for one in REAL} <= set(PROVIDERS)


@pytest.fixture
def folder(tmp_path):
    return shutil.copytree(HERE / "catalogue", tmp_path / "catalogue")


def test_a_missing_provider_prevents_the_start(folder):
    """V-CAT-1"""
    (folder / "menu.toml").unlink()
    with pytest.raises(InvalidCatalogue, match="menu: provider file missing"):
        load_catalogue(folder)


def test_a_fourteenth_provider_prevents_the_start(folder):
    """V-CAT-1"""
    (folder / "extra.toml").write_text("")
    with pytest.raises(InvalidCatalogue, match="extra: unknown provider"):
        load_catalogue(folder)


def test_broken_toml_prevents_the_start(folder):
    """V-CAT-1"""
    (folder / "menu.toml").write_text("[free")
    with pytest.raises(InvalidCatalogue, match="menu"):
        load_catalogue(folder)


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"text": "x", "kind": "poem"}, "kind must be"),
        ({"text": "x", "audience": "cats"}, "audience must be"),
        ({"text": "x", "colour": "red"}, "unknown field 'colour'"),
        ({"text": "{name}"}, "{name}, which is not declared"),
        ({"text": "x", "variables": ["nothing"]}, "'nothing' is declared nowhere"),
        ({"text": "{name.upper}", "variables": ["name"]}, "stray brace"),
        ({"text": " "}, "is empty"),
        ({}, "either a text or variants"),
        ({"text": "x", "labels": ["menu.free"]}, "is no button"),
        ({"variants": [{"text": "x", "weight": 0}]}, "no positive integer"),
        ({"variants": [{"text": "x", "weight": 1.5}]}, "no positive integer"),
        ({"variants": [{"text": "x", "weight": 1}, {"text": "y"}]}, "every variant has a weight or none"),
        ({"variants": [{"text": str(n)} for n in range(5)]}, "more than four variants need weights"),
        ({"variants": [{"text": "x", "period": "dawn"}]}, "unknown period"),
        ({"variants": [{"text": "x", "period": "night"}]}, "for each period"),
        ({"text": "{visitor}", "variables": ["visitor"]}, "custodians only"),
        ({"text": "{plans}", "variables": ["plans"], "kind": "alert"}, "no list in plain text"),
    ],
)
def test_a_faulty_message_prevents_the_start(fields, reason):
    """V-CAT-1, V-CAT-2"""
    with pytest.raises(InvalidCatalogue, match=r"common\.sample") as caught:
        validate(catalogue(message(**fields)))
    assert reason in str(caught.value)


@pytest.mark.parametrize(
    ("declared", "reason"),
    [
        ({"type": "html", "sample": "x"}, "type must be one of"),
        ({"type": "int"}, "no sample"),
        ({"type": "text", "sample": "x"}, "no maximum"),
        ({"type": "duration", "sample": 1}, "needs a unit"),
        ({"type": "int", "sample": 1, "pattern": "x"}, "unknown field"),
    ],
)
def test_a_faulty_variable_prevents_the_start(declared, reason):
    """V-CAT-2: a closed set of types."""
    with pytest.raises(InvalidCatalogue, match=reason):
        message(text="{value}", variables=["value"], declare={"value": declared})


@pytest.mark.parametrize("item", [[], "menu.free", "menu.nowhere"])
def test_a_list_needs_lines(item):
    """V-CAT-2"""
    declared = {"type": "list", "max": 3, "sample": 1, "item": item}
    with pytest.raises(InvalidCatalogue, match="rows"):
        validate(catalogue(message(text="{rows}", variables=["rows"], declare={"rows": declared})))


def test_a_variable_cannot_take_the_name_of_an_argument():
    """V-CAT-2"""
    with pytest.raises(InvalidCatalogue, match="argument of render"):
        message(text="x", declare={"person": {"type": "int", "sample": 1}})
