"""Everything that Showcause can answer instead of a result, in three families.

The family says whose turn it is: `Refused` is the caller's (change the request), `Unavailable` is time's (try again,
nothing was lost), `Broken` is ours (an invariant fell: nothing is retried, someone must look). Each class has a code
that never changes; the message says what happened, the hint says what to do next. `docs/errors.md` is generated from
this file.
"""

from typing import ClassVar


class ShowcauseError(Exception):
    """Root of all errors with a code and a hint."""

    code: ClassVar[str] = "error"
    default_hint: ClassVar[str] = ""

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint if hint is not None else self.default_hint


class Refused(ShowcauseError):
    """The caller must change the request."""

    code = "refused"


class Unavailable(ShowcauseError):
    """Not now; the same request may succeed later. The worker repeats it."""

    code = "unavailable"


class Broken(ShowcauseError):
    """An invariant fell. Never repeated; somebody has to look."""

    code = "broken"


# --- Refused ---------------------------------------------------------------------------------------------------


class BadInput(Refused):
    """A value has the wrong type, length, characters or name."""

    code = "bad-input"
    default_hint = "Correct the named value and send the request again; nothing was stored."


class NotFound(Refused):
    """No such record."""

    code = "not-found"
    default_hint = "Check the id; `showcause queue` lists what is open."


class IllegalStep(Refused):
    """The record's state does not allow this event."""

    code = "illegal-step"
    default_hint = "Look at the record's present state; the message names what is possible in it."


class NotPermitted(Refused):
    """This person may not do this to this record now."""

    code = "not-permitted"
    default_hint = "Ask somebody whose role allows it; the message names the rule."


class NotAuthenticated(Refused):
    """No valid key came with a program's request."""

    code = "not-authenticated"
    default_hint = "Send `Authorization: Bearer KEY`; an operator makes one with `showcause apikey add`."


class WrongContentType(Refused):
    """A body is not of the type that this address takes."""

    code = "wrong-content-type"
    default_hint = "Send JSON with `Content-Type: application/json`."


class SamePerson(Refused):
    """Two different people are needed, and this is one of the first."""

    code = "same-person"
    default_hint = "Another moderator has to do this."


class AlreadyClaimed(Refused):
    """Another moderator holds the lease."""

    code = "already-claimed"
    default_hint = "Take another one, or wait until the lease ends."


class Stale(Refused):
    """Somebody else changed the record meanwhile; theirs stands."""

    code = "stale"
    default_hint = "Read the record again and decide on what it says now."


class Incomplete(Refused):
    """The statement of reasons lacks a part, so the decision cannot be made."""

    code = "incomplete-statement"
    default_hint = "Fill every part that the message names; a restriction without them is not possible."


class NoGroundInForce(Refused):
    """A derived decision names no earlier decision that is in force."""

    code = "no-ground-in-force"
    default_hint = (
        "Name the earlier decision whose restriction is evaded; reversed or ended ones do not count."
    )


class PolicyNotInForce(Refused):
    """The clause or its version is not in force today."""

    code = "policy-not-in-force"
    default_hint = (
        "Use the version in force, or have the proposed one approved: `showcause policies approve`."
    )


class BadCatalogue(Refused):
    """A policy file breaks a rule; the message names file, line and reason."""

    code = "bad-catalogue"
    default_hint = "Correct the named lines; nothing was loaded."


class BadRules(Refused):
    """A rule set breaks a rule of the language; the message names file, line and reason."""

    code = "bad-rules"
    default_hint = "Correct the named lines; nothing was loaded."


class AppealClosed(Refused):
    """This decision cannot be appealed by this person now."""

    code = "appeal-closed"
    default_hint = "An out-of-court dispute body or a court may still hear the matter."


class AlreadyExists(Refused):
    """The same thing is already recorded."""

    code = "already-exists"
    default_hint = "Nothing to do: the earlier record stands."


