"""What an update costs the database: statements in the handler, hops into its threads (DESIGN §4)."""

from contextvars import ContextVar
from dataclasses import dataclass, field

import pytest
from django.db import connection

from botcore import units
from tests.telegram.people import someone

FREE_SCREENS = ("circle", "social", "help", "menu", "request")
VIP_SCREENS = ("membership", "plans", "help", "menu", "access")
TRANSACTION = ("BEGIN", "SAVEPOINT", "RELEASE", "ROLLBACK", "COMMIT")


@dataclass
class Cost:
    """The units one update ran in its handler and the statements they made."""

    hops: list[str] = field(default_factory=list)
    statements: list[str] = field(default_factory=list)


@pytest.fixture
def cost(house, monkeypatch):
    """Measures what happens inside the dispatcher, in whatever thread; `cost()` starts a new account."""
    account: ContextVar[Cost | None] = ContextVar("account", default=None)
    holder, run, feed = [Cost()], units.run, house.engine.lanes.dispatcher.feed_update

    async def counted(unit, /, *args, **kwargs):
        if account.get() is None:
            return await run(unit, *args, **kwargs)
        account.get().hops.append(getattr(unit, "__name__", str(unit)))

        def watched():
            with connection.execute_wrapper(note):
                return unit(*args, **kwargs)

        return await run(watched)

    def note(execute, sql, params, many, context):
        if not sql.startswith(TRANSACTION):
            account.get().statements.append(sql)
        return execute(sql, params, many, context)

    async def fed(*args, **kwargs):
        before = account.set(holder[0])
        try:
            return await feed(*args, **kwargs)
        finally:
            account.reset(before)

    def fresh() -> Cost:
        holder[0] = Cost()
        return holder[0]

    monkeypatch.setattr(units, "run", counted)
    monkeypatch.setattr(house.engine.lanes.dispatcher, "feed_update", fed)
    return fresh


def met(house, state):
    """Somebody in that state who has been here before."""
    ana = someone(house, state)
    house.plan()
    ana.start()
    house.settle()
    house.wait(seconds=5)
    return ana


@pytest.mark.parametrize(
    ("state", "screens"), [("S3", FREE_SCREENS), ("S3 waiting", FREE_SCREENS), ("S7 in", VIP_SCREENS)]
)
def test_menu_navigation(house, cost, state, screens):
    """≤ 2 statements in the handler, besides the one that tells who it is; a hop for each of the two."""
    ana = met(house, state)
    for screen in screens:
        counted = cost()
        ana.press_data(f"m1:{screen}")
        house.settle()
        house.wait(seconds=2)
        assert len(counted.statements) <= 3, (screen, counted)
        assert len(counted.hops) <= 2, (screen, counted)


@pytest.mark.parametrize("state", ["S3", "S4", "S7 in", "S8 out", "S10 out"])
def test_start(house, cost, state):
    """≤ 4 statements, one hop per use case."""
    ana = met(house, state)
    counted = cost()
    ana.start()
    house.settle()
    assert len(counted.statements) <= 4, counted
    assert len(counted.hops) <= 2, counted


@pytest.mark.parametrize("text", ["/start {}", "{}"])
def test_a_redemption_is_one_hop(house, cost, text):
    """One unit for the whole use case, besides who it is."""
    ana = met(house, "S3")
    counted = cost()
    ana.send(text.format(house.invitation()))
    house.settle()
    assert counted.hops == ["meet_person", "redeem_token"]
