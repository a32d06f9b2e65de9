"""What the databases themselves refuse: a link that is changed, taken away, or that does not continue its chain.

Whoever owns the database can take the triggers away; that is what the hashes and the anchors are for.
"""

from django.db.backends.base.schema import BaseDatabaseSchemaEditor

TABLES = "ledger_link", "ledger_study"

# REPLACE takes rows away without waking a trigger on DELETE, so a row that names a place that is taken is refused too:
# before an INSERT, rowid is -1 unless it was written out.
SQLITE = (
    *(
        f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} BEGIN"
        f" SELECT RAISE(ABORT, 'the ledger is never rewritten: {verb} of {table} is refused'); END"
        for table in TABLES
        for verb in ("UPDATE", "DELETE")
    ),
    "CREATE TRIGGER ledger_link_continues BEFORE INSERT ON ledger_link"
    " WHEN NEW.number IS NOT (SELECT coalesce(max(number), 0) + 1 FROM ledger_link WHERE study = NEW.study)"
    " OR NEW.previous IS NOT coalesce((SELECT hash FROM ledger_link WHERE study = NEW.study ORDER BY number DESC LIMIT 1), '')"
    " OR NEW.at < coalesce((SELECT at FROM ledger_link WHERE study = NEW.study ORDER BY number DESC LIMIT 1), '')"
    " OR length(NEW.hash) IS NOT 64"
    " OR EXISTS (SELECT 1 FROM ledger_link WHERE rowid = NEW.rowid)"
    " BEGIN SELECT RAISE(ABORT, 'this link does not continue the chain'); END",
    "CREATE TRIGGER ledger_study_once BEFORE INSERT ON ledger_study"
    " WHEN EXISTS (SELECT 1 FROM ledger_study WHERE rowid = NEW.rowid)"
    " BEGIN SELECT RAISE(ABORT, 'the ledger is never rewritten'); END",
)
POSTGRESQL = (
    "CREATE FUNCTION ledger_never() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
    " RAISE EXCEPTION 'the ledger is never rewritten: % of % is refused', TG_OP, TG_TABLE_NAME"
    " USING ERRCODE = 'integrity_constraint_violation'; END $$",
    "CREATE FUNCTION ledger_continues() RETURNS trigger LANGUAGE plpgsql AS $$"
    " DECLARE last record; BEGIN"
    " SELECT number, hash, at INTO last FROM ledger_link WHERE study = NEW.study ORDER BY number DESC LIMIT 1;"
    " IF NEW.number IS DISTINCT FROM coalesce(last.number, 0) + 1 OR NEW.previous IS DISTINCT FROM coalesce(last.hash, '')"
    """ OR NEW.at COLLATE "C" < coalesce(last.at, '') COLLATE "C" OR length(NEW.hash) <> 64 THEN"""
    " RAISE EXCEPTION 'this link does not continue the chain' USING ERRCODE = 'integrity_constraint_violation';"
    " END IF; RETURN NEW; END $$",
    *(
        f"CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION ledger_never()"
        for table in TABLES
    ),
    *(
        f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION ledger_never()"
        for table in TABLES
    ),
    "CREATE TRIGGER ledger_link_continues BEFORE INSERT ON ledger_link FOR EACH ROW EXECUTE FUNCTION ledger_continues()",
)


def made(apps: object, editor: BaseDatabaseSchemaEditor) -> None:
    """Make the triggers."""
    for statement in POSTGRESQL if editor.connection.vendor == "postgresql" else SQLITE:
        editor.execute(statement, params=None)
