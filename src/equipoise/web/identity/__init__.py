"""Who the participants are, in a database of its own: the only place that holds a name."""
