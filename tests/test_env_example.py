"""`.env.example`, the table in the README and the code agree (O-ENV-3)."""

import re

from lucien import environment

LINE = re.compile(r"#?([A-Z][A-Z0-9_]*)=(.*)")
ROW = re.compile(r"\| `([A-Z][A-Z0-9_]*)` \| (.*?) \| (.*?) \| .+ \|")


def example() -> dict[str, str]:
    text = (environment.BASE_DIR / ".env.example").read_text("utf-8")
    return dict(match.groups() for line in text.splitlines() if (match := LINE.fullmatch(line)))


def test_the_example_lists_every_variable_with_its_default():
    assert example() == {variable.name: variable.default for variable in environment.TABLE}


def test_the_readme_lists_every_variable_with_its_default_and_what_is_accepted():
    """O-ENV-3."""
    text = (environment.BASE_DIR / "README.md").read_text("utf-8")
    rows = [match.groups() for line in text.splitlines() if (match := ROW.fullmatch(line))]
    assert rows == [(one.name, shown_default(one), one.expects) for one in environment.TABLE]


def shown_default(variable: environment.Variable) -> str:
    return f"`{variable.default}`" if variable.default else "required" if needed(variable) else "none"


def needed(variable: environment.Variable) -> bool:
    """Set by everybody who runs a real bot; these are the lines of the example that are no comments."""
    return f"\n{variable.name}=" in (environment.BASE_DIR / ".env.example").read_text("utf-8")


def test_the_example_as_it_stands_sets_nothing():
    """Copied to .env and left alone it changes no default."""
    lines = (environment.BASE_DIR / ".env.example").read_text("utf-8").splitlines()
    assert [line for line in lines if line and not line.startswith("#")] == [
        "BOT_TOKEN=",
        "ADMIN_USER_IDS=",
        "SECRET_KEY=",
    ]
