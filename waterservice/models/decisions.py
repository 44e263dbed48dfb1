from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from waterservice.text import on_behalf

# What a list selects with its rows to name who asked and who answered.
PEOPLE = ("asked_by", "asked_on_behalf_of", "decided_by", "decided_on_behalf_of")


class Decision(models.Model):
    """Something asked for with a reason, granted or refused by another person.

    `…_on_behalf_of` is the colleague for whom a deputy asked or answered, written down from whom they sign for.
    """

    class Status(models.TextChoices):
        ASKED = "asked", _("asked for")
        GRANTED = "granted", _("granted")
        REFUSED = "refused", _("refused")

    # What the answer writes, once; and what only ends it later, once. Everything else stays as it was asked.
    answer: ClassVar[frozenset[str]] = frozenset(
        {"status", "decided_at", "decided_by", "decided_on_behalf_of", "opinion"}
    )
    closing: ClassVar[frozenset[str]] = frozenset()

    reason = models.CharField(_("reason"), max_length=300)
    status = models.CharField(_("status"), max_length=10, choices=Status.choices, default=Status.ASKED)
    asked_at = models.DateTimeField(_("asked"), default=timezone.now)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    asked_on_behalf_of = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, blank=True, editable=False
    )
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, blank=True)
    decided_on_behalf_of = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, blank=True, editable=False
    )
    opinion = models.CharField(_("opinion"), max_length=300, blank=True)

    class Meta:
        abstract = True
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True) | ~Q(decided_by=F("asked_by")),
                name="%(class)s_nobody_grants_their_own",
                violation_error_message=_("Nobody decides on what they asked for themselves."),
            ),
            models.CheckConstraint(
                condition=~(
                    Q(decided_by=F("asked_on_behalf_of"))
                    | Q(decided_on_behalf_of=F("asked_by"))
                    | Q(decided_on_behalf_of=F("asked_on_behalf_of"))
                ),
                name="%(class)s_no_deputy_grants_their_givers",
                violation_error_message=_("Nobody decides on what they, or whom they act for, asked for."),
            ),
        ]

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self._state.adding:
            self.note_who_asks()
        super().save(*args, **kwargs)

    def note_who_asks(self) -> None:
        """Write down for whom whoever asks signs; whoever lets another ask instead calls it again."""
        self.asked_on_behalf_of = self.asked_by.signs_for

    @property
    def asker(self) -> str:
        """Who asked, and for whom."""
        return on_behalf(self.asked_by, self.asked_on_behalf_of)

    @property
    def decider(self) -> str:
        """Who answered, and for whom; empty before."""
        return on_behalf(self.decided_by, self.decided_on_behalf_of)

    def asked_in_name_of(self, person: Any) -> bool:
        """Four eyes: whether somebody, or one they stand in for, asked or had it asked for them."""
        return not person.hands.isdisjoint({self.asked_by_id, self.asked_on_behalf_of_id})

    @classmethod
    def of_hands(cls, person: Any) -> Q:
        """The same as a condition on rows."""
        return Q(asked_by__in=person.hands) | Q(asked_on_behalf_of__in=person.hands)

    def decide(self, status: str, *, by: Any, opinion: str) -> None:
        """Write down the answer. Raises IntegrityError should somebody answer their own."""
        self.status = status
        self.decided_at, self.decided_by, self.opinion = timezone.now(), by, opinion
        self.decided_on_behalf_of = by.signs_for
        self.save()
