"""The comment section by command line: the rules that come with one, and what is said when it is connected."""

from typing import TYPE_CHECKING

from showcause.cli.desk import Desk

if TYPE_CHECKING:
    from showcause.store.view import View


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


def connected(name: str) -> tuple[str, ...]:
    """Return what is to be done after a section was connected."""
    return (
        "Next: restart `showcause serve`. Then put the section under your articles: "
        "`docs/guides/comments.md` has the two lines.",
        f"Readers with accounts of yours: `showcause comments keys add {name} ID --key FILE`.",
    )


def _alone(view: "View") -> bool:
    from showcause.casework.reading import single_operator
    from showcause.domain.site import ConnectedPlatform

    return single_operator(view) and not view.count(ConnectedPlatform)
