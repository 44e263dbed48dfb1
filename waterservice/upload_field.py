"""The form field of a scan or photograph: what the browser is told of it. Whether a file is taken, `files` says."""

from typing import Any

from django import forms

from waterservice.uploads import ALLOWED

ACCEPTED = ",".join(ending for kind in ALLOWED for ending in kind.endings)


class UploadInput(forms.FileInput):
    """A file input that offers the camera beside it (static/js/camera.js), and the finger where something is signed.

    Without JavaScript it is an ordinary file input.
    """

    def __init__(self, *, signature: bool = False) -> None:
        attrs = {"accept": ACCEPTED, "data-camera": True}
        super().__init__({**attrs, "data-signature": True} if signature else attrs)


class UploadField(forms.FileField):
    """A PDF or a picture that somebody hands in."""

    widget = UploadInput

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("widget", UploadInput())
        super().__init__(**kwargs)