class LinkEnded(Refused):
    """A signed link was altered, replaced, closed, or is over."""

    code = "link-ended"
    default_hint = "Ask for a new link through the channel in which you were told of the decision."


class ReplyDiffers(Refused):
    """An idempotency key was used before with another request."""

    code = "idempotency-key-reused"
    default_hint = "Use a fresh key for a new request; the earlier one stands."


class NotReversible(Refused):
    """What was asked cannot be undone, and an appeal is open or no law demands it."""

    code = "not-reversible"
    default_hint = "Choose a measure that can be undone, or wait until the appeal is decided."


class NeedsConfirmation(Refused):
    """The act is possible but must be confirmed in so many words."""

    code = "needs-confirmation"


class Unsupported(Refused):
    """The platform's connector cannot do this."""

    code = "unsupported"
    default_hint = "The connector's capability card lists what this platform offers."


class ReceiptRefused(Refused):
    """A connector did not act, because no valid receipt binds to the order."""

    code = "receipt-refused"
    default_hint = "The order stays pending. Run `showcause log fsck` and compare the connector's pinned key."


class ReportsNeverRestrict(Refused):
    """A restriction was derived from the number of reports."""

    code = "reports-never-restrict"
    default_hint = "Decide on the content itself; the number of reports may only order the queue."


class VerificationFailed(Refused):
    """A proof, receipt or log file is not what it claims to be."""

    code = "verification-failed"
    default_hint = "Do not rely on the file. Ask its sender for the original and compare the log's key."


class Forgotten(Refused):
    """The person's key was destroyed; what it sealed cannot be read any more."""

    code = "forgotten"
    default_hint = "This is final and intended: the person was forgotten."


class StillNeeded(Refused):
    """What is kept of a person cannot be destroyed yet: something that needs it has not ended."""

    code = "still-needed"
    default_hint = "Nothing was destroyed. Ask again when what is named has ended."


class Misconfigured(Refused):
    """A setting or a file of the installation is missing or wrong."""

    code = "misconfigured"
    default_hint = "Run `showcause doctor`; it names the setting and the remedy."


class SignerTaken(Misconfigured):
    """Another process has the turn to sign for this log."""

    code = "signer-taken"
    default_hint = "Only one may: stop the other `showcause serve` first."


# --- Unavailable -----------------------------------------------------------------------------------------------


class StoreBusy(Unavailable):
    """The database is locked or not reachable."""

    code = "store-busy"
    default_hint = "Try again in a moment; if it lasts, look at the database server."


class StoreUnusable(StoreBusy):
    """The database's file cannot be read or written. The process that met this ends: what it holds may be untrue."""

    code = "store-unusable"
    default_hint = (
        "Look at the disk and at the file's owner and mode, then start again; what was committed stands."
    )


class StoreFull(Unavailable):
    """The database cannot grow: disk or quota is full."""

    code = "store-full"
    default_hint = (
        "Free disk space; nothing was stored by half. The urgent lane still works from the connector's spool."
    )


class PlatformUnavailable(Unavailable):
    """The platform did not answer, or answered with an error that may pass."""

    code = "platform-unavailable"
    default_hint = "The worker repeats it. `showcause doctor` tells what the platform needs."


class RateLimited(PlatformUnavailable):
    """The platform asks to wait; `retry_after` says how many seconds, None if it did not say."""

    code = "rate-limited"
    default_hint = "The worker waits as long as the platform asked."

    def __init__(self, message: str, hint: str | None = None, retry_after: float | None = None) -> None:
        super().__init__(message, hint)
        self.retry_after = retry_after


class MailUnavailable(Unavailable):
    """The mail server did not take the letter now, or cannot be used as it is set."""

    code = "mail-unavailable"
    default_hint = (
        "The worker repeats it for a day. `showcause mail test ADDRESS` shows what the server says."
    )


