"""Connecting platforms: their secrets, their settings, and what was there before."""

import json
import re
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from showcause.cli.desk import Desk, on_desk
from showcause.domain.errors import AlreadyExists, BadInput, NotFound
from showcause.home import Home, replace_private
from showcause.settings import COMMENTS_SETTINGS, PLATFORM_SETTINGS, PlatformSettings

if TYPE_CHECKING:
    from showcause.casework.ports import Platform

_mode = click.option(
    "--mode", type=click.Choice(["observe", "enforce"]), default="observe", show_default=True,
    help="Observe: decisions are recorded and compared, nothing reaches the platform.",
)  # fmt: skip


@click.group()
def connect() -> None:
    """Connect a platform. It begins in observe mode; `platform mode NAME enforce` lets orders go out."""


@connect.command()
@click.argument("name")
@click.option("--address", required=True, help="https://host[:port] of the server's admin API.")
@click.option("--token-file", required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@_mode
@on_desk(acts=True)
def matrix(desk: Desk, name: str, address: str, token_file: Path, mode: str) -> None:
    """Connect a Matrix server (Synapse). The token is copied into the site's secrets."""
    settings = _settings(name, "matrix", address, f"secrets/{name}/token", mode)
    token = token_file.read_text(encoding="utf-8").strip()
    if not re.fullmatch(r"[!-~]{1,4096}", token):
        raise BadInput("the token file holds no access token", "It is one line without spaces.")
    _connect(desk, settings, token.encode() + b"\n")


@connect.command()
@click.argument("name")
@click.option(
    "--measure", "measures", multiple=True, metavar="MEASURE:KIND", show_default=True,
    default=("suspend:account", "hide:content"),
    help="What your program can carry out, and on what: suspend, lock or limit an account; label, hide or remove "
    "content; block-space a space. May be repeated.",
)  # fmt: skip
@click.option("--notices/--no-notices", default=True, help="Whether your program shows letters to people.")
@_mode
@on_desk(acts=True)
def orders(desk: Desk, name: str, measures: tuple[str, ...], notices: bool, mode: str) -> None:
    """Connect a platform without a connector: its own program fetches orders from the API and confirms them."""
    made = _settings(
        name, "orders", "", "", mode, " ".join(sorted(set(measures))), "yes" if notices else "no"
    )
    scopes = " ".join(f"--scope {each}" for each in ("orders", "reports", "subjects"))
    _connect(
        desk, made, None,
        f"Next: `showcause apikey add {name}-orders --platform {name} {scopes}` makes the key for your program.",
        "Then let it fetch `GET /api/v1/orders`, and send `PUT /api/v1/restrictions` with what stands already.",
    )  # fmt: skip


@connect.command()
@click.argument("name")
@_mode
@on_desk(acts=True)
def simulator(desk: Desk, name: str, mode: str) -> None:
    """Connect a simulated platform, to try things out."""
    _connect(desk, _settings(name, "simulator", "", "", mode), None)


@connect.command()
@click.argument("name")
@click.option(
    "--origin", "origins", multiple=True, required=True, metavar="https://HOST",
    help="A site of the newspaper that may show the section; may be repeated.",
)  # fmt: skip
@click.option(
    "--language", "languages", multiple=True, type=click.Choice(["en", "fr"]), default=("en", "fr"),
    show_default=True, help="A language of the section; the first is that of an article that names none.",
)  # fmt: skip
@click.option(
    "--validation", type=click.Choice(["before", "after", "trust"]), default="before", show_default=True,
    help="Whether comments are validated before publication, after it, or until an author is trusted.",
)  # fmt: skip
@click.option(
    "--staff", multiple=True, metavar="NAME", help="A name under which the newspaper writes itself."
)
@click.option(
    "--mode", type=click.Choice(["observe", "enforce"]), default="enforce", show_default=True,
    help="There is nobody else to observe here: decisions act from the start.",
)  # fmt: skip
@on_desk(acts=True)
def comments(
    desk: Desk,
    name: str,
    origins: tuple[str, ...],
    languages: tuple[str, ...],
    validation: str,
    staff: tuple[str, ...],
    mode: str,
) -> None:
    """Make a comment section for a newspaper's articles, with the rules that are written for one."""
    from showcause.cli.comments import connected, propose_rules

    made = _settings(
        name, "comments", "", "", mode, origins=" ".join(origins), languages=" ".join(dict.fromkeys(languages)),
        validation=validation, staff=", ".join(staff),
    )  # fmt: skip
    if any(each.kind == "comments" for each in desk.site.settings.platforms):
        raise AlreadyExists(
            "this site has a comment section already", "Found another site for another newspaper."
        )
    told = propose_rules(desk)
    _connect(desk, made, None, *told, *connected())


def _settings(
    name: str,
    kind: str,
    address: str,
    token_file: str,
    mode: str,
    measures: str = "",
    notices: str = "yes",
    **more: str,
) -> PlatformSettings:
    made = PlatformSettings(name, kind, address, token_file, mode, measures, notices, **more)  # type: ignore[arg-type]  # the texts among its fields
    for setting in (*PLATFORM_SETTINGS, *COMMENTS_SETTINGS):
        if not setting.check(getattr(made, setting.name.replace("-", "_"))):
            raise BadInput(f"the platform's {setting.name} takes {setting.bounds}", setting.meaning)
    return made


def _connect(desk: Desk, settings: PlatformSettings, token: bytes | None, *following: str) -> None:
    from showcause.casework.connector_keys import introduce
    from showcause.casework.founding import connect_platform
    from showcause.casework.log.publishing import acting
    from showcause.domain.people import Role
    from showcause.domain.site import ConnectedPlatform, Mode

    site = desk.site
    if site.settings.platform(settings.name) is not None:
        raise AlreadyExists(f"a platform {settings.name} is connected already", "Choose another name.")
    with site.store.read() as view:
        known = view.first(ConnectedPlatform, name=settings.name)
    with site.store.transaction(site.clock()) as tx:
        acting(tx, desk.who, Role.OPERATOR)
    if token is not None:
        folder = site.home.secret_of(settings.name, "token")
        folder.parent.mkdir(mode=0o700, exist_ok=True)
        replace_private(folder, token)
    connector = desk.wiring.prepare_connector(site.home, settings)
    if known is None:  # else an earlier attempt was interrupted before it wrote the settings
        card, mode = connector.card.measures, Mode(settings.mode)
        desk.run(connect_platform, settings.name, settings.kind, card, desk.who, mode)
    key = desk.wiring.connector_key(site.home, settings.name)
    desk.run(introduce, settings.name, key, desk.who)
    _append(site.home, settings)
    if settings.kind == "comments":
        _empty_baseline(desk, connector, settings.name)
    checks = connector.doctor()
    desk.answer(
        {
            "platform": asdict(settings),
            "measures": sorted(connector.card.measures),
            "key": key,
            "checks": checks,
        },
        f"Connected {settings.name} ({settings.kind}) in {settings.mode} mode.",
        f"It offers: {', '.join(sorted(connector.card.measures))}.",
        f"It signs what it does; its key is in the log: {key}",
        *told(connector, checks),
        *following,
        *([] if settings.kind == "comments" else [_BASELINE.format(settings.name)]),
    )


_BASELINE = "Next: `showcause import baseline {}` records what was there before."


def _empty_baseline(desk: Desk, connector: "Platform", name: str) -> None:
    """Record that nothing stood in a section of our own before it was made."""
    from showcause.casework.baselines import import_baseline

    desk.run(import_baseline, name, list(connector.restricted()), desk.who)


def told(connector: "Platform", checks: list[Any]) -> list[str]:
    """Return a line for each point of a connector's doctor."""
    return [
        f"  {'ok  ' if check.ok else 'LACK'} {check.name}: {check.says}"
        + (f"\n       remedy: {check.remedy}" if not check.ok and check.remedy else "")
        for check in checks
    ]


def _append(home: Home, settings: PlatformSettings) -> None:
    usual = asdict(PlatformSettings(settings.name, settings.kind))
    always = {"name", "kind", "mode", *(["notices"] if settings.kind == "orders" else [])}
    given = {k: v for k, v in asdict(settings).items() if k in always or v != usual[k]}
    written = (f"{k.replace('_', '-')} = {json.dumps(v, ensure_ascii=False)}" for k, v in given.items())
    text = home.config.read_text(encoding="utf-8")
    lines = ["", "[[platform]]", *written]
    replace_private(home.config, (text.rstrip("\n") + "\n" + "\n".join(lines) + "\n").encode())


@click.group()
def platform() -> None:
    """Look at platforms and switch their mode."""


@platform.command("list")
@on_desk()
def list_(desk: Desk) -> None:
    """List the connected platforms."""
    from showcause.domain.site import ConnectedPlatform

    with desk.site.store.read() as view:
        rows = [asdict(each) for each in view.find(ConnectedPlatform)]
    desk.rows(
        rows,
        ("name", "kind", "mode", "last_number", "connected_at", "scanned_at"),
        "No platform is connected.",
    )


@platform.command()
@click.argument("name")
@click.argument("mode", type=click.Choice(["observe", "enforce"]))
@on_desk(acts=True)
def mode(desk: Desk, name: str, mode: str) -> None:
    """Switch a platform between observing and enforcing, in the record and at the connector's gate.

    The serving process reads the gate's mode when it starts: restart it afterwards.
    """
    from showcause.casework.founding import switch_mode
    from showcause.domain.site import Mode

    settings = desk.site.settings.platform(name)
    if settings is None:
        raise NotFound(f"no platform {name[:64]!r} is connected", "`showcause platform list` names them.")
    changed = desk.run(switch_mode, name, Mode(mode), desk.who)
    _rewrite_mode(desk.site.home, replace(settings, mode=mode))
    desk.answer(
        changed, f"{name} is in {mode} mode. Restart `showcause serve`, so that the gate knows it, too."
    )


def _rewrite_mode(home: Home, settings: PlatformSettings) -> None:
    text = home.config.read_text(encoding="utf-8")
    before, *blocks = re.split(r"(?m)^(?=\[\[platform\]\])", text)
    for at, block in enumerate(blocks):
        if re.search(rf'(?m)^\s*name\s*=\s*["\']{re.escape(settings.name)}["\']', block):
            block, found = re.subn(r"(?m)^\s*mode\s*=.*$", f'mode = "{settings.mode}"', block)
            blocks[at] = block if found else block.rstrip("\n") + f'\nmode = "{settings.mode}"\n'
    replace_private(home.config, "".join((before, *blocks)).encode())


@click.group("import")
def import_() -> None:
    """Import what was there before."""


@import_.command()
@click.argument("name")
@on_desk(acts=True)
def baseline(desk: Desk, name: str) -> None:
    """Import a platform's standing restrictions, once, so that the search for orphans does not accuse the past."""
    from showcause.casework import baselines

    found = list(_connector(desk, name).restricted(desk.progress("found")))
    made = desk.run(baselines.import_baseline, name, found, desk.who)
    desk.answer(made, f"Imported {made.count} restrictions whose cause is not recorded. Root: {made.root}.")


@click.command()
@click.argument("name")
@on_desk()
def scan(desk: Desk, name: str) -> None:
    """Search a platform for restrictions that neither the record nor the baseline knows."""
    from showcause.cli.searching import search

    _connector(desk, name)
    found = search(desk.site, name, desk.progress("looked at"))
    desk.answer(
        asdict(found) | {"standing": found.standing},
        f"{found.explained} restrictions are explained; {found.standing} are not "
        f"({len(found.new)} new, {len(found.gone)} gone); {len(found.drifted)} orders drifted.",
        *(f"  without a cause: {each.measure}, subject {each.subject[:12]}" for each in found.new),
    )


def _connector(desk: Desk, name: str) -> "Platform":
    if name not in desk.site.platforms:
        raise NotFound(f"no platform {name[:64]!r} is connected", "`showcause platform list` names them.")
    return desk.site.platforms[name]
