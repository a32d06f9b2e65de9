"""The staff's side: projections of the ledger, who may do what, and one file a screen."""
