"""The desk for programs: the same doors, the same table of permissions, findings as data."""
