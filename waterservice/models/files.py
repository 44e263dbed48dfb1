import hashlib
import uuid
from io import BufferedIOBase
from pathlib import PurePath
from typing import Any, NoReturn

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


def storage_path(stored: "StoredFile", filename: str) -> str:
    """Where a file lies under MEDIA_ROOT: by year and month, under a name that nobody can guess or choose."""
    return f"{timezone.localdate():%Y/%m}/{uuid.uuid4().hex}{PurePath(filename).suffix.lower()}"


class StoredFileQuerySet(models.QuerySet["StoredFile"]):
    """Reads and adds; what would change or remove rows is a programming error."""

    def update(self, **values: Any) -> NoReturn:
        raise TypeError("Stored files never change; store another version.")

    def bulk_update(self, *args: Any, **options: Any) -> NoReturn:
        raise TypeError("Stored files never change; store another version.")

    def delete(self) -> NoReturn:
        raise TypeError("Stored files are never deleted.")


class StoredFile(models.Model):
    """An upload or an issued paper, kept once with its SHA-256. Written by waterservice.files alone.

    Saving or deleting an existing row raises TypeError: what was signed or paid for must stay as it was.
    """

    file = models.FileField(_("file"), upload_to=storage_path, max_length=120, unique=True)
    original_name = models.CharField(_("name"), max_length=150)
    content_type = models.CharField(_("content type"), max_length=80)
    size = models.PositiveBigIntegerField(_("size"), help_text=_("In bytes."))
    sha256 = models.CharField("SHA-256", max_length=64)
    verify_code = models.CharField(
        _("verify code"),
        max_length=14,
        unique=True,
        null=True,
        blank=True,
        help_text=_("Printed on issued papers; uploads have none."),
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        verbose_name=_("stored by"),
        help_text=_("Empty: stored by the program itself."),
    )
    created_at = models.DateTimeField(_("stored at"), default=timezone.now)

    objects = StoredFileQuerySet.as_manager()

    class Meta:
        verbose_name = _("stored file")
        verbose_name_plural = _("stored files")
        constraints = [
            models.CheckConstraint(condition=Q(size__gt=0), name="stored_file_not_empty"),
            models.CheckConstraint(condition=~Q(verify_code=""), name="stored_file_verify_code_or_none"),
        ]

    def __str__(self) -> str:
        return self.original_name

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise TypeError("A stored file never changes; store another version.")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise TypeError("A stored file is never deleted.")

    def open(self) -> BufferedIOBase:
        """Its bytes for reading; the caller closes it."""
        opened: BufferedIOBase = self.file.storage.open(self.file.name, "rb")
        return opened

    def intact(self) -> bool:
        """Whether the bytes in storage are still those that were stored; missing bytes are not."""
        try:
            with self.open() as content:
                return hashlib.file_digest(content, "sha256").hexdigest() == self.sha256
        except FileNotFoundError:
            return False
