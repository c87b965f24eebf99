"""The shape of calls is checked against the Bot API description."""

import pytest

from botcore.sandbox import ApiError
from botcore.sandbox.schema import bot_api, decode

BUTTON = {"text": "Sí", "callback_data": "yes"}


def test_text_and_json_values_come_out_typed():
    decoded = decode("sendMessage", {"chat_id": "5", "text": "7", "protect_content": "true", "entities": "[]"})
    assert decoded == {"chat_id": 5, "text": "7", "protect_content": True, "entities": []}


def test_channel_names_stay_text():
    assert decode("getChat", {"chat_id": "@diana"}) == {"chat_id": "@diana"}


def test_nested_objects_may_be_json_text():
    text = '{"inline_keyboard": [[{"text": "Sí", "callback_data": "yes", "url": null}]]}'
    decoded = decode("sendMessage", {"chat_id": 5, "text": "a", "reply_markup": text})
    assert decoded["reply_markup"] == {"inline_keyboard": [[BUTTON]]}


def test_unions_are_chosen_by_their_type():
    scope = {"type": "chat_member", "chat_id": 5, "user_id": 6}
    assert decode("deleteMyCommands", {"scope": scope}) == {"scope": scope}


@pytest.mark.parametrize("method", sorted(bot_api()["methods"]))
def test_every_method_can_be_checked(method):
    with pytest.raises(ApiError, match="unknown parameter nonsense"):
        decode(method, {"nonsense": 1})


def test_unknown_method_is_not_found():
    with pytest.raises(ApiError, match="404 Not Found"):
        decode("sendLove", {})


@pytest.mark.parametrize(
    ("params", "problem"),
    [
        ({"text": "a"}, "Bad Request: chat_id is empty"),
        ({"chat_id": 5}, "Bad Request: message text is empty"),
        ({"chat_id": [5], "text": "a"}, "chat_id: must be of type Integer or must be of type String"),
        ({"chat_id": 5, "text": ["a"]}, "text: must be of type String"),
        ({"chat_id": 5, "text": "a", "message_thread_id": "x"}, "neither JSON nor a number"),
        ({"chat_id": 5, "text": "a", "message_thread_id": 2**63}, "must be of type Integer"),
        ({"chat_id": 5, "text": "a", "entities": {}}, "array expected"),
        ({"chat_id": 5, "text": "a", "reply_markup": "{"}, "neither JSON nor a number"),
        ({"chat_id": 5, "text": "a", "reply_markup": {"rows": []}}, "unknown field rows in InlineKeyboardMarkup"),
        ({"chat_id": 5, "text": "a", "reply_parameters": {}}, 'field "message_id" of ReplyParameters is required'),
        ({"chat_id": 5, "text": "a", "link_preview_options": {"is_disabled": 1}}, "must be of type Boolean"),
    ],
)
def test_bad_parameters_are_named(params, problem):
    with pytest.raises(ApiError) as caught:
        decode("sendMessage", params)
    assert caught.value.error_code == 400
    assert problem in caught.value.description


@pytest.mark.parametrize(
    ("field", "value"), [("style", "blue"), ("callback_data", 5), ("copy_text", {}), ("callback_dta", "x")]
)
def test_bad_buttons_are_refused(field, value):
    markup = {"inline_keyboard": [[{"text": "Sí", field: value}]]}
    with pytest.raises(ApiError, match="can't parse parameter reply_markup"):
        decode("sendMessage", {"chat_id": 5, "text": "a", "reply_markup": markup})


@pytest.mark.parametrize("scope", [{"type": "everybody"}, {}, {"type": "chat"}, {"type": "default", "chat_id": 5}])
def test_bad_scopes_are_refused(scope):
    with pytest.raises(ApiError, match="can't parse parameter scope"):
        decode("setMyCommands", {"commands": [], "scope": scope})
