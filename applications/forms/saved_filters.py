"""Under which name filters are kept."""

from django import forms
from django.utils.translation import gettext_lazy as _

from applications.models import SavedFilter


class SavedFilterForm(forms.Form):
    """A name, and whether the home begins with it."""

    name = forms.CharField(
        label=_("Name of the filter"), max_length=SavedFilter._meta.get_field("name").max_length or None
    )
    always = forms.BooleanField(label=_("Always begin with this"), required=False)
