"""What the flow classes stand on: they are mixed into the proxies of `Application`."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from applications.models.case import Application as CaseFlow
else:
    CaseFlow = object

__all__ = ["CaseFlow"]
