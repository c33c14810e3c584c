"""One night on Plaza, a small fictional platform, in nine chapters. Each does something real and says why.

A chapter returns what the reader of `--json` gets: the ids of what happened, so that everything can be looked up.
"""

from collections.abc import Callable, Mapping
from typing import Any

from showcause.casework import baselines, founding, rendering
from showcause.casework.log import receipts
from showcause.casework.ports import Found
from showcause.demo.rule_story import rule
from showcause.demo.stage import PLATFORM, Stage
from showcause.domain.baseline import BaselineEntry
from showcause.domain.decision import Decision, GroundRef
from showcause.domain.errors import NoGroundInForce
from showcause.domain.report import Report
from showcause.domain.restriction import Measure
from showcause.domain.statement import Statement
from showcause.domain.subject import Subject, SubjectKind
from showcause.transparency.errors import LogError
from showcause.transparency.policy import Policy
from showcause.transparency.receipt import from_proof
from showcause.transparency.verify import verify_receipt
from showcause.transparency.words import explain

Told = Mapping[str, Any]
FUNDRAISER = "lantern-walk"
SENDER = "harbour-news"
SECOND = "harbour-news-2"
CROWD = 300
HIGH_REACH = 1_000


def before(stage: Stage) -> Told:
    """What was there before: old bans are imported, so that nobody is accused of them and nothing rests on them."""
    stage.account("old-ben")
    stage.world.impose(SubjectKind.ACCOUNT, "old-ben", Measure.SUSPEND)
    found = [Found(Subject(PLATFORM, SubjectKind.ACCOUNT, "old-ben"), Measure.SUSPEND)]
    baseline = stage.runner.run(baselines.import_baseline, PLATFORM, found, "ada")
    stage.runner.run(founding.change_setting, "high-reach", str(HIGH_REACH), "ada")
    stage.say(
        "Plaza is connected. Its one old ban (old-ben) is imported as it is: cause not recorded. It is counted, "
        "and nothing may rest on it until a person has looked at it. Whoever reaches a thousand people here gets a "
        "second reviewer: a public formula, the same for all, and its threshold is an entry of the log."
    )
    return {"baseline": baseline.id, "imported": baseline.count}


def explodes(stage: Stage) -> Told:
    """An account explodes, and changes its name on the way."""
    account = stage.account(FUNDRAISER, followers=2_000)
    stage.world.rename(FUNDRAISER, "Lantern Walk LIVE")
    stage.say(
        "A fundraiser goes live. lantern-walk gains two thousand followers in an evening and renames itself "
        "“Lantern Walk LIVE”. Nothing limits who may follow it: a limit would be a decision, with its reason on record."
    )
    return {"account": account.ref, "followers": stage.world.followers(FUNDRAISER)}


def reported(stage: Stage) -> Told:
    """Hundreds of reports fold into one case, and their number changes nothing."""
    about = Subject(PLATFORM, SubjectKind.ACCOUNT, FUNDRAISER)
    stage.report(about, "This account evades a suspension!", *(f"caller-{n}" for n in range(CROWD)))
    stage.settle()
    case = stage.case_about(about)
    standing = stage.world.standing(SubjectKind.ACCOUNT, FUNDRAISER)
    stage.say(
        f"Within minutes {case.reports} accounts report it for “evading suspension”. They become one case with a "
        f"counter. Measures on the account: {', '.join(standing) or 'none'}. The number orders the queue and nothing "
        "else; whether they were coordinated is not claimed here. Each reporter has an acknowledgement with a number."
    )
    return {"case": case.id, "reports": case.reports, "measures": sorted(standing)}


def refused(stage: Stage) -> Told:
    """“Suspension evasion” is refused, because no earlier decision is in force."""
    case = stage.case_about(Subject(PLATFORM, SubjectKind.ACCOUNT, FUNDRAISER))
    with stage.store.read(stage.clock()) as view:
        old = view.find(BaselineEntry)[0]
    refusals = [
        _refusal(stage, case.id, ()),
        _refusal(stage, case.id, (GroundRef(old.baseline, old.id),)),
    ]
    decision = stage.no_breach(case, "bea", "No earlier restriction of this person or group is in force.")
    with stage.store.read(stage.clock()) as view:
        answered = view.count(Report, case=case.id, state="answered")
    stage.say(
        f"Bea proposes “suspension evasion” all the same. Refused: {refusals[0]}. She names the old ban. Refused: "
        f"{refusals[1]}. She finds no breach and says why; {answered} reporters get that answer and may contest it."
    )
    return {"refusals": refusals, "decision": decision.id, "answered": answered}


