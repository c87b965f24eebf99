"""A custodian at work: what is said and pressed is worked through at once, at a human pace."""

from botcore import config
from botcore.models import Channel
from botcore.sandbox.people import Person
from tests.telegram.house import House


class Desk:
    """One person's conversation with the bot; `says` and `presses` return the text shown afterwards."""

    def __init__(self, house: House, person: Person | None = None) -> None:
        self.house = house
        self.person = person or house.custodian()
        if not self.person.started:
            self.says("/start")

    @property
    def text(self) -> str:
        return self.person.last.text

    @property
    def labels(self) -> list[str]:
        return self.person.last.labels

    def says(self, *texts: str) -> str:
        for text in texts:
            self.person.send(text)
            self.rests()
        return self.text

    def presses(self, *labels: str) -> str:
        for label in labels:
            self.person.press(self.person.last, label)
            self.rests()
        return self.text

    def presses_data(self, data: str) -> dict:
        """Press with any data, as under an old message; returns the bot's answer to the query."""
        query = self.person.press_data(data)
        self.rests()
        return self.house.world.answers.get(query) or {}

    def rests(self) -> None:
        """Work what is there, then let the throttle's bucket refill."""
        self.house.settle()
        self.house.wait(seconds=3)

    def state(self) -> str | None:
        """The open step of the custodian's dialogue."""
        return self.house.run(self._context().get_state())

    def answers(self) -> dict:
        """What the dialogue holds so far."""
        return self.house.run(self._context().get_data())

    def reopens(self, state: str, answers: dict) -> None:
        """Put the dialogue back to where it was, without walking there again."""
        self.house.run(self._context().set_state(state))
        self.house.run(self._context().set_data(answers | {"touched_at": self.house.now().timestamp()}))

    def _context(self):
        engine, person = self.house.engine, self.person.id
        return engine.lanes.dispatcher.fsm.get_context(bot=engine.api.bot, chat_id=person, user_id=person)


def empty_house() -> None:
    """No channel connected yet."""
    Channel.objects.all().delete()
    config.forget()
