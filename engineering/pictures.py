"""Writes and reads of pictures on site."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from accounts.models import User
from engineering.models import Project, SitePicture
from engineering.revisions import lock_open_project
from waterservice.models import StoredFile


@transaction.atomic
def add_picture(
    *,
    project: Project,
    by: User,
    occasion: str,
    shows: str,
    file: StoredFile,
    words: str = "",
    mark: UUID | None = None,
) -> SitePicture:
    """Keep a picture of the site. Raises ValidationError for a closed project, an unknown kind, a mark kept before."""
    picture = SitePicture(
        project=lock_open_project(project),
        occasion=occasion,
        shows=shows,
        file=file,
        words=words,
        mark=mark,
        taken_by=by,
    )
    picture.full_clean()
    picture.save()
    return picture


def newest_signature(project: Project, occasion: str, since: datetime) -> SitePicture | None:
    """What the applicant signed last on an occasion, not before a moment; None where there is nothing."""
    signed = project.pictures.filter(occasion=occasion, shows=SitePicture.Shows.SIGNATURE, recorded_at__gte=since)
    found: SitePicture | None = signed.select_related("file").last()
    return found
