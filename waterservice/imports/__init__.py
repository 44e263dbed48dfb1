"""Loading files of other systems: read row by row, every row checked, applied as a whole or not at all.

A kind of file is a class on `Import` that names its columns and says in SQL what to check and to write.
"""

from waterservice.imports.columns import Column
from waterservice.imports.run import Import, Row
from waterservice.imports.staging import Staging

__all__ = ["Column", "Import", "Row", "Staging"]
