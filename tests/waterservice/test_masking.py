from waterservice.masking import mask_identity, mask_phone


def test_an_identity_number_keeps_three_and_four() -> None:
    assert mask_identity("110105194912311234") == "110***********1234"


def test_a_telephone_keeps_three_and_four() -> None:
    assert mask_phone("13900000000") == "139****0000"
    assert mask_phone("010-62345678") == "010*****5678"


def test_what_is_short_hides_more_than_it_shows() -> None:
    assert mask_identity("E12345678") == "E********"
    assert mask_phone("8765432") == "8******"
    assert mask_phone("") == ""
