"""Moving comments: in from WordPress and Isso, out as one JSON object a line."""

import json
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from showcause.cli.desk import Desk, on_desk
from showcause.domain.errors import BadInput, NotFound

if TYPE_CHECKING:
    from showcause.comments.arriving import Arriving, Misfit
    from showcause.comments.importing import Imported
    from showcause.comments.section import Section

SAYS: Final = {
    "spam": "marked as spam there",
    "deleted": "deleted there",
    "link-back": "a notice that another site links here, by nobody",
    "empty": "nothing but markup",
    "no-article": "under a page that is on none of the section's sites",
    "unreadable": "without a time or a state that could be read",
    "too-long": "longer than any comment may be",
}


def section_of(desk: Desk) -> "Section":
    """Return the site's comment section. Raises: NotFound."""
    found = desk.site.section()
    if found is None:
        raise NotFound("this site has no comment section", "Make one: `showcause connect comments NAME`.")
    return found


def check_operator(desk: Desk) -> None:
    """Do nothing for an operator. Raises: NotPermitted."""
    from showcause.casework.log.publishing import acting
    from showcause.domain.people import Role

    with desk.site.store.transaction(desk.site.clock()) as tx:
        acting(tx, desk.who, Role.OPERATOR)


@click.command("import")
@click.argument("system", type=click.Choice(["wordpress", "isso"]))
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--site", default="", help="The newspaper's site, to which the paths of Isso belong. Default: the first."
)
@click.option("--language", default="", help="The language of the comments. Default: the section's first.")
@on_desk(acts=True)
def import_(desk: Desk, system: str, file: Path, site: str, language: str) -> None:
    """Take in the comments of another system: WordPress's export (Tools, Export), or Isso's database file.

    May be stopped and started again: no comment is taken twice. What is published there is published here and counts
    as checked; what waits there waits here. E-mail addresses are sealed, network addresses are not read. Import before
    readers write: an older comment that comes later stands below newer ones.
    """
    from showcause.comments.importing import Import

    check_operator(desk)
    section = section_of(desk)
    known = section.settings.languages
    if language and language not in known:
        raise BadInput(f"the section has no language {language[:20]}", f"It has {', '.join(known)}.")
    taking = Import(
        section,
        desk.site.clock(),
        desk.site.ids,
        system,
        language or known[0],
        keep_contacts=lambda some: _keep(desk, section.name, some),
    )
    report = taking.take(_found(desk, section, system, file, site))
    _tell(desk, report)


def _found(
    desk: Desk, section: "Section", system: str, file: Path, site: str
) -> "Iterator[Arriving | Misfit]":
    from showcause.comments import arriving_isso, arriving_wordpress

    if system == "wordpress":
        return arriving_wordpress.read(file, desk.progress("bytes"))
    site = site or next(iter(section.settings.origins), "")
    return arriving_isso.read(file, site, desk.progress("comments"))


def _keep(desk: Desk, platform: str, some: Sequence[tuple[str, str]]) -> None:
    """Seal the addresses of authors, so that a decision about what they wrote can reach them."""
    from showcause.casework.subjects import Told, tell_all
    from showcause.domain.subject import Subject, SubjectKind

    if some:
        told = [Told(Subject(platform, SubjectKind.ACCOUNT, author), contact=mail) for author, mail in some]
        desk.run(tell_all, told)


def _tell(desk: Desk, report: "Imported") -> None:
    misfits = {str(why): count for why, count in report.misfits.most_common()}
    desk.answer(
        {
            "new": report.new, "known": report.known, "waiting": report.waiting, "moved": report.moved,
            "nameless": report.nameless, "misfits": misfits,
            "first": [{"source": each.source, "why": each.why} for each in report.first],
        },
        f"{report.new} comments are new, {report.known} were taken in before, {sum(misfits.values())} do not fit.",
        *([f"{report.waiting} of them wait for validation."] if report.waiting else []),
        *([f"{report.moved} answered what was not taken, and stand higher up."] if report.moved else []),
        *([f"{report.nameless} authors had no name that could be kept."] if report.nameless else []),
        *(f"  {count} {SAYS[why]}" for why, count in misfits.items()),
        *(f"  number {each.source}: {SAYS[each.why]}" for each in report.first),
    )  # fmt: skip


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--public", is_flag=True, help="Only what every reader sees, to be given to others.")
@on_desk(acts=True)
def export(desk: Desk, file: Path, public: bool) -> None:
    """Write all articles, authors and comments into FILE, one JSON object a line. E-mail addresses are in none."""
    from showcause.comments.leaving import lines

    check_operator(desk)
    told, written = desk.progress("lines"), 0
    try:
        with open(file, "x", encoding="utf-8", opener=_private) as opened:  # Path.open takes no opener
            for written, line in enumerate(lines(section_of(desk), public=public), 1):
                opened.write(json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n")
                if written % 1_000 == 0:
                    told(written, None)
    except FileExistsError:
        raise BadInput(f"{file.name} is there already", "Name a file that is not there yet.") from None
    desk.answer({"lines": written, "file": str(file)}, f"{written} lines are in {file}.")


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
