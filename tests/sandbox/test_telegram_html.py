"""HTML as Telegram parses it."""

import re
from html import unescape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from botcore.sandbox import ApiError
from botcore.sandbox.html import checked_url, clean, detected, parse, shown, utf16_length


def types(source):
    return [(entity["type"], entity["offset"], entity["length"]) for entity in parse(source)[1]]


def test_tags_become_entities_in_utf16_units():
    assert parse("🌹 <b>rosa</b>") == ("🌹 rosa", [{"type": "bold", "offset": 3, "length": 4}])


def test_nested_tags_are_sorted_from_the_outside():
    assert types("<i>a<B>b</B></i>") == [("italic", 0, 2), ("bold", 1, 1)]


@pytest.mark.parametrize(
    ("source", "entity"),
    [
        ('<a href="https://t.me/x?a=1&amp;b=2">y</a>', {"type": "text_link", "url": "https://t.me/x?a=1&b=2"}),
        ("<a>t.me</a>", {"type": "text_link", "url": "http://t.me/"}),
        ("<blockquote expandable>a</blockquote>", {"type": "expandable_blockquote"}),
        ('<span class="tg-spoiler">a</span>', {"type": "spoiler"}),
        ("<tg-spoiler>a</tg-spoiler>", {"type": "spoiler"}),
        ('<tg-emoji emoji-id="53">a</tg-emoji>', {"type": "custom_emoji", "custom_emoji_id": "53"}),
        ('<pre><code class="language-py">a</code></pre>', {"type": "pre", "language": "py"}),
        ('<code class="language-py"><pre>a</pre></code>', {"type": "pre", "language": "py"}),
        ("<del>a</>", {"type": "strikethrough"}),
    ],
)
def test_special_tags(source, entity):
    assert parse(source)[1] == [entity | {"offset": 0, "length": len(parse(source)[0])}]


def test_a_person_is_mentioned_by_id():
    assert parse('<a href="tg://user?id=5">Ana</a>')[1][0]["user"]["id"] == 5


def test_empty_tags_and_links_to_nowhere_leave_no_entity():
    assert parse('<b></b><a href="mailto:x">a</a>') == ("a", [])


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("&lt;&gt;&amp;&quot;", '<>&"'),
        ("&#33;&#x1F339;", "!🌹"),
        ("&lt", "<"),
        ("&nbsp;&apos;&copy;", "&nbsp;&apos;&copy;"),
        ("&;&#;&#0;&#x110000;", "&;&#;&#0;&#x110000;"),
        ("a & b", "a & b"),
        ("1 > 0", "1 > 0"),
    ],
)
def test_only_four_names_and_numbers_are_decoded(source, text):
    assert parse(source) == (text, [])


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        ("ñ <br>", 'Unsupported start tag "br" at byte offset 3'),
        ("<p>a</p>", 'Unsupported start tag "p" at byte offset 0'),
        ("1 < 2 >", 'Unsupported start tag "" at byte offset 2'),
        ("<b", "Unclosed start tag at byte offset 0"),
        ("<b>a", 'Can\'t find end tag corresponding to start tag "b"'),
        ("<b><i>a</b></i>", 'Unmatched end tag at byte offset 7, expected "</i>", found "</b>"'),
        ("a</b>", "Unexpected end tag at byte offset 1"),
        ("<b>a</b", "Unclosed end tag at byte offset 4"),
        ("<a href>x</a>", 'Expected equal sign in declaration of an attribute of the tag "a" at byte offset 0'),
        ('<a href="x>y</a>', "Unclosed start tag at byte offset 0"),
        ("<a href=x/y>z</a>", "Unexpected end of name token at byte offset 8"),
        ('<a ="x">z</a>', 'Empty attribute name in the tag "a" at byte offset 0'),
        ("<span>a</span>", 'Tag "span" must have class "tg-spoiler" at byte offset 0'),
        ('<tg-emoji emoji-id="x">a</tg-emoji>', "Invalid custom emoji identifier specified"),
        ("&#xD800;", "Text contains invalid Unicode characters after decoding HTML entities"),
    ],
)
def test_errors_say_what_telegram_says(source, problem):
    with pytest.raises(ApiError) as caught:
        parse(source)
    assert caught.value.error_code == 400
    assert caught.value.description == f"Bad Request: can't parse entities: {problem}"


@given(st.text(alphabet="<>/&;#x1ab \"'=-🌹ñ", max_size=60))
@settings(database=None, deadline=None)
def test_any_text_is_parsed_or_refused(source):
    try:
        text, entities = parse(source)
    except ApiError:
        return
    assert all(entity["offset"] + entity["length"] <= utf16_length(text) for entity in entities)
    assert unescape(re.sub("<[^>]*>", "", shown(text, entities))) == text


def test_control_characters_and_direction_overrides_go():
    assert clean("a\x00b\r\n\u202ec") == "a b\nc"


def test_length_counts_surrogates_twice():
    assert utf16_length("a🌹") == 3


@pytest.mark.parametrize("url", ["https://t.me/x", "http://1.2.3.4:80/", "tg://resolve?domain=x", "t.me/x"])
def test_links_telegram_takes(url):
    assert checked_url(url)


@pytest.mark.parametrize("url", ["", "javascript://x.y", "http://localhost/", "http://a b.c", "nonsense", "https://"])
def test_links_telegram_refuses(url):
    assert checked_url(url) == ""


def test_commands_links_and_mentions_are_found():
    found = [(entity["type"], entity["offset"]) for entity in detected("🌹 /start https://t.me/x @diana_x a/b")]
    assert found == [("bot_command", 3), ("url", 10), ("mention", 25)]


def test_the_browser_sees_escaped_html():
    text, entities = parse("<b>a&lt;<i>🌹</i></b>c")
    assert shown(text, entities) == "<b>a&lt;<i>🌹</i></b>c"
