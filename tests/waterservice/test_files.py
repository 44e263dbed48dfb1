import hashlib
import re
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction

from tests.waterservice.test_uploads import pdf, picture
from waterservice.files import MAX_UPLOAD, new_verify_code, store_bytes, store_upload
from waterservice.models import StoredFile
from waterservice.policies import set_policy

pytestmark = [pytest.mark.django_db, pytest.mark.embedded, pytest.mark.usefixtures("media")]


def upload(name: str, content: bytes) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


def refusal(name: str, content: bytes, clerk: Any) -> str:
    with pytest.raises(ValidationError) as refused:
        store_upload(upload(name, content), by=clerk)
    assert not StoredFile.objects.exists()
    return str(refused.value.code)


def test_an_upload_is_kept_with_its_hash_and_who_brought_it(clerk: Any, media: Path, today: Any) -> None:
    content = pdf()
    stored = store_upload(upload("身份证.PDF", content), by=clerk)
    stored.refresh_from_db()
    assert stored.original_name == "身份证.PDF"
    assert stored.content_type == "application/pdf"
    assert stored.size == len(content)
    assert stored.sha256 == hashlib.sha256(content).hexdigest()
    assert stored.created_by == clerk
    assert stored.verify_code is None
    assert re.fullmatch(r"2026/10/[0-9a-f]{32}\.pdf", stored.file.name)
    assert (media / stored.file.name).read_bytes() == content
    with stored.open() as opened:
        assert opened.read() == content


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("a.pdf", b"", "empty"),
        ("a.jpg", picture("PNG"), "name"),
        ("a.pdf", picture("JPEG"), "name"),
        ("a.pdf.exe", pdf(), "name"),
        ("a", pdf(), "name"),
        ("a.pdf", b"<html><script>alert(1)</script></html>", "kind"),
        ("a.svg", b"<svg onload='alert(1)'/>", "kind"),
        ("a.exe", b"MZ\x90\x00", "kind"),
        ("a.jpg", picture("JPEG")[:200], "damaged"),
    ],
)
def test_what_is_not_what_its_name_says_is_refused(name: str, content: bytes, code: str, clerk: Any) -> None:
    assert refusal(name, content, clerk) == code


def test_an_upload_larger_than_the_policy_is_refused(clerk: Any, today: Any) -> None:
    set_policy(policy=MAX_UPLOAD, value=1, effective_from=today, by=clerk)
    bulk = pdf() + b"%" * (1024 * 1024)
    assert refusal("a.pdf", bulk, clerk) == "too_large"


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("..\\..\\C:\\scans\\a.pdf", "a.pdf"),
        ("../../etc/a.pdf", "a.pdf"),
        ("发\u202efdp.票.pdf", "发fdp.票.pdf"),
        ("a \x00  b.pdf", "a b.pdf"),
        ("长" * 300 + ".pdf", "长" * 146 + ".pdf"),
    ],
)
def test_names_are_cleaned(name: str, kept: str, clerk: Any) -> None:
    file = upload("a.pdf", pdf())
    file._name = name
    assert store_upload(file, by=clerk).original_name == kept


def test_an_upload_may_be_given_a_name_and_keeps_its_ending(clerk: Any) -> None:
    assert store_upload(upload("IMG_0042.JPG", picture("JPEG")), by=clerk, name="产权证").original_name == "产权证.jpg"


def test_a_paper_is_kept_under_the_code_that_is_printed_on_it(clerk: Any) -> None:
    code = new_verify_code()
    stored = store_bytes(pdf(), name="合同.pdf", content_type="application/pdf", by=clerk, verify_code=code)
    assert StoredFile.objects.get(verify_code=code) == stored
    with pytest.raises(IntegrityError), transaction.atomic():
        store_bytes(pdf(), name="合同.pdf", content_type="application/pdf", by=clerk, verify_code=code)


def test_verify_codes_are_read_and_typed_without_doubt() -> None:
    codes = {new_verify_code() for _paper in range(200)}
    assert len(codes) == 200
    assert all(re.fullmatch(r"([2-9A-HJKMNP-Z]{4}-){2}[2-9A-HJKMNP-Z]{4}", code) for code in codes)


@pytest.mark.parametrize(("content", "kind"), [(b"", "application/pdf"), (b"<html>", "text/html")])
def test_nothing_and_what_browsers_would_run_is_never_kept(content: bytes, kind: str, clerk: Any) -> None:
    with pytest.raises(ValueError, match="nothing to keep"):
        store_bytes(content, name="a", content_type=kind, by=clerk)


def test_a_stored_file_never_changes_and_is_never_deleted(clerk: Any) -> None:
    stored = store_upload(upload("a.pdf", pdf()), by=clerk)
    stored.original_name = "b.pdf"
    for act in (
        stored.save,
        stored.delete,
        StoredFile.objects.all().delete,
        lambda: StoredFile.objects.update(size=1),
        lambda: StoredFile.objects.bulk_update([stored], ["original_name"]),
    ):
        with pytest.raises(TypeError, match="never"):
            act()
    stored.refresh_from_db()
    assert stored.original_name == "a.pdf"


def test_changed_or_lost_bytes_are_noticed(clerk: Any, media: Path) -> None:
    stored = store_upload(upload("a.pdf", pdf()), by=clerk)
    assert stored.intact()
    kept = media / stored.file.name
    kept.write_bytes(kept.read_bytes() + b"%")
    assert not stored.intact()
    kept.unlink()
    assert not stored.intact()
