"""The demo of the trial is not written into tables but lived: its people act, and the bot answers them."""

from dataclasses import dataclass
from decimal import Decimal

from aiogram import Bot
from django.conf import settings

from botcore import audit, clock, config, units
from botcore.sandbox.people import Person
from botcore.sandbox.world import World
from botcore.telegram.engine import Engine
from botcore.telegram.probes import probe_channel, probe_chat
from content.models import ContentPackage
from subscriptions import plans, tokens
from subscriptions.channel_change import change_channel

VIP, FREE = -1001000000001, -1001000000002
DIANA, ANA, BERTA, CARLA, VISITOR = 500, 501, 502, 503, 504
UNHURRIED = 1000
"""Messages a second while the demo is lived: nobody waits for a pace here."""

PLANS = (("Luna nueva", 7, Decimal("9.00")), ("Luna llena", 30, Decimal("25.00")), ("Un año", 365, Decimal("199.00")))
PACKAGES = (
    ("Velos", "Doce fotografías en blanco y negro.", Decimal("12.00"), ContentPackage.Category.FREE),
    ("Medianoche", "Una serie para quien ya cruzó el umbral.", Decimal("30.00"), ContentPackage.Category.VIP),
    ("La colección", "Todo lo anterior, reunido.", Decimal("90.00"), ContentPackage.Category.PREMIUM),
)


@dataclass(frozen=True)
class Told:
    """`invitation` is the link nobody used, `notes` say in a few words who each person is, by Telegram id."""

    invitation: str
    notes: dict[int, str]


async def play(world: World, bot: Bot) -> Told:
    """Live the demo against an empty, migrated database; afterwards no update and no message waits."""
    engine = Engine(bot, UNHURRIED, long_poll_s=0)
    world.flood.enabled = False
    await units.run(config.seed)
    await units.run(config.remember_bot, (await bot.me()).username)
    people = _people(world)
    await _connect_channels(world, engine)
    links = await units.run(_offer)
    await _live(world, engine, links)
    world.flood.enabled = True
    return Told(links[-1], people)


def _people(world: World) -> dict[int, str]:
    custodian = settings.ADMIN_USER_IDS[0]
    world.person(custodian, "Marcos", username="marcos")
    world.person(DIANA, "Diana", username="diana")
    world.person(ANA, "Ana", username="ana")
    world.person(BERTA, "Berta")
    world.person(CARLA, "Carla", username="carla")
    world.person(VISITOR, "Elena")
    return {
        custodian: "custodio",
        DIANA: "la creadora",
        ANA: "espera ante el vestíbulo",
        BERTA: "a mitad del ritual",
        CARLA: "dentro del Diván",
        VISITOR: "aún no conoce a Lucien",
    }


async def _connect_channels(world: World, engine: Engine) -> None:
    for kind, chat_id, title in (("vip", VIP, "El Diván"), ("free", FREE, "El vestíbulo")):
        world.channel(chat_id, title, owner=world.people[DIANA])
        facts = await probe_chat(engine.api, chat_id)
        await units.run(change_channel, kind=kind, facts=facts, actor=audit.SYSTEM, now=clock.now())
        await probe_channel(engine.api, kind, chat_id)


def _offer() -> list[str]:
    """Plans, packages and three invitations; returns the links of these."""
    config.change(audit.SYSTEM, creator_username="diana", instagram="diana.demo")
    now = clock.now()
    made = [
        plans.create_plan(actor=audit.SYSTEM, name=name, days=days, price=price, currency="USD", now=now)
        for name, days, price in PLANS
    ]
    for name, description, price, category in PACKAGES:
        ContentPackage.objects.create(name=name, description=description, price=price, category=category)
    issued = tokens.issue_tokens(actor=audit.SYSTEM, plan_id=made[1].pk, amount=3, now=now, note="demo")
    return [tokens.invitation_url(invitation.token) for invitation in issued]


async def _live(world: World, engine: Engine, links: list[str]) -> None:
    ana, berta, carla, diana = (world.people[id] for id in (ANA, BERTA, CARLA, DIANA))
    world.people[settings.ADMIN_USER_IDS[0]].start()
    diana.start()
    berta.start(_payload(links[0]))
    carla.start(_payload(links[1]))
    await settle(engine)
    await _cross(carla, engine)
    ana.request_to_join(FREE)
    await settle(engine)
    diana.post(FREE, "Bienvenidos al vestíbulo. Aquí se deja el abrigo, no las buenas maneras.")
    diana.post(VIP, "Esta noche, a las diez, abro una caja que nadie ha visto.")
    await settle(engine)


async def _cross(person: Person, engine: Engine) -> None:
    """Press on through the ritual until the personal link appears, and enter by it."""
    for _ in range(3):
        if any("url" in button for button in person.last.buttons):
            break
        person.press(person.last, person.last.labels[0])
        await settle(engine)
    link = next(button["url"] for button in person.last.buttons if "url" in button)
    person.request_to_join(VIP, link)
    await settle(engine)


async def settle(engine: Engine) -> None:
    """Fetch, work and send until all is quiet."""
    while await engine.ingress.step():
        await engine.drain()
    await engine.drain()


def _payload(link: str) -> str:
    return link.partition("start=")[2]
