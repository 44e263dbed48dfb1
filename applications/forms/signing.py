"""Forms around a paper file: its scans, and the duty manager's answer."""

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy

from applications.models import TakeoverScan
from waterservice.text import LineField
from waterservice.upload_field import UploadField


class ScansForm(forms.Form):
    """One field for each thing that a scan can be about; the newest scan of each counts."""

    def __init__(self, data: Any = None, files: Any = None) -> None:
        super().__init__(data, files, prefix="scan", use_required_attribute=False)
        for about in TakeoverScan.About:
            self.fields[about.value] = UploadField(label=about.label, required=False)

    @property
    def scans(self) -> list[tuple[str, UploadedFile]]:
        return [(about, upload) for about, upload in self.cleaned_data.items() if upload]


class TakeOverForm(forms.Form):
    opinion = LineField(label=gettext_lazy("Opinion"), max_length=300, required=False)


class SendFileBackForm(forms.Form):
    reason = LineField(label=gettext_lazy("Reason"), max_length=300)
