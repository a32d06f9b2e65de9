"""Who may do what in the patients' database on PostgreSQL. Three roles, and none of them has anything elsewhere.

patients    runs the patients' application; owns its schema, and has rights on nothing else
reader      the staff's side reads with it what was sent; it can write nothing
placer      the staff's side places pages and links with it, and takes away what was dealt with; it reads no answer
"""

from .place import SCHEMA

PATIENTS, READER, PLACER = "equipoise_patients", "equipoise_patients_reader", "equipoise_patients_placer"


def roles(database: str) -> tuple[str, ...]:
    """What an administrator of the database runs once; passwords are set apart."""
    return (
        *(f"DO $$ BEGIN CREATE ROLE {each} LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$"
          for each in (PATIENTS, READER, PLACER)),
        f"REVOKE ALL ON SCHEMA public FROM {PATIENTS}, {READER}, {PLACER}",
        f"CREATE SCHEMA IF NOT EXISTS {SCHEMA} AUTHORIZATION {PATIENTS}",
        f"GRANT CONNECT ON DATABASE {database} TO {PATIENTS}, {READER}, {PLACER}",
    )  # fmt: skip


def grants() -> tuple[str, ...]:
    """What the application gives to the staff's side, once its tables are there."""
    return (
        f"GRANT USAGE ON SCHEMA {SCHEMA} TO {READER}, {PLACER}",
        f"GRANT SELECT ON answers, contact, page, invitation TO {READER}",
        f"GRANT SELECT, INSERT, UPDATE, DELETE ON page TO {PLACER}",
        f"GRANT INSERT, DELETE ON invitation TO {PLACER}",
        f"GRANT SELECT (reference) ON invitation, answers TO {PLACER}",
        f"GRANT SELECT (id) ON contact TO {PLACER}",
        f"GRANT DELETE ON answers, contact TO {PLACER}",
    )
