from accounts.imports import AccountsImport
from waterservice.imports.command import ImportCommand


class Command(ImportCommand):
    """Meter accounts out of a utility's existing system. docs/imports.md says what the file looks like."""

    help = "Checks a file of meter accounts (CSV or .xlsx), and loads it with --apply."
    kind = AccountsImport
