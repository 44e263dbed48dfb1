"""Personal data as lists show them (PIPL art. 6): enough to recognise, too little to use."""


def mask_identity(number: str) -> str:
    """An identity number, its first three and last four characters kept: 110***********1234."""
    return _mask(number)


def mask_phone(number: str) -> str:
    """A telephone number, its first three and last four digits kept: 139****0000."""
    return _mask(number)


def _mask(text: str, head: int = 3, tail: int = 4) -> str:
    """What is too short to hide at least as much as it shows keeps its first character alone."""
    if len(text) < 11:
        return text[:1] + "*" * (len(text) - 1)
    return text[:head] + "*" * (len(text) - head - tail) + text[-tail:]
