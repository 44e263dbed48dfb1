"""What the doors say when they stay shut. Nothing has changed when one of these is raised."""

from collections.abc import Sequence

from django.utils.translation import gettext as _

from applications.engine.checkpoints import Reason


class Refusal(Exception):
    """A step or a piece of work was refused; `reasons` says everything that stands in its way."""

    def __init__(self, reasons: Sequence[Reason]) -> None:
        self.reasons = list(reasons)
        super().__init__("; ".join(str(reason) for reason in self.reasons))


class MovedOn(Refusal):
    """The page is stale, or somebody else was faster."""

    def __init__(self) -> None:
        super().__init__(
            [Reason(_("This case has moved on since the page was opened. Look at where it is now, then decide."))]
        )


class DoneBefore(Refusal):
    """The same was done before, as its words say; doing it once is enough."""


class NotHere(Refusal):
    """The step does not leave the stage in which the case is."""


class NotYours(Refusal):
    """The actor holds none of the roles that may do this, or may not do it in this case."""


class Unmet(Refusal):
    """Checkpoints are unmet; all of them are named."""


class BadInput(Refusal):
    """The form is not valid; `errors` are its messages by field."""

    def __init__(self, errors: dict[str, list[str]]) -> None:
        self.errors = errors
        super().__init__([Reason(message) for messages in errors.values() for message in messages])