def _refusal(stage: Stage, case: str, grounds: tuple[GroundRef, ...]) -> str:
    about = Subject(PLATFORM, SubjectKind.ACCOUNT, FUNDRAISER)
    try:
        stage.propose(
            stage.case_about(about),
            "bea",
            "integrity.evasion@1",
            "continues",
            ("a similar name", "the same followers"),
            {"signals": ("a similar name", "the same followers")},
            grounds=grounds,
        )
    except NoGroundInForce as error:
        return error.message
    raise AssertionError(f"a proposal without a ground was taken on case {case}")


def threat(stage: Stage) -> Told:
    """A threat is removed: one preset, one word."""
    stage.account("lou")
    text = "I know where the walk ends. You will not get home."
    post = Subject(PLATFORM, SubjectKind.CONTENT, stage.world.post("lou", "square", text))
    stage.report(post, "a threat", "mia")
    stage.settle()
    decision = stage.propose(stage.case_about(post), "cleo", "safety.threats@1", "threat", (text,))
    decided = stage.carry_out(decision)
    stage.say(
        "Under the fundraiser somebody posts a threat. Cleo takes the case and picks the preset “a threat”: two "
        "keystrokes, and clause, elements, measure and statement are there. Thirty seconds later, the time to undo, "
        f"it is logged and then removed. Readable for others now: {stage.world.read(post.ref) or 'nothing'}. The "
        "author is told that a removal cannot be undone, and may appeal all the same."
    )
    return {
        "case": decision.case,
        "decision": decided.id,
        "leaf": decided.leaf,
        "readable": stage.world.read(post.ref),
    }


def evasion(stage: Stage) -> Told:
    """A real evasion names its ground; the ground is reversed on appeal, and both fall."""
    ground = _suspend(stage, stage.account(SENDER, followers=100), "the same message in forty places")
    second = stage.account(SECOND)
    stage.report(second, "it is the same sender again", "noor")
    stage.settle()
    restriction = stage.restriction_of(ground)
    derived = stage.propose(
        stage.case_about(second),
        "bea",
        "integrity.evasion@1",
        "continues",
        ("the same verified contact", "the same messages an hour later"),
        {"signals": ("the same verified contact", "the same messages an hour later")},
        grounds=(GroundRef(ground.id, restriction.id),),
    )
    derived = stage.carry_out(derived, second="dan")
    stage.say(
        "harbour-news is suspended for spam: Bea proposes, Dan approves. It goes on from a second account, and that "
        "one is suspended for evasion. This time the decision names its ground, and the statement says how to contest "
        "either of the two."
    )
    appeal = stage.appeal(ground, "These were the tide tables that our readers subscribed to.")
    stage.pass_time(hours=1)
    heard = stage.hear(appeal, "cleo", "The messages went to people who had subscribed. It was not spam.")
    ground, derived = stage.again(ground), stage.again(derived)
    lists = {SENDER: stage.came_back(ground), SECOND: stage.came_back(derived)}
    stage.say(
        f"The sender appeals. Cleo, who had no part in it, reverses the decision. It is {ground.state}, and what "
        f"rested only on it is {derived.state} in the same moment. Back: {_words(lists[SENDER]['restored'])}. "
        f"Not back: {_words(lists[SENDER]['lost'])}. The person is told both."
    )
    return {
        "ground": ground.id,
        "derived": derived.id,
        "appeal": heard.id,
        "states": [str(ground.state), str(derived.state)],
        "restoration": lists,
    }


def _suspend(stage: Stage, account: Subject, evidence: str) -> Decision:
    stage.report(account, "spam", "noor")
    stage.settle()
    case = stage.case_about(account)
    proposed = stage.propose(case, "bea", "integrity.spam@1", "deceptive-links", (evidence,), rung="suspend")
    return stage.carry_out(proposed, second="dan")


