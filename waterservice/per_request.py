"""What is read once while a request is answered, and anew at each question outside of requests."""

import threading
from collections.abc import Callable
from typing import Any, Generic, TypeVar

from django.core.signals import request_finished, request_started

T = TypeVar("T")


class PerRequest(Generic[T]):
    """The result of `load`, kept by a thread from the start of a request to its end.

    Nothing outlives the request, so that other processes' changes are seen by the next one. Whoever changes
    what is loaded calls `forget`; then this request loads anew at each question, because its own change may
    still be rolled back.
    """

    def __init__(self, load: Callable[[], T]) -> None:
        self._load = load
        self._thread = threading.local()
        request_started.connect(self._begin, weak=False)
        request_finished.connect(self._end, weak=False)

    def __call__(self) -> T:
        if not getattr(self._thread, "keeping", False):
            return self._load()
        if not hasattr(self._thread, "kept"):
            self._thread.kept = self._load()
        kept: T = self._thread.kept
        return kept

    def forget(self) -> None:
        """Keep nothing for the rest of the present request."""
        self._thread.__dict__.clear()

    def _begin(self, **signal: Any) -> None:
        self._thread.__dict__.clear()
        self._thread.keeping = True

    def _end(self, **signal: Any) -> None:
        self._thread.__dict__.clear()
