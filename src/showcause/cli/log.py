"""The log: its head, its checks, its export, and the proofs that leave the house."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from showcause.cli import rotating, witnesses
from showcause.cli.desk import Desk, on_desk
from showcause.cli.recounting import recount
from showcause.cli.shown import decision_id
from showcause.domain.errors import BadInput, LogInconsistent, VerificationFailed
from showcause.home import write_private

if TYPE_CHECKING:
    from showcause.transparency.checkpoint import Checkpoint


@click.command()
@click.argument("decision")
@click.option(
    "--out", type=click.Path(path_type=Path), help="Where to write the file; without it, it is printed."
)
@on_desk(acts=True)
def receipt(desk: Desk, decision: str, out: Path | None) -> None:
    """Write the proof that a decision is in the log, opened for the person concerned.

    It holds everything that was committed under that person's key. Give it to nobody else.
    """
    from showcause.casework.log import receipts
    from showcause.casework.unsealing import note_reading
    from showcause.domain.decision import Decision
    from showcause.domain.subject import SubjectRecord

    wanted = decision_id(desk, decision)
    desk.run(note_reading, "decision", wanted, desk.who)
    note = desk.site.signed_note()
    with desk.site.store.read() as view:
        held = view.get(Decision, wanted)
        owner = view.get(SubjectRecord, held.subject).owner
        proof = receipts.person_proof(view, held.leaf, note, owner)
    hand_out(desk, proof, out, {"decision": held.id, "leaf": held.leaf})


def hand_out(desk: Desk, proof: str, out: Path | None, about: dict[str, Any]) -> None:
    """Write a proof to a new file that only its owner may read, or print it."""
    if out is None:
        desk.answer(about | {"proof": proof}, proof.rstrip("\n"))
        return
    write_private(out, proof.encode())
    desk.answer(
        about | {"file": out}, f"Wrote {out}. Anyone can check it: `showcause verify {out} --key KEY`."
    )


@click.group()
def log() -> None:
    """Look at the log, check it, export it."""


@log.command()
@on_desk()
def head(desk: Desk) -> None:
    """Print the log's signed head: its name, how many entries, and their root."""
    from showcause.casework.log.public_log import published

    note = desk.site.signed_note()
    signed, public = _checkpoint(note), published(desk.site.home.public)
    desk.answer(
        {"origin": signed.origin, "size": signed.size, "root": signed.root, "note": note,
         "public_size": public.size if public else 0},
        note.rstrip("\n"),
        f"The public sees {public.size if public else 0} of {signed.size} entries.",
    )  # fmt: skip


