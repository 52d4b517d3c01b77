"""The commands of one machine: `python -m local --help`.

Each command only says what it is called and what it takes. Its code is a module of its
own, imported when the command runs, so that no command waits for another's imports.
"""

import os
import sys
from functools import partial
from pathlib import Path

import click

from chalicelib.domain.errors import SettingsError
from local.env_file import read_env_file
from local.errors import CannotRun
from local.terminal import harmless

MOST_LOCATIONS = 50
PORT = click.IntRange(1, 65_535)
# Each location has the port after the one before it.
FIRST_PORT = click.IntRange(1, 65_535 - MOST_LOCATIONS + 1)
# Errors name the variable too, which is what somebody has set who calls `make`.
setting = partial(click.option, show_envvar=True, show_default=True)


@click.group()
@click.option("--env-file", type=Path, help="Settings that the environment lacks.")
def commands(env_file: Path | None) -> None:
    """SINS on one machine."""
    if env_file:
        read_env_file(env_file, os.environ)


@commands.command("run")
@setting("--locations", type=click.IntRange(1, MOST_LOCATIONS), default=3, envvar="LOCATIONS")
@setting("--data-dir", type=Path, default=".data", envvar="DATA_DIR")
@setting("--dynamodb-endpoint", envvar="DYNAMODB_ENDPOINT", help="Use this one, start none.")
@setting("--kafka-bootstrap", envvar="KAFKA_BOOTSTRAP", help="Use this one, start none.")
@setting("--first-port", type=FIRST_PORT, default=8001, envvar="FIRST_PORT")
@setting("--dynamodb-port", type=PORT, default=8000, envvar="DYNAMODB_PORT")
@setting("--kafka-port", type=PORT, default=9092, envvar="KAFKA_PORT")
@setting("--sample-data/--no-sample-data", default=True, envvar="LOAD_SAMPLE_DATA")
def run_command(**options: object) -> None:
    """Start engines and locations, and run until Ctrl-C."""
    from local.run import Options, run

    run(Options(**options))  # type: ignore[arg-type]


@commands.command("serve")
@click.option("--port", type=PORT, required=True)
@click.option("--host", default="127.0.0.1", help="0.0.0.0 where others may ask.")
@click.option("--events/--no-events", default=True, help="Follow stream, topic and clock too.")
def serve_command(port: int, host: str, events: bool) -> None:
    """Run the location that LOCATION names."""
    from local.serve import Serving, serve

    serve(Serving(host, port, events))


@commands.command("load-sample-data")
@click.option("--location", help="Instead of the one that LOCATION names.")
@click.option(
    "--extras", type=click.IntRange(0), default=0, help="Generated customers too, so many."
)
@click.option("--seed", default=1, show_default=True, help="Which generated customers.")
@click.option("--if-set", is_flag=True, help="Only where LOAD_SAMPLE_DATA says so.")
def load_sample_data_command(location: str | None, extras: int, seed: int, if_set: bool) -> None:
    """Add the sample customers that a location lacks."""
    from chalicelib.settings import read_settings
    from local.sample_data import load

    if not if_set or read_settings().load_sample_data:
        load(location, extras, seed)


@commands.command("create-tables")
def create_tables_command() -> None:
    """Create the tables that the location lacks, at DYNAMODB_ENDPOINT. In AWS its stack does."""
    from chalicelib.settings import read_settings
    from infra.tables import ensure_tables
    from local.target import making_tables

    settings = read_settings()
    if not settings.dynamodb_endpoint:
        raise CannotRun(
            "Set DYNAMODB_ENDPOINT. In AWS the stack of the location's state makes the tables: "
            "these would have no backups, no key of yours and no protection."
        )
    with making_tables(settings):
        ensure_tables(settings)


@commands.command("set-up-elk")
@click.option("--elasticsearch", default="http://elasticsearch:9200", show_default=True)
@click.option("--kibana", default="http://kibana:5601", show_default=True)
def set_up_elk_command(elasticsearch: str, kibana: str) -> None:
    """Tell Elasticsearch how log lines look, and give Kibana the dashboard."""
    from local.elk.setting_up import set_up

    set_up(elasticsearch, kibana)


@commands.command("verify-audit")
@click.option("--location", help="Instead of the one that LOCATION names.")
def verify_audit_command(location: str | None) -> None:
    """Check every chain of the location's audit trail."""
    from local.verify_audit import verify

    verify(location)


@commands.command("diff")
@click.argument("one")
@click.argument("other")
def diff_command(one: str, other: str) -> None:
    """Name the customers that two locations hold differently.

    One region and one set of credentials have to read the tables of both.
    """
    from local.diff import diff

    diff(one, other)


# Also behind the subcommand, as with every other command.
letters_location = click.option(
    "--location",
    default=lambda: click.get_current_context().obj,
    help="Instead of the one that LOCATION names.",
)


