"""What was looked at already: a comment in which no breach was found says so, and need not be reported anew."""

from collections.abc import Collection
from datetime import datetime

from showcause.comments.section import Section, micros


def note(section: Section, comment: str, clauses: Collection[str], leaf: str, at: datetime) -> None:
    """Note that no breach of these rules was found in what a comment said at a moment. Harmless to repeat.

    One that is not here any more is passed over.
    """
    with section.changing() as run:
        run.lock_head()
        known = run(
            "SELECT seq FROM {p}comment WHERE id = %s AND state NOT IN ('deleted', 'erased')", comment
        )
        for seq, clause in ((seq, clause) for (seq,) in known for clause in clauses):
            held = run(
                "SELECT 1 FROM {p}judged WHERE comment = %s AND clause = %s AND leaf = %s", seq, clause, leaf
            )
            if not held:
                run(
                    "INSERT INTO {p}judged (comment, clause, moment, leaf) VALUES (%s, %s, %s, %s)",
                    seq, clause, micros(at), leaf,
                )  # fmt: skip
