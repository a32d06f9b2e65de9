"""A cohort's tables as events: what a mapping file says of their columns, and every row that could not be taken."""

from .folder import Stored, stored
from .intake import Imported, imported
from .mapping import FILE, Answer, Cell, CodedCell, ListedLesion, Table, TableEvent, Tables, Word, told_tables
from .rejected import MENDED, REJECTED, Mendings, Rejected, read_mendings, rejected_table

__all__ = [
    "FILE", "MENDED", "REJECTED", "Answer", "Cell", "CodedCell", "Imported", "ListedLesion", "Mendings", "Rejected", "Stored", "Table",
    "TableEvent", "Tables", "Word", "imported", "read_mendings", "rejected_table", "stored", "told_tables",
]  # fmt: skip
