"""What a decision is about, in words: shown above its form, on the approval card and on the page of the case."""

from dataclasses import dataclass

from applications.engine.checkpoints import Words


@dataclass(frozen=True)
class Matter:
    """One thing to know before deciding.

    rows      label and value
    evidence  primary key of the file that proves it, if there is one
    waits     that somebody has asked for it and waits for the answer; otherwise a thing merely to be known
    """

    title: Words
    rows: tuple[tuple[str, str], ...]
    evidence: int | None = None
    waits: bool = True
