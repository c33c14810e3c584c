"""What stands at the places of a thread besides the comments: marks of decisions, answers of those written about."""

from collections.abc import Sequence

from showcause.comments.section import Run, marks, moment
from showcause.comments.values import Beside, BesideKind, Comment, Mark, MarkKind, Place


def places(run: Run, comments: Sequence[Comment]) -> list[Place]:
    """Return the place of each comment, in their order."""
    if not comments:
        return []
    seqs = [each.seq for each in comments]
    (marked, labels, judged), beside = _marks(run, seqs), _beside(run, seqs)
    return [
        Place(
            *(each, tuple(marked.get(each.seq, ())), tuple(beside.get(each.seq, ())), labels.get(each.seq)),
            judged=tuple(
                mark for mark in judged.get(each.seq, ()) if mark.at >= (each.edited_at or each.created_at)
            ),
        )
        for each in comments
    ]


def _marks(
    run: Run, seqs: Sequence[int]
) -> tuple[dict[int, list[Mark]], dict[int, Mark], dict[int, list[Mark]]]:
    """Return the marks of each comment, the oldest first; the labels that stand; what was found no breach."""
    found, labels, judged = dict[int, list[Mark]](), dict[int, Mark](), dict[int, list[Mark]]()
    wanted = marks(seqs)
    sql = (
        f"SELECT comment, kind, moment, clause, leaf, no FROM {{p}}mark WHERE comment IN ({wanted}) UNION ALL"
        f" SELECT c.seq, '{MarkKind.LABELLED}', s.since, s.clause, s.leaf, 0 FROM {{p}}comment c"
        " JOIN {p}standing s ON s.kind = 'content' AND s.ref = c.id AND s.measure = 'label'"
        f" WHERE c.seq IN ({wanted}) UNION ALL SELECT comment, '{MarkKind.JUDGED}', moment, clause, leaf, no"
        f" FROM {{p}}judged WHERE comment IN ({wanted}) ORDER BY 6"
    )
    for seq, kind, at, clause, leaf, _ in run(sql, *seqs, *seqs, *seqs):
        mark = Mark(MarkKind(kind), moment(at), clause, leaf)
        if mark.kind is MarkKind.LABELLED:
            labels[seq] = mark
        elif mark.kind is MarkKind.JUDGED:
            judged.setdefault(seq, []).append(mark)
        else:
            found.setdefault(seq, []).append(mark)
    return found, labels, judged


def _beside(run: Run, seqs: Sequence[int]) -> dict[int, list[Beside]]:
    found = dict[int, list[Beside]]()
    sql = (
        "SELECT b.comment, b.id, b.kind, b.text, b.created, a.name, b.language FROM {p}beside b"
        f" JOIN {{p}}author a ON a.no = b.author WHERE b.comment IN ({marks(seqs)})"
        " AND b.state = 'published' ORDER BY b.no"
    )
    for seq, id_, kind, text, at, name, language in run(sql, *seqs):
        found.setdefault(seq, []).append(Beside(id_, BesideKind(kind), text, moment(at), name, language))
    return found
