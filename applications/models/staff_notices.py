"""What the program tells a colleague: somebody urges, asks or has decided, a limit has run out or moved."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

OF_NO_CASE = ("deputy_named", "deputy_ended")


class StaffNotice(models.Model):
    """One notice to one colleague; `automatic` when nobody sent it. About deputies it names no case."""

    class About(models.TextChoices):
        DECISION = "decision", _("This case waits for your decision.")
        URGED = "urged", _("Please go on with this case.")
        HANDED_OVER = "handed_over", _("This case has been handed over to you.")
        OVERDUE = "overdue", _("The time limit of this case has run out.")
        MOVED = "moved", _("The due moment of this case has moved.")
        EXTENSION_ASKED = "extension_asked", _("An extension is asked for.")
        EXTENSION_GRANTED = "extension_granted", _("The extension is granted.")
        EXTENSION_REFUSED = "extension_refused", _("The extension is refused.")
        BACKDATING_ASKED = "backdating_asked", _("A late record is asked for.")
        BACKDATING_GRANTED = "backdating_granted", _("The late record is agreed to. Take the step now.")
        BACKDATING_REFUSED = "backdating_refused", _("The late record is refused.")
        VARIANCE_ASKED = "variance_asked", _("A settlement departs from its budget beyond the limit.")
        VARIANCE_AGREED = "variance_agreed", _("The settlement is agreed to.")
        TAKEN_OVER = "taken_over", _("The paper file is taken over.")
        VARIANCE_REFUSED = "variance_refused", _("The settlement is sent back for rework.")
        REDUCTION_ASKED = "reduction_asked", _("A reduction is asked for.")
        REDUCTION_GRANTED = "reduction_granted", _("The reduction is granted.")
        REDUCTION_REFUSED = "reduction_refused", _("The reduction is refused.")
        TERMINATION_ASKED = "termination_asked", _("A termination by agreement waits for your approval.")
        TERMINATION_GRANTED = "termination_granted", _("The termination is approved. Issue its agreement.")
        TERMINATION_REFUSED = "termination_refused", _("The termination is refused.")
        DEPUTY_NAMED = "deputy_named", _("A deputy is appointed.")
        DEPUTY_ENDED = "deputy_ended", _("A deputy’s time has been ended.")

    application = models.ForeignKey(
        "applications.Application", models.CASCADE, related_name="staff_notices", null=True, blank=True
    )
    recipient = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="notices")
    about = models.CharField(_("about"), max_length=30, choices=About.choices)
    words = models.CharField(_("words"), max_length=400, blank=True)
    sender = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True)
    automatic = models.BooleanField(_("automatic"), default=False)
    sent_at = models.DateTimeField(_("sent"), default=timezone.now)
    read_at = models.DateTimeField(_("read"), null=True, blank=True)

    class Meta:
        verbose_name = _("notice")
        verbose_name_plural = _("notices")
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["recipient", "-id"], name="staff_notice_newest_first"),
            models.Index(fields=["recipient"], condition=Q(read_at__isnull=True), name="staff_notice_unread"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(automatic=True, sender__isnull=True) | Q(automatic=False, sender__isnull=False),
                name="staff_notice_sent_or_automatic",
            ),
            models.CheckConstraint(
                condition=Q(about__in=OF_NO_CASE, application__isnull=True)
                | (~Q(about__in=OF_NO_CASE) & Q(application__isnull=False)),
                name="staff_notice_about_a_case_or_deputies",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.application_id} {self.get_about_display()}"


class Reminder(models.Model):
    """That a broken limit was told to somebody of a level; each level is told once for each due moment."""

    class Level(models.IntegerChoices):
        """Who is told, and how many working days after the due moment."""

        HOLDER = 0, _("whoever has the case in hand")
        MANAGER = 1, _("their manager")
        LEADER = 3, _("the responsible leader")

    clock = models.ForeignKey("applications.Clock", models.CASCADE, related_name="reminders")
    level = models.PositiveSmallIntegerField(_("level"), choices=Level.choices)
    due_at = models.DateTimeField(_("due"))
    sent_at = models.DateTimeField(_("sent"), default=timezone.now)

    class Meta:
        verbose_name = _("reminder")
        verbose_name_plural = _("reminders")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["clock", "level", "due_at"], name="reminder_once_a_level_and_due_moment"),
        ]

    def __str__(self) -> str:
        return f"{self.clock} {self.get_level_display()}"
