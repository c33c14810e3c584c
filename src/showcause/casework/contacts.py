"""Contact addresses that a platform gave us for its accounts, for when its own channel does not reach them.

An address is sealed under the account's key and read when a letter leaves, never before; it goes when the person is
forgotten. Source: DSA Art. 17(2): statements are owed where the electronic contact details are known.
"""

from datetime import datetime

from showcause.casework.ports import Ids
from showcause.casework.reading import register
from showcause.domain.errors import BadInput
from showcause.domain.mail import check_address
from showcause.domain.people import SYSTEM
from showcause.domain.subject import Subject, SubjectKind, SubjectRecord
from showcause.store.tx import Tx
from showcause.store.view import View


def keep_contact(tx: Tx, now: datetime, ids: Ids, account: Subject, address: str) -> SubjectRecord:
    """Keep an account's e-mail address, in place of an earlier one; the same one again changes nothing.

    Raises: BadInput for what is no address, or no account.
    """
    checked = check_address(address)
    if account.kind is not SubjectKind.ACCOUNT:
        raise BadInput("only an account has a contact address")
    record = register(tx, account)
    if contact_of(tx, record.id) == checked:
        return record
    sealed = tx.seal(record.owner, "contact", {"address": checked})
    return tx.update(record, verb="keep-contact", actor=SYSTEM, contact=sealed)


def contact_of(view: View, account: str) -> str | None:
    """Return the e-mail address known for an account, by its record's id, or None.

    Raises: Forgotten.
    """
    record = view.get(SubjectRecord, account)
    return str(view.unseal(record.contact)["address"]) if record.contact else None
