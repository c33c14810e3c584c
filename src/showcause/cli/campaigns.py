"""Floods: one decision over many copies of the same thing, and the review of its sample."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from showcause.cli.desk import Desk, on_desk, whole_id
from showcause.cli.log import hand_out
from showcause.cli.proposing import Asked, asking, proposal_of
from showcause.domain.errors import BadInput, NotFound
from showcause.home import MAX_FILE

KINDS = ("account", "content", "space", "media")
CAMPAIGNS = ("id", "decision", "count", "first_number", "made_at", "pushed")
ITEMS = ("id", "index", "subject", "restriction", "review")
_item = click.argument("id_", metavar="ITEM")


@click.group()
def campaign() -> None:
    """Decide on many copies at once, and review a sample of them."""


@campaign.command()
@click.argument("id_", metavar="CASE")
@click.option(
    "--items",
    required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="One copy a line: the platform's name for it and, after a tab, its author's.",
)
@click.option("--kind", type=click.Choice(KINDS), default="content", show_default=True)
@asking
@on_desk(acts=True)
def propose(desk: Desk, id_: str, items: Path, kind: str, **given: Any) -> None:
    """Propose one decision over more than 100 copies, or one for each of up to 100."""
    from showcause.casework import campaigns
    from showcause.domain.campaign import OWN_LEAF_UP_TO
    from showcause.domain.case import Case

    with desk.site.store.read() as view:
        case = view.get(Case, whole_id(view, Case, id_))
        proposal = proposal_of(view, Asked(**given), case.subject, desk.site.clock())
    copies = _copies(items, case.platform, kind)
    if len(copies) > OWN_LEAF_UP_TO:
        made = [desk.run(campaigns.propose, case.id, desk.who, proposal, copies)]
    else:
        made = desk.run(campaigns.propose_each, case.id, desk.who, proposal, copies)
    desk.answer(
        {"decisions": [{"id": each.id, "commit_at": each.commit_at} for each in made], "items": len(copies)},
        f"Proposed {len(made)} decisions over {len(copies)} copies: {', '.join(each.id[:12] for each in made[:5])}"
        f"{' ...' if len(made) > 5 else ''}.",
    )  # fmt: skip


def _copies(file: Path, platform: str, kind: str) -> list[Any]:
    """Read the copies from a file. Raises: BadInput, naming the line."""
    from showcause.casework.campaigns import Item
    from showcause.domain.subject import Subject, SubjectKind

    if file.stat().st_size > MAX_FILE:
        raise BadInput(f"{file.name} has more than {MAX_FILE} bytes", "Split the campaign.")
    found = []
    for number, line in enumerate(file.read_text(encoding="utf-8", errors="replace").splitlines(), 1):
        if not line.strip():
            continue
        ref, _, author = line.partition("\t")
        try:
            by = Subject(platform, SubjectKind.ACCOUNT, author.strip()) if author.strip() else None
            found.append(Item(Subject(platform, SubjectKind(kind), ref.strip()), by))
        except BadInput as error:
            raise BadInput(f"{file.name}, line {number}: {error.message}") from None
    return found


@campaign.command("list")
@on_desk()
def list_(desk: Desk) -> None:
    """List the campaign decisions, and how far the review of each sample has come."""
    from showcause.casework import sampling
    from showcause.domain.campaign import Campaign

    with desk.site.store.read() as view:
        rows = [
            asdict(each) | {"to_review": sampling.progress(view, each.id).waiting}
            for each in view.find(Campaign)
        ]
    desk.rows(rows, (*CAMPAIGNS, "to_review"), "No campaign was decided.")


@campaign.command()
@click.argument("id_", metavar="CAMPAIGN")
@on_desk()
def sample(desk: Desk, id_: str) -> None:
    """List items of a campaign's sample that nobody has looked at yet."""
    from showcause.casework import sampling
    from showcause.domain.campaign import Campaign

    with desk.site.store.read() as view:
        found = sampling.waiting(view, whole_id(view, Campaign, id_))
    desk.rows(
        [{name: getattr(each, name) for name in ITEMS} for each in found], ITEMS, "The sample is reviewed."
    )


@campaign.command()
@_item
@on_desk(acts=True)
def agree(desk: Desk, id_: str) -> None:
    """Record that you looked at an item of the sample and that the decision was right."""
    from showcause.casework import sampling
    from showcause.domain.campaign import CampaignItem

    done = desk.run(sampling.agree, desk.id(CampaignItem, id_), desk.who)
    desk.answer({"id": done.id, "review": done.review}, f"Item {done.index}: {done.review}.")


@campaign.command()
@_item
@click.option("--reason", required=True, help="What was overlooked; sealed.")
@on_desk(acts=True)
def reverse(desk: Desk, id_: str, reason: str) -> None:
    """Record that an item of the sample was hit wrongly; it is given back."""
    from showcause.casework import sampling
    from showcause.domain.campaign import CampaignItem

    done = desk.run(sampling.reverse, desk.id(CampaignItem, id_), desk.who, reason)
    desk.answer(
        {"id": done.id, "review": done.review}, f"Item {done.index}: {done.review}, and is given back."
    )


@campaign.command()
@click.argument("reference")
@click.option(
    "--out", type=click.Path(path_type=Path), help="Where to write the file; without it, it is printed."
)
@on_desk()
def receipt(desk: Desk, reference: str, out: Path | None) -> None:
    """Write one item's proof, opened for the person whose item it is, by the reference in their statement."""
    from showcause.casework.log.item_receipts import Trees, item_proof
    from showcause.domain.campaign import CampaignItem

    note = desk.site.signed_note()
    with desk.site.store.read() as view:
        item = view.first(CampaignItem, reference=reference.strip().upper())
        if item is None:
            raise NotFound(f"no item has the reference {reference[:64]!r}", "Copy it from the statement.")
        made = item_proof(view, item, note, Trees())
    hand_out(desk, made, out, {"item": item.id})