class EndpointUnavailable(Unavailable):
    """A webhook's address did not answer, or did not answer with success."""

    code = "endpoint-unavailable"
    default_hint = "The worker repeats it for two days; then `showcause webhook replay` sends it again."


class AddressRefused(Refused):
    """An address leads to where this machine may not be sent."""

    code = "address-refused"
    default_hint = (
        "Only public https addresses are called; an own host is named in `private-hosts`, with its port."
    )


class TooMany(Unavailable):
    """A limit of this house was reached; `retry_after` says how many seconds to wait."""

    code = "too-many-requests"
    default_hint = (
        "Wait as long as the answer says. The limits in force are public; none of them follows a name."
    )

    def __init__(self, message: str, hint: str | None = None, retry_after: float | None = None) -> None:
        super().__init__(message, hint)
        self.retry_after = retry_after


class NotYetConfirmed(PlatformUnavailable):
    """The platform takes its orders itself, and has not confirmed this one yet."""

    code = "not-yet-confirmed"
    default_hint = "The order waits at the platform's door until its own software fetches and confirms it."


class NotYetSigned(Unavailable):
    """The log entry exists but the head that covers it is not signed yet."""

    code = "not-yet-signed"
    default_hint = "The log process signs within moments; see that `showcause serve` runs."


class Fenced(Unavailable):
    """The log is fenced: its state is behind or different from what was signed."""

    code = "fenced"
    default_hint = (
        "Nothing new is signed and no ordinary restriction goes out; lifts and the urgent lane go on. "
        "A backup was restored under a log that had moved on: restore a newer database, or open a new log."
    )


class EventsMissing(Unavailable):
    """The log of events is older than the database: events that were judged are not in it."""

    code = "events-missing"
    default_hint = (
        "No event is taken or judged until then; everything else goes on. Put back the newest copy of events.db: move "
        "what is there away, then `showcause restore --events DIR`. If there is none: `showcause events continue`."
    )


class ClockBehind(Unavailable):
    """The clock went backwards; signing pauses until it has caught up."""

    code = "clock-behind"
    default_hint = "Correct the machine's clock; signing resumes by itself."


# --- Broken ----------------------------------------------------------------------------------------------------


class TriggersDiffer(Broken):
    """Triggers or arrows in the database differ from the law in the code."""

    code = "triggers-differ"
    default_hint = "Run `showcause migrate`; if it persists, somebody changed the database by hand."


class RecordCorrupt(Broken):
    """A stored record cannot be read as what it claims to be."""

    code = "record-corrupt"
    default_hint = "Keep the database as it is and compare it with a backup: `showcause log fsck`."


class LogInconsistent(Broken):
    """Log rows, tree head and tiles do not fit together."""

    code = "log-inconsistent"
    default_hint = (
        "Stop the service, keep all files, run `showcause log fsck`, compare with a checkpoint others kept."
    )


class ConfirmationRefused(Broken):
    """What a connector says it did is not signed by its logged key, or is about something else than the order."""

    code = "confirmation-refused"
    default_hint = (
        "Look at the platform itself: it may have acted. Then see who can write to the connector's folder, and whose "
        "key is in it; `showcause enforcement retry` asks the connector again."
    )


class PagesEnded(Broken):
    """The process that serves the pages ended by itself, so the service ends too and says so."""

    code = "pages-ended"
    default_hint = (
        "Read the lines before this one: another program may listen at the address. A supervisor starts "
        "the service again."
    )


class SignerEnded(Broken):
    """The process that signs ended, or does not answer, so the service ends too: what it did last is not known here."""

    code = "signer-ended"
    default_hint = (
        "Read the lines before this one, and look at the signer's disk. A supervisor starts the service again; the "
        "same head gets the same signature."
    )


class KeyMissing(Broken):
    """A key that must exist is not there, and no erasure explains it."""

    code = "key-missing"
    default_hint = "Restore the key database from its own backup; the record stays sealed until then."
