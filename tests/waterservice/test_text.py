import pytest
from django import forms
from django.core.exceptions import ValidationError

from waterservice.text import LineField, clean_line, refuse_control_characters, without_invisible


def test_a_line_is_trimmed_folded_and_composed() -> None:
    assert clean_line("  王\u3000 建国\u00a0 A\tB ") == "王 建国 A B"
    assert clean_line("Cafe\u0301") == "Café"


@pytest.mark.parametrize("text", ["<b>王</b>", "A&B", "㐂𠮷", "张·三", "ＡＢＣ公司", "葛\U000e0100"])
def test_markup_rare_and_full_width_characters_stay(text: str) -> None:
    assert clean_line(text) == text


@pytest.mark.parametrize(
    "text",
    ["王\x00建", "王\n建", "王\u200b建", "王\u202e建", "王\ufeff建", "王\ue000建", "王\ud800建", "王\u2028建", "\x7f"],
)
def test_what_cannot_be_seen_is_refused(text: str) -> None:
    with pytest.raises(ValidationError):
        clean_line(text)
    with pytest.raises(ValidationError):
        refuse_control_characters(text)


def test_invisible_characters_can_be_left_out() -> None:
    assert without_invisible("发\u202e票\x00.pdf") == "发票.pdf"


class NoteForm(forms.Form):
    name = LineField(max_length=4)
    words = LineField(required=False, widget=forms.Textarea)


def test_the_form_field_cleans_before_it_measures() -> None:
    form = NoteForm({"name": " 王  建 国 ".replace(" 国", "国"), "words": " 一 \r\n\r\n 二 "})
    assert form.is_valid(), form.errors
    assert form.cleaned_data == {"name": "王 建国", "words": "一\n\n二"}


def test_the_form_field_refuses_line_breaks_where_there_is_one_line() -> None:
    form = NoteForm({"name": "王\n建", "words": "一\x0b二"})
    assert form.has_error("name", "control_characters")
    assert form.has_error("words", "control_characters")


def test_an_empty_line_is_missing() -> None:
    assert NoteForm({"name": " \u3000 "}).has_error("name", "required")
