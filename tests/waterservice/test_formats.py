from datetime import UTC, date, datetime

import pytest
from django import forms
from django.template import Context, Template
from django.utils import translation


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_dates_are_shown_and_asked_for_as_browsers_write_them(language: str) -> None:
    class Form(forms.Form):
        day = forms.DateField(widget=forms.DateInput(attrs={"type": "date"}))

    due = datetime(2026, 10, 14, 9, 0, tzinfo=UTC)
    with translation.override(language):
        shown = Template("{{ due }} {{ due|date }}").render(Context({"due": due}))
        field = str(Form(initial={"day": date(2026, 10, 14)})["day"])
    assert shown == "2026-10-14 17:00 2026-10-14"
    assert 'value="2026-10-14"' in field
