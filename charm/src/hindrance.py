"""What keeps a unit from doing its work: an exception that carries the status to show."""

import ops


class Hindrance(Exception):
    """Ends the handling of an event; the unit shows the status, and a later event tries again."""

    def __init__(self, status: ops.StatusBase):
        super().__init__(status.message)
        self.status = status


def blocked(text: str) -> Hindrance:
    """Somebody has to do something."""
    return Hindrance(ops.BlockedStatus(text))


def waiting(text: str) -> Hindrance:
    """It will come by itself."""
    return Hindrance(ops.WaitingStatus(text))
