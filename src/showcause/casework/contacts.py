"""Contact addresses that a platform gave us for its accounts, for when its own channel does not reach them.

An address is sealed under the account's key and read when a letter leaves, never before; it goes when the person is
forgotten. Source: DSA Art. 17(2): statements are owed where the electronic contact details are known.
"""

from showcause.domain.subject import SubjectRecord
from showcause.store.view import View


def contact_of(view: View, account: str) -> str | None:
    """Return the e-mail address known for an account, by its record's id, or None.

    Raises: Forgotten.
    """
    record = view.get(SubjectRecord, account)
    return str(view.unseal(record.contact)["address"]) if record.contact else None
