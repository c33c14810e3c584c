"""Addresses of those who write in a comment section: kept for what concerns their words, and confirmed by a letter.

The section knows a keyed hash; the address itself lies here, sealed under its author's own key, and goes with it.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from showcause.casework import telling
from showcause.casework.ports import Ids
from showcause.casework.reading import reference, register
from showcause.casework.subjects import keep_contact
from showcause.domain.campaign import Campaign, CampaignItem
from showcause.domain.decision import Decision
from showcause.domain.lifecycle import ServiceState
from showcause.domain.link import LinkKind
from showcause.domain.site import Letter, LetterKind
from showcause.domain.statement import Statement
from showcause.domain.subject import Subject
from showcause.store import bulk
from showcause.store.tx import Tx
from showcause.store.view import View


def introduce(
    tx: Tx, now: datetime, ids: Ids, account: Subject, address: str, language: str, link: str | None
) -> Letter | None:
    """Keep a new author's e-mail address, and write to it: whoever follows the link confirms that it is theirs.

    Without a link nothing is written. Raises: BadInput for a text that is no address; Forgotten.
    """
    record = register(tx, account)
    keep_contact(tx, now, ids, record.id, address)
    if link is None:
        return None
    return telling.letter(
        tx,
        now,
        ids,
        LetterKind.ADDRESS,
        account=record.id,
        about=record.id,
        language=language,
        sentences=[("address.confirm", {"link": link}), ("address.ignore", {})],
        reference=reference(ids),
    )


def answer_published(
    tx: Tx, now: datetime, ids: Ids, account: Subject, title: str, language: str, link: str
) -> Letter | None:
    """Tell whoever answered beside a comment, being written about, that the answer stands there; it quotes nothing.

    None where no address is kept any more.
    """
    record = register(tx, account)
    if record.contact is None:
        return None
    return telling.letter(
        tx,
        now,
        ids,
        LetterKind.NOTICE,
        account=record.id,
        about=record.id,
        language=language,
        sentences=[("notice.answer", {"title": title, "link": link})],
        reference=reference(ids),
    )


@dataclass(frozen=True, slots=True)
class Reason:
    """Where the reasons of a decision on somebody's words stand, and the sentence of these words that it concerns."""

    kind: LinkKind
    record: str
    sentence: str = ""


def reasons_on(
    view: View, account: Subject, decided: Collection[tuple[Subject, str]]
) -> dict[tuple[str, str], Reason]:
    """Return the reasons of decisions on an account's words, by the comment's id and the decision's leaf.

    `decided` are pairs of a comment and the leaf of a decision on it. A campaign that sends its authors nothing has
    them at each of its items.
    """
    owner = _known(view, account)
    if owner is None or not decided:
        return {}
    decisions = {each.id: each for each in view.find(Decision, leaf=tuple({leaf for _, leaf in decided}))}
    sealed = bulk.unseal_all(view, [each.facts for each in decisions.values()])
    said = {
        each.leaf: (held or {}).get("quoted", "")
        for each, held in zip(decisions.values(), sealed, strict=True)
    }
    told = view.find(Statement, decision=tuple(decisions), person=owner) if decisions else []
    sent = {decisions[each.decision].leaf: each for each in told if each.state is not ServiceState.EXEMPT}
    found = {
        (comment.ref, leaf): Reason(LinkKind.STATEMENT, sent[leaf].id, said[leaf])
        for comment, leaf in decided
        if leaf in sent
    }
    campaigns = {each.id: each.leaf for each in decisions.values() if each.campaign and each.leaf not in sent}
    return found | _of_items(view, owner, campaigns, [comment for comment, _ in decided], said)


def _of_items(
    view: View, owner: str, campaigns: Mapping[str, str], comments: Sequence[Subject], said: Mapping[str, str]
) -> dict[tuple[str, str], Reason]:
    """Return the reasons at items of these campaign decisions. `campaigns` and `said` lead from and by leaves."""
    if not campaigns:
        return {}
    leaves = {each.id: campaigns[each.decision] for each in view.find(Campaign, decision=tuple(campaigns))}
    refs = {known: each.ref for each in comments if (known := _known(view, each)) is not None}
    return {
        (refs[item.subject], leaf): Reason(LinkKind.ITEM, item.id, said[leaf])
        for item in bulk.find_each(view, CampaignItem, "subject", list(refs))
        if item.owner == owner and (leaf := leaves.get(item.campaign)) is not None
    }


def _known(view: View, subject: Subject) -> str | None:
    return view.keys.known("\x00".join((subject.platform, subject.kind, subject.ref)))
