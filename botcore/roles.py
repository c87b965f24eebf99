"""Who is a custodian, and what custodians may do. An undeclared permission is denied (C-ACC-4)."""

from django.conf import settings

from botcore.exceptions import NotAllowed
from botcore.models import Member

CUSTODIAN = "custodian"
SUPER = "super"

PERMISSIONS = {
    "panel.open": CUSTODIAN,
    "channels.manage": CUSTODIAN,
    "plans.manage": CUSTODIAN,
    "invitations.issue": CUSTODIAN,
    "invitations.redeem_for_self": CUSTODIAN,
    "brake.decide": CUSTODIAN,
    "requests.decide": CUSTODIAN,
    "members.block": CUSTODIAN,
    "members.expel": CUSTODIAN,
    "custodians.appoint": SUPER,
}


def is_environment_custodian(telegram_id: int) -> bool:
    """True for an id of ADMIN_USER_IDS: holds on an empty database and cannot be withdrawn (C-ACC-1)."""
    return telegram_id in settings.ADMIN_USER_IDS


def is_super_custodian(telegram_id: int) -> bool:
    """True for the first id of ADMIN_USER_IDS (C-ACC-2)."""
    return bool(settings.ADMIN_USER_IDS) and telegram_id == settings.ADMIN_USER_IDS[0]


def is_custodian(member: Member) -> bool:
    return member.is_custodian or is_environment_custodian(member.telegram_id)


def may(member: Member, permission: str) -> bool:
    """Whether `member` holds `permission`; False for one that is not declared."""
    needed = PERMISSIONS.get(permission)
    if needed == SUPER:
        return is_super_custodian(member.telegram_id)
    return needed == CUSTODIAN and is_custodian(member)


def require(member: Member, permission: str) -> None:
    """Raise NotAllowed unless `member` holds `permission`."""
    if not may(member, permission):
        raise NotAllowed()


def guard_target(actor: Member, target: Member) -> None:
    """Protection of C-ACC-3 before a destructive act; raises NotAllowed with the key that names the rule."""
    if actor.pk == target.pk:
        raise NotAllowed("desk.refused_self")
    if is_environment_custodian(target.telegram_id):
        raise NotAllowed("desk.refused_environment_custodian")
    if target.is_custodian:
        raise NotAllowed("desk.refused_custodian")


def custodian_ids() -> list[int]:
    """Telegram ids of all custodians: the environment's first, in their order, then the appointed ones."""
    appointed = Member.objects.filter(is_custodian=True).order_by("id").values_list("telegram_id", flat=True)
    return list(dict.fromkeys([*settings.ADMIN_USER_IDS, *appointed]))
