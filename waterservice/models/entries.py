from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Entry(models.Model):
    """What an administrator enters: who last did, and when."""

    set_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        verbose_name=_("set by"),
        help_text=_("Empty: set by the program itself."),
    )
    set_at = models.DateTimeField(_("set at"), default=timezone.now)

    class Meta:
        abstract = True

    def save_as(self, by: AbstractBaseUser | None) -> None:
        """Check the row and save it in somebody’s name. Raises ValidationError for what is wrong with it."""
        self.set_by_id = by.pk if by else None
        self.set_at = timezone.now()
        self.full_clean()
        self._history_user = by
        self.save()
