"""What stands at the places of a thread besides the comments: marks of decisions, answers of those written about."""

from collections.abc import Sequence

from showcause.comments.section import Run, marks, moment
from showcause.comments.values import Beside, BesideKind, Comment, Mark, MarkKind, Place


def places(run: Run, comments: Sequence[Comment]) -> list[Place]:
    """Return the place of each comment, in their order."""
    if not comments:
        return []
    seqs = [each.seq for each in comments]
    marked, beside = _marks(run, seqs), _beside(run, seqs)
    return [
        Place(each, tuple(marked.get(each.seq, ())), tuple(beside.get(each.seq, ()))) for each in comments
    ]


def _marks(run: Run, seqs: Sequence[int]) -> dict[int, list[Mark]]:
    found = dict[int, list[Mark]]()
    sql = f"SELECT comment, kind, moment, clause, leaf FROM {{p}}mark WHERE comment IN ({marks(seqs)}) ORDER BY no"
    for seq, kind, at, clause, leaf in run(sql, *seqs):
        found.setdefault(seq, []).append(Mark(MarkKind(kind), moment(at), clause, leaf))
    return found


def _beside(run: Run, seqs: Sequence[int]) -> dict[int, list[Beside]]:
    found = dict[int, list[Beside]]()
    sql = (
        f"SELECT comment, id, kind, text, created FROM {{p}}beside WHERE comment IN ({marks(seqs)})"
        " AND state = 'published' ORDER BY no"
    )
    for seq, id_, kind, text, at in run(sql, *seqs):
        found.setdefault(seq, []).append(Beside(id_, BesideKind(kind), text, moment(at)))
    return found
