"""Refusals of the domain. `key` is the catalogue key that explains the refusal to the person who met it."""


class Refused(Exception):
    """An act that the rules do not allow; nothing was written. `values` are the variables of the catalogue key."""

    key = "desk.refused"

    def __init__(self, key: str | None = None, **values: object) -> None:
        self.key = key or self.key
        self.values = values
        super().__init__(self.key)


class NotAllowed(Refused):
    """The person may not do this (C-ACC): undeclared permission, not a custodian, protected target."""

    key = "desk.refused"


class Gone(Refused):
    """What a button spoke of is not there any more, or has moved on (M-CMD-5)."""

    key = "common.stale_button"
