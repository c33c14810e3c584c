"""Taking entries from whoever has them: `add-checkpoint` says what is to come, `add-entries` brings it.

The checkpoint of a log becomes the pending one, by the rules of a witness, and is not cosigned: we have stored nothing
of it yet. Entries come in packages of 256, each with a proof that it stands in the pending tree; a package is checked
and on the disk before the next one is read, so that an upload may break off anywhere and go on from there. Several at
once do no harm: what two of them bring is proven to be the same. Only when nothing is missing the mirror cosigns.

Source: c2sp.org/tlog-mirror.
"""

from http import HTTPStatus
from itertools import islice
from typing import Final

from showcause.transparency.checkpoint import Checkpoint
from showcause.transparency.errors import Inconsistent, Malformed, Missing
from showcause.transparency.keys import VerifierKey
from showcause.transparency.merkle import leaf_hash, root_of
from showcause.transparency.subtrees import verify_subtree
from showcause.transparency.tiles import WIDTH
from showcause.transparency.uploads import (
    MIRROR_INFO,
    PACKAGES_A_REQUEST,
    Cut,
    MirrorInfo,
    Package,
    Span,
    Take,
    Upload,
    read_package,
    read_upload,
)
from showcause.witness.cosigning import Answer, Cosigner, cosigned
from showcause.witness.memory import Seen
from showcause.witness.mirroring import Mirror

MOST_PACKAGES: Final = 8 * PACKAGES_A_REQUEST
"""So many packages are taken from one request; whoever sends more is told to go on with another."""
MOST_EXCESS: Final = PACKAGES_A_REQUEST * WIDTH
"""So many entries may be sent that are stored already."""


class Pending(Cosigner):
    """A witness' `add-checkpoint` that writes the pending tree down and signs nothing."""

    def __init__(self, mirror: Mirror) -> None:
        super().__init__(mirror.memory, mirror.clock)
        self._mirror = mirror

    def _known(self, origin: str) -> Seen:
        return self._mirror.pending(origin)

    def _accept(self, note: str, tree: Checkpoint, keys: tuple[VerifierKey, ...]) -> Answer:
        now = self._mirror.clock()
        kept, _ = cosigned(note, keys, (), now)
        self.memory.keep_pending(tree.origin, Seen(tree.size, tree.root, kept, now))
        return Answer(HTTPStatus.OK, "")


class Receiver:
    """A mirror's `add-entries`. It may be called by several threads and programs at once."""

    def __init__(self, mirror: Mirror) -> None:
        self._mirror = mirror

    def add_entries(self, take: Take) -> Answer:
        """Take a body apart while it arrives, store what is proven, and cosign when nothing is missing.

        Raises: Inconsistent when the copy is found damaged; OSError of the disk.
        """
        try:
            upload = read_upload(take)
            refused = self._refuse(upload)
            return refused or self._receive(upload, take)
        except Malformed as error:
            return Answer(HTTPStatus.BAD_REQUEST, f"{error.message}\n")

    def _refuse(self, upload: Upload) -> Answer | None:
        """Answer an upload that cannot be taken, from its beginning alone."""
        mirror, origin = self._mirror, upload.origin
        if not mirror.memory.keys_of(origin):
            return Answer(HTTPStatus.NOT_FOUND, "this log is not mirrored here\n")
        if not mirror.pending(origin).note:
            return Answer(HTTPStatus.UNPROCESSABLE_ENTITY, "no checkpoint of this log was added yet\n")
        stored = mirror.next_entry(origin)
        excess = min(upload.end, stored) - upload.start
        if not self._is_good(upload) or upload.start > stored or excess > MOST_EXCESS:
            return self._stands(HTTPStatus.CONFLICT, upload)
        return None

    def _is_good(self, upload: Upload) -> bool:
        """Tell whether an upload ends where a tree does that was added and is not overtaken."""
        served = self._mirror.served(upload.origin)
        if served and upload.end < served.size:
            return False
        return self._mirror.tree_at(upload.origin, upload.end) is not None

    def _receive(self, upload: Upload, take: Take) -> Answer:
        taken = 0
        for span in islice(upload.spans(), MOST_PACKAGES):
            try:
                package = read_package(take, span)
            except Cut:
                break
            if refused := self._store(upload, span, package):
                return refused
            taken += 1
        if not taken and upload.start < upload.end:
            return Answer(HTTPStatus.BAD_REQUEST, "the body ends before its first package does\n")
        if self._mirror.next_entry(upload.origin) < upload.end:
            return self._stands(HTTPStatus.ACCEPTED, upload)
        lines = self._mirror.finish(upload.origin, upload.end)
        return Answer(HTTPStatus.OK, lines) if lines else self._stands(HTTPStatus.CONFLICT, upload)

    def _store(self, upload: Upload, span: Span, package: Package) -> Answer | None:
        """Check a package against the signed tree, and store it; or say why not."""
        mirror, origin = self._mirror, upload.origin
        tree = mirror.tree_at(origin, upload.end)
        if tree is None:  # forgotten meanwhile: many larger ones came
            return self._stands(HTTPStatus.CONFLICT, upload)
        try:
            entries = [*mirror.entries(origin, span.first, span.start), *package.entries]
            node = root_of(leaf_hash(entry) for entry in entries)
            verify_subtree(span.first, span.end, node, upload.end, tree.root, package.proof)
            mirror.save(origin, span.first, entries)
        except Inconsistent as error:
            return Answer(HTTPStatus.UNPROCESSABLE_ENTITY, f"{error.message}\n")
        except (Missing, Malformed):  # the copy lost a file: whoever sends begins where it is missing
            mirror.recount(origin)
            return self._stands(HTTPStatus.CONFLICT, upload)
        return None

    def _stands(self, status: HTTPStatus, upload: Upload) -> Answer:
        """Answer where the mirror stands: the upload's own end, if it is good, and the next entry."""
        mirror, origin = self._mirror, upload.origin
        size = upload.end if self._is_good(upload) else mirror.pending(origin).size
        return Answer(status, str(MirrorInfo(size, mirror.next_entry(origin))), MIRROR_INFO)
