"""Estimators: arrays in, arrays out. They know numpy and nothing about trials; each is imported by its name."""
