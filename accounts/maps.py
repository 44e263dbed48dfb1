"""Where a place opens in the map program of a telephone: a policy of the utility's."""

from datetime import date
from urllib.parse import quote

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from waterservice.policies import PolicyKind, declare

HERE = "{address}"


def refuse_other_addresses(link: str, effective_from: date) -> None:
    """Raises ValidationError for what is neither a geo: nor an https: address with a place for the premises."""
    if link and not (link.startswith(("geo:", "https://")) and HERE in link):
        raise ValidationError(_("Enter an address that begins with geo: or https:// and holds {address}."), code="map")


MAP_LINK = declare(
    "map.link",
    label=_("Map program of the telephones: its address, {address} in the place of the premises"),
    default="geo:0,0?q={address}",
    kind=PolicyKind.TEXT,
    check=refuse_other_addresses,
)


def map_address(place: str, on: date) -> str:
    """The address that opens a place in the map; empty where the utility wants none."""
    link = str(MAP_LINK.on(on))
    return link.replace(HERE, quote(place, safe="")) if link else ""
