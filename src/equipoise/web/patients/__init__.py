"""The patients' application: a process of its own that knows nothing of the staff's, not even where it is.

It has its own settings, its own database and its own words, and imports nothing of equipoise but itself. The staff's side
puts pages and one-time links into its database and reads from it what was sent; it never asks the staff's side anything.
"""