@commands.group("dead-letters")
@click.option("--location", help="Instead of the one that LOCATION names.")
@click.pass_context
def dead_letters_group(context: click.Context, location: str | None) -> None:
    """Records of the topic that could not be applied."""
    context.obj = location


@dead_letters_group.command("list")
@letters_location
def list_dead_letters_command(location: str | None) -> None:
    """A line for each."""
    from local.dead_letters import list_all

    list_all(location)


@dead_letters_group.command("show")
@click.argument("letter_id")
@letters_location
def show_dead_letter_command(location: str | None, letter_id: str) -> None:
    """The bytes of one."""
    from local.dead_letters import show

    show(location, letter_id)


@dead_letters_group.command("retry")
@click.argument("letter_id")
@letters_location
def retry_dead_letter_command(location: str | None, letter_id: str) -> None:
    """Apply one after all, and forget it."""
    from local.dead_letters import retry

    retry(location, letter_id)


@dead_letters_group.command("drop")
@click.argument("letter_id")
@click.option("--reason", required=True, help="Stays on record.")
@letters_location
def drop_dead_letter_command(location: str | None, letter_id: str, reason: str) -> None:
    """Forget one."""
    from local.dead_letters import drop

    drop(location, letter_id, reason)


@commands.command("import")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--format", "form", type=click.Choice(["csv", "jsonl"]), help="Else by FILE's name.")
@click.option("--location", help="Instead of the one that LOCATION names.")
@click.option("--url", help="Import over the API at this address.")
@click.option("--role", default="service_agent", show_default=True, help="With --url.")
@click.option(
    "--actor", default=lambda: _name_here(), help="With --url. Default: your LOGNAME or USER."
)
@setting("--token", envvar="SINS_TOKEN", help="With --url: a signed token instead.")
@click.option("--dry-run", is_flag=True, help="Check and report everything, write nothing.")
@click.option("--report", type=click.Path(path_type=Path), help="A CSV of the refused rows.")
@click.option(
    "--key",
    type=click.Choice(["auto", "id", "external_id", "document_number", "none"]),
    default="auto",
    show_default=True,
    help="By what a row is known. none: rows without a key become new customers.",
)
def import_command(**options: object) -> None:
    """Create and update customers from a file. Exits with 1 if a row was refused."""
    from local.importing import Options, import_file

    if options["url"] is None:
        _refuse("role", "actor", "token", because="goes with --url only")
    else:
        _refuse("location", because="does not go with --url")
    import_file(Options(**options))  # type: ignore[arg-type]


@commands.command("export")
@click.option("--out", type=click.Path(path_type=Path), help="Instead of the standard output.")
@click.option(
    "--format", "form", type=click.Choice(["csv", "jsonl"]), help="Else by --out's name, or csv."
)
@click.option("--location", help="Instead of the one that LOCATION names.")
def export_command(out: Path | None, form: str | None, location: str | None) -> None:
    """Write every customer to a file that can be imported."""
    from chalicelib.domain.transfer_terms import Format
    from local.exporting import export_file
    from local.importing import form_of

    export_file(out, form_of(out, form) if out else Format(form or "csv"), location)


@commands.command("join-alone")
@click.option("--location", help="Instead of the one that LOCATION names.")
def join_alone_command(location: str | None) -> None:
    """Let a location take changes though no other one answers. They merge when one does."""
    from local.joining import join_alone

    join_alone(location)


@commands.command("join-anew")
@click.option("--location", help="Instead of the one that LOCATION names.")
def join_anew_command(location: str | None) -> None:
    """Let a location take no changes until it holds what the others do, after Kafka lost data."""
    from local.joining import join_anew

    join_anew(location)


@commands.command("retention")
@click.option("--location", help="Instead of the one that LOCATION names.")
@click.option("--dry-run", is_flag=True, help="Print the ids of what would go, erase nothing.")
@click.option("--days", type=click.IntRange(1, 36_500), help="With --dry-run: as if kept so long.")
def retention_command(location: str | None, dry_run: bool, days: int | None) -> None:
    """Erase the customers that nobody may keep any longer."""
    from local.retention import preview, sweep

    if dry_run:
        preview(location, days)
    elif days is not None:
        raise click.UsageError("--days goes with --dry-run only.")
    else:
        sweep(location)


def _refuse(*names: str, because: str) -> None:
    """Raises UsageError where one of these options was given, which nothing would go by."""
    source = click.get_current_context().get_parameter_source
    for name in names:
        if source(name) is click.core.ParameterSource.COMMANDLINE:
            raise click.UsageError(f"--{name} {because}.")


def _name_here() -> str:
    from local.person import name_here

    return name_here()


if __name__ == "__main__":
    try:
        commands()
    except (CannotRun, SettingsError) as error:
        sys.exit(harmless(str(error)))