@log.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path), required=False)
@click.option("--policy", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Whom to trust.")
@on_desk()
def verify(desk: Desk, folder: Path | None, policy: Path | None) -> None:
    """Walk a public folder as a stranger would: every entry, every tile, every document."""
    from showcause.casework.log.fsck import verify_public
    from showcause.home import Home
    from showcause.transparency.policy import parse_policy

    home = Home(desk.home.absolute())
    trusted = policy or home.policy
    if not trusted.exists():
        raise BadInput("nobody is named whom to trust", "Say --policy FILE.")
    found = verify_public(folder or home.public, parse_policy(trusted.read_bytes()), desk.progress("entries"))
    size = found.log.checkpoint.size if found.log.checkpoint else 0
    desk.answer(
        {"sound": found.sound, "size": size, "entries": found.log.entries, "kinds": found.log.kinds,
         "numbers": found.log.numbers, "documents": found.documents, "bad_documents": found.bad_documents,
         "faults": found.log.faults},
        f"{found.log.entries} of {size} entries and {found.documents} documents were checked.",
        *(f"  {fault.where}: {fault.message}" for fault in found.log.faults),
        *(f"  document {digest} is missing or not what the log says" for digest in found.bad_documents),
        "It holds." if found.sound else "It does not hold.",
    )  # fmt: skip
    if not found.sound:
        raise VerificationFailed("this log is not what it claims to be")


@log.command()
@on_desk()
def fsck(desk: Desk) -> None:
    """Compare everything that is kept twice: entries, tiles, head, what was signed, what is public, and the records."""
    from showcause.casework.log import fsck as check
    from showcause.casework.log import fsck_keys
    from showcause.casework.log.public_log import published
    from showcause.casework.ports import Head

    heads = [check.KnownHead("the signer", desk.site.last_signed())]
    if (public := published(desk.site.home.public)) is not None:
        heads.append(check.KnownHead("the public folder", Head(public.size, public.root)))
    found = check.fsck(desk.site.store, heads, progress=desk.progress("entries"))
    with desk.site.store.read() as view:
        found.add(fsck_keys.compare(view, _kept_notes(desk), _pinned_keys(desk)))
    desk.answer(
        {"sound": found.sound, "size": found.size, "fenced": found.fenced, "waiting": found.waiting,
         "kinds": found.kinds, "numbers": found.numbers, "findings": found.findings, "count": found.finding_count},
        f"{found.size} entries were compared{'; the log is fenced' if found.fenced else ''}"
        f"{f'; {found.waiting} wait without a place' if found.waiting else ''}.",
        *(f"  {each.where}: {each.says} ({each.code})" for each in found.findings),
        "Everything agrees." if found.sound else f"{found.finding_count} things do not agree.",
    )  # fmt: skip
    if not found.sound:
        raise LogInconsistent(f"{found.finding_count} things that are kept twice do not agree")


@log.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@on_desk()
def export(desk: Desk, folder: Path) -> None:
    """Write the public log, as far as the public may see it, into an empty folder: for a mirror or a web server."""
    from showcause.casework.log import public_log
    from showcause.transparency.export import CHECKPOINT

    if folder.exists() and any(folder.iterdir()):
        raise BadInput(f"{folder} is not empty", "Name an empty or a new folder.")
    seen = public_log.published(desk.site.home.public)
    if seen is None:
        raise BadInput(
            "nothing was published yet", "`showcause serve` publishes by the interval of the site."
        )
    folder.mkdir(parents=True, exist_ok=True)
    (folder / CHECKPOINT).write_bytes((desk.site.home.public / CHECKPOINT).read_bytes())
    key = (desk.site.home.public / public_log.KEY).read_text(encoding="utf-8").strip()
    files = public_log.rebuild(desk.site.store, folder, key, desk.progress("files"))
    desk.answer(
        {"folder": folder, "files": files + 1, "size": seen.size}, f"Wrote {files + 1} files to {folder}."
    )


@log.command("rebuild-tiles")
@on_desk()
def rebuild_tiles(desk: Desk) -> None:
    """Write lost or damaged public files again from the database, under the head that the public has.

    The checkpoint itself is no part of it: it is what the files are measured by. Rows that do not carry it write
    nothing.
    """
    from showcause.casework.log import public_log

    folder = desk.site.home.public
    changed = public_log.rebuild(desk.site.store, folder, desk.site.log_key(), desk.progress("files"))
    seen = public_log.published(folder)
    desk.answer(
        {"changed": changed, "size": seen.size if seen else 0},
        f"{changed} files were missing or different and are as they were."
        if changed
        else "Every file was there.",
    )


@log.command()
@click.argument("entry")
@click.option("--out", type=click.Path(path_type=Path))
@on_desk()
def proof(desk: Desk, entry: str, out: Path | None) -> None:
    """Write the proof that an entry (its id, or its index) is in the log. It opens no field."""
    from showcause.casework.log import receipts
    from showcause.domain.logbook import LeafNote
    from showcause.transparency.leaf import decode
    from showcause.transparency.receipt import to_proof

    note = desk.site.signed_note()
    with desk.site.store.read() as view:
        if entry.isdecimal() and len(entry) < 12:
            data = view.log.leaf(int(entry))
            if data is None:
                raise BadInput(
                    f"the log has no entry {entry}", "`showcause log head` says how many there are."
                )
            leaf = decode(data).id
        else:
            leaf = desk.id(LeafNote, entry)
        made = to_proof(receipts.receipt_for(view, leaf, note, {}))
    hand_out(desk, made, out, {"leaf": leaf})


@log.command()
@click.option(
    "--to",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Where to write it; without it, only its digest.",
)
@on_desk()
def verifier(desk: Desk, to: Path | None) -> None:
    """Write the checker of proofs that works in any browser without a network, and print its SHA-256.

    It names no site and no key: the digest is the same for everybody who runs this version.
    """
    from hashlib import sha256

    data = desk.wiring.verifier()
    if to is not None:
        if to.exists():
            raise BadInput(f"{to} exists", "Name a new file.")
        to.write_bytes(data)
    digest = sha256(data).hexdigest()
    desk.answer(
        {"sha256": digest, "bytes": len(data), "file": to},
        *([f"Wrote {to}. Open it in a browser; it asks nobody for anything."] if to else []),
        f"SHA-256: {digest}",
    )


@log.command()
@on_desk()
def fence(desk: Desk) -> None:
    """Stop signing, for example because the key was stolen: new restrictions wait, lifts and appeals go on."""
    from showcause.casework.log import signing

    signing.fence(desk.site.store)
    desk.answer(
        {"fenced": True}, "Nothing is signed from now on; `showcause log unfence` would let the log go on."
    )


@log.command()
@on_desk()
def unfence(desk: Desk) -> None:
    """Let a fenced log go on, if the database continues what was signed; what waited gets its place."""
    from showcause.casework.log import signing
    from showcause.domain.errors import Fenced

    signer = desk.site.signer
    if desk.site.differing:
        raise Fenced("; ".join(each.says for each in desk.site.differing))
    waited = desk.run(signing.unfence, signer)
    desk.answer({"appended": waited}, f"The log goes on; {waited} entries that waited have their places.")


@log.command()
@click.argument("checkpoint", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@on_desk()
def recover(desk: Desk, checkpoint: Path) -> None:
    """Set the signer's lost file again, from the newest checkpoint of this log that anybody kept."""
    from showcause.home import Home

    at = Home(desk.home.absolute())
    size = desk.wiring.recover(at.log_key, at.state, checkpoint.read_text(encoding="utf-8"))
    desk.answer({"size": size}, f"The signer remembers {size} entries again, and signs nothing older.")


for _command in (witnesses.witness, witnesses.quorum, witnesses.level, witnesses.trust):
    log.add_command(_command)


for _command in (rotating.rotate, rotating.second_key, rotating.keys):
    log.add_command(_command)


log.add_command(recount)


def _kept_notes(desk: Desk) -> list[tuple[str, str]]:
    """Return the signed heads that are kept here, each with the name of who keeps it."""
    from showcause.transparency.export import CHECKPOINT

    places = (("the signer", desk.site.home.head), ("the public folder", desk.site.home.public / CHECKPOINT))
    return [
        (name, place.read_text(encoding="utf-8", errors="replace"))
        for name, place in places
        if place.exists()
    ]


def _pinned_keys(desk: Desk) -> list[str]:
    from showcause.transparency.policy import parse_policy

    return [str(each) for each in parse_policy(desk.site.home.policy.read_bytes()).logs]


def _checkpoint(note: str) -> "Checkpoint":
    from showcause.transparency.checkpoint import parse_checkpoint
    from showcause.transparency.note import parse_note

    return parse_checkpoint(parse_note(note).text)
