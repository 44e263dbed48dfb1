from billing.imports import BillsImport
from waterservice.imports.command import ImportCommand


class Command(ImportCommand):
    """Water bills out of a utility's existing system. docs/imports.md says what the file looks like."""

    help = "Checks a file of water bills (CSV or .xlsx), and loads it with --apply."
    kind = BillsImport