def answered_in_time(stage: Stage) -> Told:
    """The fundraiser is limited in error; the appeal is answered within the promised hours."""
    account = Subject(PLATFORM, SubjectKind.ACCOUNT, FUNDRAISER)
    stage.report(account, "too many messages", "caller-1")
    stage.settle()
    proposed = stage.propose(
        stage.case_about(account),
        "bea",
        "integrity.spam@1",
        "flood",
        ("sixty posts in an hour",),
        {"count": 60, "span": 3600},
    )
    decided = stage.carry_out(proposed, second="dan")
    appeal = stage.appeal(
        decided, "We thanked each donor by name. Nobody got a message they had not asked for."
    )
    promised = (appeal.promised_at - appeal.lodged_at).total_seconds() / 3600
    stage.pass_time(hours=2)
    heard = stage.hear(appeal, "cleo", "Thanks to donors are not spam.")
    after = (stage.clock() - appeal.lodged_at).total_seconds() / 3600
    stage.say(
        "Late at night the fundraiser itself is limited, in error. Its reach adds a second reviewer, and still two "
        f"people can be wrong. Because time matters here the appeal is promised an answer within {promised:.0f} hours; "
        f"it is reversed after {after:.1f}. Measures left: "
        f"{', '.join(stage.world.standing(SubjectKind.ACCOUNT, FUNDRAISER)) or 'none'}."
    )
    return {
        "decision": decided.id,
        "appeal": heard.id,
        "promised_hours": promised,
        "answered_hours": round(after, 2),
        "restoration": stage.came_back(stage.again(decided)),
    }


def proof(stage: Stage, trusted: Policy) -> Told:
    """A proof that anyone can check, and the same proof with one byte flipped."""
    head = stage.worker.head
    if head is None:
        raise AssertionError("the log was never signed")
    with stage.store.read(stage.clock()) as view:
        decisions = view.find(Decision, state=("in-force", "superseded"))
        newest = decisions[-1]
        statement = view.first(Statement, decision=newest.id)
        if statement is None:
            raise AssertionError("the last decision has no statement")
        held = receipts.person_proof(view, newest.leaf, head.note, statement.person).encode()
        letter = rendering.statement(view, statement).text
        verified = [
            verify_receipt(receipts.receipt_for(view, each.leaf, head.note, {}), trusted)
            for each in decisions
        ]
    words = explain(verify_receipt(from_proof(held), trusted))
    flipped = _flipped(held)
    stage.say("The person keeps this letter:\n\n" + _indented(letter))
    stage.say(
        "And this proof, which anyone can check offline and without us:\n\n" + _indented("\n".join(words))
    )
    stage.say(f"The same file with one byte flipped is refused: {_refused_by(flipped, trusted)}")
    return {
        "decision": newest.id,
        "leaf": newest.leaf,
        "proof": held.decode(),
        "flipped_refused": _refused_by(flipped, trusted),
        "receipts_verified": len(verified),
        "log_size": head.size,
    }


def _flipped(proof_: bytes) -> bytes:
    """Return a proof with one bit of one inclusion hash changed."""
    lines = proof_.split(b"\n")
    at = next(i for i, line in enumerate(lines) if line.startswith(b"index ")) + 1
    first = lines[at][:1]
    lines[at] = (b"B" if first == b"A" else b"A") + lines[at][1:]
    return b"\n".join(lines)


def _refused_by(proof_: bytes, trusted: Policy) -> str:
    try:
        verify_receipt(from_proof(proof_), trusted)
    except LogError as error:
        return str(error)
    raise AssertionError("a flipped byte was accepted")


def _words(things: list[str]) -> str:
    return ", ".join(things) or "nothing"


def _indented(text: str) -> str:
    return "\n".join(f"    {line}" if line else "" for line in text.splitlines())


CHAPTERS: tuple[tuple[str, str, Callable[[Stage], Told]], ...] = (
    ("before", "What was there before", before),
    ("explodes", "An account explodes", explodes),
    ("reported", "Three hundred reports, one case", reported),
    ("refused", "A reason that does not hold", refused),
    ("threat", "A threat", threat),
    ("evasion", "A real evasion, whose ground falls", evasion),
    ("appeal", "An appeal answered in time", answered_in_time),
    ("rule", "A rule that says whom it would have hit", rule),
)

NOT_PROVED = (
    "What this does not prove: that the decisions were just; that nothing was done behind the log's back (somebody "
    "with the platform's own tools can act by hand: such acts are searched for and counted, not prevented); and, as "
    "long as nobody outside keeps checkpoints of this log, that everyone was shown the same log."
)
