"""Words in drawings: about how wide they are, and where a line of them is broken."""

WIDE, NARROW = 14.5, 7.5  # of a sign at 14 px
AT = 14


def drawn_length(words: str, *, size: float = AT) -> float:
    """About how wide words are drawn, px; Chinese characters are twice as wide as Latin ones."""
    return sum(WIDE if ord(sign) > 0x2E80 else NARROW for sign in words) * size / AT


def broken(words: str, *, width: float, size: float = AT, lines: int = 2) -> list[str]:
    """Words as lines of a width, px: broken at spaces or between Chinese characters; what is over ends in “…”."""
    found = [""]
    for part in _parts(words):
        if not found[-1] or drawn_length((found[-1] + part).rstrip(), size=size) <= width:
            found[-1] += part
        else:
            found.append(part.lstrip())
    shown = [line.strip() for line in found if line.strip()]
    if len(shown) > lines:
        shown = [*shown[: lines - 1], shown[lines - 1].rstrip() + "…"]
    return shown


def _parts(words: str) -> list[str]:
    """The pieces between which a line may break: Chinese characters one by one, Latin words with their space."""
    parts: list[str] = []
    for sign in words:
        if parts and ord(sign) <= 0x2E80 and ord(parts[-1][-1]) <= 0x2E80 and not parts[-1].endswith(" "):
            parts[-1] += sign
        else:
            parts.append(sign)
    return parts
