"""`manage.py demo`: a made-up utility to look at."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from accounts.models import Customer, User
from applications.demo import people
from billing.defaults import ensure_defaults


class Command(BaseCommand):
    help = "Loads the demo utility: one sign-in for each role, 300 meter accounts, cases in every stage."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--show", action="store_true", help="only print the sign-ins of a loaded demo")

    def handle(self, *args: Any, **options: Any) -> None:
        if people.loaded():
            self._show()
            return
        if options["show"]:
            raise CommandError(_("The demo is not loaded in this database. Run `manage.py demo`."))
        if User.objects.exists() or Customer.objects.exists():
            raise CommandError(_("This database holds other data. The demo is loaded into an empty one only."))
        with translation.override("zh-hans"), transaction.atomic():
            self._load()
        self._show()

    def _load(self) -> None:
        # The demo's extra requirement is wanted here only, so that a production server goes without it.
        from applications.demo.cases import create_cases
        from applications.demo.city import City
        from applications.demo.deposits import create_deposits
        from applications.demo.desks import enliven
        from applications.demo.meters import create_accounts
        from applications.demo.paper_files import enter_files

        people.create_staff()
        ensure_defaults()
        city = City()
        for count, _account in enumerate(create_accounts(city), start=1):
            if count % 100 == 0:
                self.stderr.write(_("{count} meter accounts").format(count=count))
        for count, case in enumerate(create_cases(city), start=1):
            self.stderr.write(f"{count:>3} {case.number} {case.stage_label}")
        enter_files(city)
        create_deposits()
        enliven()

    def _show(self) -> None:
        self.stdout.write(_("Sign-ins of the demo (password of all: {password}):").format(password=people.PASSWORD))
        for role, name, username in people.signs_in():
            self.stdout.write(f"  {username:<18} {name}  {role}")
