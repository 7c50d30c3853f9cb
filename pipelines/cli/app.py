"""All commands under one name, and what happens when one of them ends badly."""

import os
import signal
import sys
from types import FrameType
from typing import Annotated, NoReturn

import typer

from forewarn.errors import ForewarnError
from pipelines.cli import (
    demo,
    feature_audit,
    feature_build,
    feature_explain,
    feature_list,
    feature_preview,
    feedback,
    flags,
    flows,
    health,
    keys,
    model_list,
    model_watch,
    schema,
    serve,
    show,
    simulate,
    sla,
    sla_lint,
    sla_preview,
    sla_replay,
    tune,
    undo,
    whatif,
    work,
)
from pipelines.cli.console import complain
from pipelines.cli.interrupts import interrupt
from pipelines.cli.options import Commands

INTERRUPTED = 130
TERMINATED = 143
UNEXPECTED = 70

app = typer.Typer(
    name="forewarn",
    cls=Commands,
    help="Warns a support organisation before it breaks a service-level promise.",
    epilog="Start with 'forewarn demo FOLDER', or with 'forewarn init' in a folder of your own.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(value: bool | None) -> None:  # noqa: FBT001 - Typer calls it so
    if value:
        from forewarn import __version__

        typer.echo(f"forewarn {__version__}")
        raise typer.Exit


@app.callback()
def _top(
    *,
    version: Annotated[
        bool | None,
        typer.Option("--version", callback=_print_version, is_eager=True, help="Show the version."),
    ] = None,
) -> None:
    """Warns a support organisation before it breaks a service-level promise."""


work.add_to(app)
tune.add_to(app)
show.add_to(app)
health.add_to(app)
undo.add_to(app)
demo.add_to(app)
simulate.add_to(app)
whatif.add_to(app)
serve.add_to(app)
schema.add_to(app)
sla_lint.add_to(sla.app)
sla_replay.add_to(sla.app)
sla_preview.add_to(sla.app)
feature_explain.add_to(feature_list.app)
feature_preview.add_to(feature_list.app)
feature_audit.add_to(feature_list.app)
feature_build.add_to(feature_list.app)
app.add_typer(sla.app, name="sla", rich_help_panel="Look")
app.add_typer(feature_list.app, name="features", rich_help_panel="Look")
model_watch.add_to(model_list.app)
app.add_typer(model_list.app, name="models", rich_help_panel="Work")
app.add_typer(feedback.app, name="feedback", rich_help_panel="Work")
app.add_typer(flags.app, name="flags", rich_help_panel="Look")
app.add_typer(keys.app, name="keys", rich_help_panel="Serve")
app.add_typer(flows.app, name="flows", rich_help_panel="Serve")


def main() -> NoReturn:
    """Run the command line; every end has an exit code and no traceback.

    0 well, 1 to 7 as in ``forewarn.errors``, 70 a mistake of ours, 130 Ctrl-C, 143 SIGTERM.
    ``FOREWARN_DEBUG=1`` shows the traceback.
    """
    signal.signal(signal.SIGTERM, _end)
    signal.signal(signal.SIGINT, interrupt)
    # Threads of LightGBM that wait for each other sleep: spinning starves a busy machine.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    # Our fits are small: a second thread of linear algebra waits, spinning, more than it works.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    try:
        app()
    except ForewarnError as error:
        _leave(error, str(error), code=error.exit_code)
    except OSError as error:
        _leave(error, _explain(error), code=1)
    except Exception as error:  # noqa: BLE001 - the last stop before the person at the keyboard
        message = f"this should not happen ({type(error).__name__}: {error})"
        _leave(error, f"{message}; FOREWARN_DEBUG=1 shows where", code=UNEXPECTED)
    except SystemExit as error:
        if error.code in (INTERRUPTED, TERMINATED):
            complain("stopped; the workspace is as it was after the last finished step")
        raise
    sys.exit(0)


def _explain(error: OSError) -> str:
    """Say which file or library the system could not give, and what to do about it."""
    if "libgomp" in str(error):
        return (
            "LightGBM needs the system library libgomp, which cannot be loaded "
            f"({error}); install it: "
            "'apt-get install libgomp1' or 'dnf install libgomp'"
        )
    return f"{error.filename or 'system'}: {error.strerror or error}"


def _leave(error: Exception, message: str, *, code: int) -> NoReturn:
    if os.environ.get("FOREWARN_DEBUG"):
        raise error
    complain(message)
    sys.exit(code)


def _end(_number: int, _frame: FrameType | None) -> NoReturn:
    """Let SIGTERM run the ``finally`` blocks, so that a lease is given back."""
    raise SystemExit(TERMINATED)
