"""The comment section by command line: the keys by which a newspaper vouches for its own accounts, and the rules that
come with a section.
"""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from showcause.cli.comment_moves import check_operator, export, import_, section_of
from showcause.cli.desk import Desk, on_desk

if TYPE_CHECKING:
    from showcause.store.view import View

COLUMNS = ("kid", "added_at", "retired_at", "public")
MOST_KEY = 4_096


@click.group()
def comments() -> None:
    """Look after a newspaper's comment section."""


comments.add_command(import_)
comments.add_command(export)


@comments.group()
def keys() -> None:
    """Add, list and retire the keys by which the newspaper vouches for its own accounts.

    Only public keys are here. Several hold at once: add the new one, sign with it, retire the old one. A key that
    leaked is retired at once.
    """


@keys.command()
@click.argument("key", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@on_desk(acts=True)
def add(desk: Desk, key: Path) -> None:
    """Believe tokens of an Ed25519 key, whose public half is in the file KEY (PEM, or base64)."""
    from showcause.comments import token_keys

    check_operator(desk)
    with key.open(encoding="utf-8", errors="replace") as file:
        text = file.read(MOST_KEY)
    made = token_keys.add(section_of(desk), desk.site.clock(), text)
    desk.answer(
        {"kid": made.kid, "public": made.public.hex()},
        made.kid,
        "Tokens that name this key (kid) are believed from now on.",
    )


@keys.command("list")
@on_desk()
def list_(desk: Desk) -> None:
    """List all keys that there ever were."""
    from showcause.comments import token_keys

    held = [asdict(each) | {"public": each.public.hex()} for each in token_keys.listed(section_of(desk))]
    desk.rows(held, COLUMNS, "No key was added: readers write with a name and an address.")


@keys.command()
@click.argument("kid")
@on_desk(acts=True)
def retire(desk: Desk, kid: str) -> None:
    """Believe no token of a key any more, whenever it was signed; for good."""
    from showcause.comments import token_keys

    check_operator(desk)
    token_keys.retire(section_of(desk), desk.site.clock(), kid)
    desk.answer({"kid": kid}, f"No token of {kid} is believed any more.")


@comments.command()
@click.argument("author", metavar="ID")
@on_desk(acts=True)
def identity(desk: Desk, author: str) -> None:
    """Read from which network addresses an author wrote, if a law has them kept. Each reading is an entry of the log.

    ID is the author's in the section. For an authority that asks for it by law: keep its order.
    """
    from showcause.casework import identity as verbs
    from showcause.casework.forgetting import named
    from showcause.domain.subject import Subject, SubjectKind

    with desk.site.store.read(desk.site.clock()) as view:
        record = named(view, Subject(section_of(desk).name, SubjectKind.ACCOUNT, author))
    rows = [asdict(each) for each in desk.run(verbs.read, record, desk.who)]
    desk.rows(rows, ("address", "first", "last"), "Nothing is kept of this author.")


def propose_rules(desk: Desk) -> tuple[str, ...]:
    """Propose the clauses of a comment section, and put them in force where one person may; return what is to be said.

    One person may only while they are alone and no platform is connected: nobody can be restricted yet.
    """
    from showcause.casework import policies as verbs
    from showcause.casework.catalogue import comments_folder, load

    found = desk.run(verbs.load, load(comments_folder()), desk.who)
    if not found.proposed:
        return ()
    with desk.site.store.read() as view:
        alone = _alone(view)
    if not alone:
        return (
            f"{len(found.proposed)} rules for comment sections are proposed.",
            "Next: somebody else puts them in force: `showcause policies approve --all`.",
        )
    for each in found.proposed:
        desk.run(verbs.approve, each.id, desk.who)
    return (f"{len(found.proposed)} rules for comment sections are in force.",)


def connected() -> tuple[str, ...]:
    """Return what is to be done after a section was connected."""
    return (
        "Next: restart `showcause serve`. Then put the section under your articles: "
        "`docs/comments-under-your-articles.md` leads through it.",
        "Readers with accounts of yours: `showcause comments keys add KEY`, the public half of your key.",
    )


def _alone(view: "View") -> bool:
    from showcause.casework.reading import single_operator
    from showcause.domain.site import ConnectedPlatform

    return single_operator(view) and not view.count(ConnectedPlatform)
