"""Mail as a platform that can only tell: an address is an account there, and nothing can be done to it.

No platform is ever connected under this name; so an address can be written to, sealed and forgotten like any account.
"""

import re
from typing import Final

from showcause.domain.errors import BadInput
from showcause.domain.subject import Subject, SubjectKind, check_name

MAIL: Final = "mail"
"""The name of the platform that is mail; `showcause connect` refuses it."""
MOST: Final = 254
"""The longest address that a path of SMTP takes. Source: RFC 5321 section 4.5.3.1.3."""
_FORM: Final = re.compile(
    r"(?P<local>[^\s@<>()\[\]\\,;:\"\x00-\x1f\x7f]{1,64})@(?P<host>[^\s@.<>()\[\]\\,;:\"]+(\.[^\s@.<>()\[\]\\,;:\"]+)+)"
)


def check_address(value: object) -> str:
    """Return an e-mail address with its domain in ASCII and small letters.

    Raises: BadInput for what is none, or could be more than one.
    """
    text = check_name("e-mail address", value, MOST).strip()
    found = _FORM.fullmatch(text)
    if found is None or ".." in found["local"] or found["local"][0] in "-." or found["local"][-1] == ".":
        raise BadInput("this is no e-mail address", "Write it like somebody@example.org, and nothing else.")
    try:
        host = found["host"].encode("idna").decode("ascii").lower()
    except UnicodeError:
        raise BadInput("the domain of this e-mail address cannot be") from None
    if re.fullmatch(r"[a-z0-9.-]{1,253}", host) is None:
        raise BadInput("the domain of this e-mail address cannot be")
    return f"{found['local']}@{host}"


def mail_account(address: str) -> Subject:
    """Return the account that an e-mail address is.

    Raises: BadInput.
    """
    return Subject(MAIL, SubjectKind.ACCOUNT, check_address(address))
