"""Checking a proof offline: no site, no database, no network, and no code of the log's writer."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from showcause.cli.frame import printable
from showcause.domain.errors import BadInput
from showcause.home import Home
from showcause.settings import DEFAULT_HOME

MOST = 1024 * 1024 + 1


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--policy",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Whom to trust: a tlog-policy.",
)
@click.option("--key", help="Whom to trust: a log's public key, name+id+key.")
@click.option("--connector-key", help="Whom to trust for what was carried out: a connector's public key.")
@click.option("--home", type=click.Path(path_type=Path), help="Trust the log of this site.")
@click.option("--json", "json_", is_flag=True, help="Answer in JSON.")
@click.pass_context
def verify(
    context: click.Context,
    file: Path,
    policy: Path | None,
    key: str | None,
    connector_key: str | None,
    home: Path | None,
    json_: bool,
) -> None:
    """Check a proof, offline, and say what it shows and what not. Ends with 1 when it is refused.

    Whom to trust is yours to say: the key must not come from where the file came from.
    """
    from showcause.transparency.keys import parse_verifier_key
    from showcause.transparency.receipt import from_file
    from showcause.transparency.verify import verify_receipt
    from showcause.transparency.words import explain

    above: Path | None = context.find_root().params.get("home")
    trusted = _trusted(policy, key, Home(home or above or Path(DEFAULT_HOME)).policy)
    with file.open("rb") as proof:
        verified = verify_receipt(from_file(proof.read(MOST)), trusted)
    connector = parse_verifier_key(connector_key) if connector_key else None
    words = explain(verified, datetime.now(UTC), connector)
    if json_:
        leaf = verified.leaf
        opened: dict[str, Any] = {str(slot): dict(values) for slot, values in verified.opened.items()}
        found = {"verified": True, "origin": verified.checkpoint.origin, "index": verified.index,
                 "size": verified.checkpoint.size, "kind": str(leaf.kind), "id": leaf.id, "opened": opened,
                 "witnesses": sorted(verified.witnesses), "words": words}  # fmt: skip
        click.echo(json.dumps(found, ensure_ascii=False, sort_keys=True))
        return
    for line in words:
        click.echo(printable(line))


def _trusted(policy: Path | None, key: str | None, ours: Path) -> Any:
    from showcause.transparency.keys import parse_verifier_key
    from showcause.transparency.policy import Policy, parse_policy

    if policy and key:
        raise BadInput("--policy and --key are both given", "Choose one.")
    if key:
        return Policy((parse_verifier_key(key),))
    chosen = policy or ours
    if not chosen.exists():
        raise BadInput(
            "nobody is named whom to trust",
            "Say --key NAME+ID+KEY or --policy FILE, from a source that you trust.",
        )
    return parse_policy(chosen.read_bytes())
