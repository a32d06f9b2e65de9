"""Expressions: one small, typed, total language for criteria, guards and rules; one tree, several readers."""
