"""The signed link of a statement, for a moderator who hands it to its person: printed, replaced or closed."""

import click

from showcause.cli.desk import Desk, on_desk


@click.command()
@click.argument("reference")
@click.option(
    "--replace", "how", flag_value="replace", help="Make every earlier link worthless; print a new one."
)
@click.option("--revoke", "how", flag_value="revoke", help="Close every link; --replace opens another.")
@on_desk(acts=True)
def link(desk: Desk, reference: str, how: str | None) -> None:
    """Print the link to a statement's page, by the reference in its letter. The journal keeps who did.

    Whoever has the link reads the statement and appeals as its person: give it to nobody else.
    """
    from showcause.casework import person_links
    from showcause.domain.errors import NotFound
    from showcause.domain.statement import Statement

    with desk.site.store.read() as view:
        found = view.first(Statement, reference=reference.strip().upper())
    if found is None:
        raise NotFound(f"no statement has the reference {reference[:64]!r}", "Copy it from the letter.")
    if how == "revoke":
        desk.run(person_links.revoke, found.id, desk.who)
        desk.answer({"id": found.id, "link": None}, f"Every link to statement {found.reference} is closed.")
        return
    verb = person_links.replace if how == "replace" else person_links.print_
    address = desk.run(verb, found.id, desk.who)
    desk.answer({"id": found.id, "link": address}, address)
