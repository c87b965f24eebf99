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
        bot = self.house.engine.api.bot
        dispatcher = self.house.engine.lanes.dispatcher
        context = dispatcher.fsm.get_context(bot=bot, chat_id=self.person.id, user_id=self.person.id)
        return self.house.run(context.get_state())


def empty_house() -> None:
    """No channel connected yet."""
    Channel.objects.all().delete()
    config.forget()
