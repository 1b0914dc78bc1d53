"""`pli serve | worker | migrate | demo`: the processes."""

import argparse
import sys

from messaging.app import initialise, make_store, prepare, revision, running, work
from messaging.cli.command import Commands
from messaging.config import ConfigError, Settings
from messaging.metrics import published
from messaging.operations.admin_socket import answering
from messaging.server import Server, listen, settle_memory


def add(commands: Commands) -> None:
    serve = commands.add_parser("serve", help="run the service; without any configuration: SQLite and keys in ./var")
    serve.add_argument("--no-worker", action="store_true", help="leave relation events and alerts to `pli worker`")
    serve.set_defaults(command=_serve)
    worker = commands.add_parser("worker", help="deliver relation events and alerts (beside `pli serve --no-worker`)")
    worker.set_defaults(command=_worker)
    migrating = commands.add_parser("migrate", help="create or update the database schema")
    migrating.set_defaults(command=_migrate)
    demo = commands.add_parser("demo", help="play conversations between fictional people over the real service")
    demo.add_argument("--once", action="store_true", help="exit after the scenarios: 0 if every step held")
    demo.add_argument(
        "--only",
        action="append",
        metavar="NAME",
        type=lambda names: names.split(","),
        help="play this scenario, or these (NAME,NAME), and stay up only if `main` is among them; may be repeated",
    )
    demo.add_argument("--list", action="store_true", help="list the scenarios by name")
    demo.set_defaults(command=_demo)


async def _serve(settings: Settings, options: argparse.Namespace) -> int:
    if options.no_worker and settings.embedded:
        raise ConfigError("PLI_DATABASE_URL", "is SQLite, whose worker runs inside. Leave --no-worker out.")
    with listen(settings.host, settings.port) as listener:
        await prepare(settings)
        async with running(settings, with_worker=not options.no_worker) as service, answering(service):
            port = listener.getsockname()[1]
            print(f"Pli listens on http://{settings.host}:{port} (data in {settings.data_dir.resolve()})", flush=True)
            settle_memory()
            with published(settings.metrics, service.backend):
                await Server(service).serve(sockets=[listener])
    return 0


async def _worker(settings: Settings, options: argparse.Namespace) -> int:
    if settings.embedded:
        raise ConfigError(
            "PLI_DATABASE_URL", "is SQLite, whose worker runs inside `pli serve`. Use PostgreSQL to run them apart."
        )
    store = make_store(settings)
    await store.start()
    try:
        await work(settings, store, shares=True)
    finally:
        await store.close()
    return 0


async def _migrate(settings: Settings, options: argparse.Namespace) -> int:
    before = await revision(settings)
    await initialise(settings)
    after = await revision(settings)
    print(
        f"The schema is at {after}." if before == after else f"The schema went from {before or 'nothing'} to {after}."
    )
    return 0


async def _demo(settings: Settings, options: argparse.Namespace) -> int:
    from messaging.demo.play import play  # the demo needs the SDK; the service does not
    from messaging.demo.scenarios.table import SCENARIOS

    only = {name for names in options.only or () for name in names}
    unknown = sorted(only - SCENARIOS.keys())
    if unknown:
        named, known = ", ".join(map(repr, unknown)), ", ".join(SCENARIOS)
        print(f"pli demo: no such scenario: {named}. There are: {known}.", file=sys.stderr)
        return 2
    if options.list:
        for name, scenario in SCENARIOS.items():
            print(f"{name:16} {scenario.title}")
        return 0
    return await play(settings, once=options.once, only=only)
