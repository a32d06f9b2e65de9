"""How a page of any site is read: its lines, labels, tables and sections."""
