"""The command line: one file a verb.

What is slow to import (figures, tables, statistics) a verb imports when it runs, so that `check` answers at once.
"""

import os
import sys

import typer

from . import (
    analyse,
    backup,
    chart,
    check,
    compare,
    demo,
    design,
    draft,
    editor,
    explain,
    export,
    find,
    import_,
    population,
    schema,
    screen,
    serve,
    show,
    simulate,
    validate,
    vault,
    verify,
)

_app = typer.Typer(
    name="equipoise",
    help="Trials as code: one plain file says what a trial promised; the same file screens, schedules, checks and analyses it.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
VERBS = (
    ("demo", demo.demo),
    ("check", check.check),
    ("explain", explain.explain),
    ("show", show.show),
    ("compare", compare.compare),
    ("screen", screen.screen),
    ("population", population.population),
    ("chart", chart.chart),
    ("import", import_.import_),
    ("analyse", analyse.analyse),
    ("design", design.design),
    ("simulate", simulate.simulate),
    ("validate", validate.validate),
    ("verify", verify.verify),
    ("draft", draft.draft),
    ("export", export.export),
    ("find", find.find),
    ("schema", schema.schema),
    ("serve", serve.serve),
    ("vault", vault.vault),
    ("backup", backup.backup),
    ("restore", backup.restore),
    ("upgrade", backup.upgrade),
    ("editor", editor.editor),
)
for _name, _verb in VERBS:
    _app.command(_name)(_verb)


@_app.callback()
def _frame() -> None:
    pass


def app() -> None:
    """Run the command line. A fault of equipoise itself is said in a sentence, not thrown at whoever uses it."""
    try:
        _app()
    except KeyboardInterrupt:
        sys.exit(130)
    except OSError as why:  # the machine's: a disk that is full, a folder that may not be written to
        if os.environ.get("EQUIPOISE_DEBUG"):
            raise
        about = f"{why.filename}: " if why.filename else ""
        print(f"equipoise: {about}{(why.strerror or str(why)).lower()}", file=sys.stderr)
        sys.exit(1)
    except Exception as why:
        if os.environ.get("EQUIPOISE_DEBUG"):
            raise
        print(f"equipoise: this is a fault of equipoise, not of your file: {type(why).__name__}: {why}", file=sys.stderr)
        print("set EQUIPOISE_DEBUG=1 to see where, and please report it with the file", file=sys.stderr)
        sys.exit(70)
