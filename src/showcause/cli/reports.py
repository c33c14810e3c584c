"""Filing reports by hand: an authority's letter, a phone call, something that a moderator saw."""

import click

from showcause.cli.desk import Desk, on_desk
from showcause.domain.errors import BadInput

KINDS = ("account", "content", "space", "media")
INTAKES = ("own-initiative", "terms-report", "art16", "trusted-flagger", "authority", "order")


@click.command()
@click.argument("platform")
@click.argument("kind", type=click.Choice(KINDS))
@click.argument("ref")
@click.option("--author", help="Whose content it is, by the platform's own name.")
@click.option("--reason", required=True, help="What is wrong, in words.")
@click.option("--intake", type=click.Choice(INTAKES), default="own-initiative", show_default=True)
@click.option("--key", help="A name for this report; the same name again files nothing twice.")
@click.option("--language", default="en", show_default=True)
@click.option("--life", is_flag=True, help="Somebody's life is in danger.")
@click.option("--good-faith", is_flag=True, help="The notifier said that they believe it in good faith.")
@click.option(
    "--identified", is_flag=True, help="The notifier gave name and e-mail, or the law asks for none."
)
@on_desk()
def report(
    desk: Desk, platform: str, kind: str, ref: str, author: str | None, reason: str, intake: str, key: str | None,
    language: str, life: bool, good_faith: bool, identified: bool,
) -> None:  # fmt: skip
    """File a report about an account, a piece of content, a space or a media file."""
    from showcause.casework import intake as desk_of_entry
    from showcause.casework.ports import IncomingReport
    from showcause.casework.reading import platform as platform_record
    from showcause.domain.report import IntakeKind
    from showcause.domain.subject import Subject, SubjectKind

    if not reason.strip():
        raise BadInput("the reason is empty", "Say in a sentence what is wrong.")
    with desk.site.store.read() as view:
        platform_record(view, platform)
    incoming = IncomingReport(
        external_key=key or desk.site.ids(),
        subject=Subject(platform, SubjectKind(kind), ref),
        author=Subject(platform, SubjectKind.ACCOUNT, author) if author else None,
        reporter=None,
        reason=reason,
        received_at=desk.site.clock(),
    )
    manner = desk_of_entry.Manner(
        IntakeKind(intake), language, life=life, good_faith=good_faith, has_identity=identified
    )
    made = desk.run(desk_of_entry.submit, incoming, manner)
    where = f"in case {made.case[:12]}" if made.case else f"refused: it {made.refused_because}"
    desk.answer(made, f"Report {made.number}: {made.state} {where}.")
