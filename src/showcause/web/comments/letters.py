"""What the main store learns of an author: the address that decisions are told to, sealed under the author's own key,
and, where a law demands it, from where something was sent.
"""

import logging

from django.http import HttpRequest

from showcause.casework import author_contacts, identity
from showcause.comments import authors
from showcause.comments.values import Author
from showcause.domain.errors import BadInput, TooMany
from showcause.domain.subject import Subject, SubjectKind
from showcause.web import limits
from showcause.web.comments.pages import Door
from showcause.web.house import house

log = logging.getLogger("showcause.pages")


def introduce(here: Door, author: Author, mail: str) -> bool:
    """Keep a new author's address, and write to it: whoever follows the link in that letter is known from then on.

    Tell whether it was written to. Anybody can type an address, so one is not written to again and again.
    """
    section, link = here.section, None
    try:
        limits.BUCKETS.take("comment-mail", mail.casefold())
    except TooMany:
        pass
    else:
        token = authors.confirmation(section, house().now(), author)
        link = f"{house().address}/comments/confirm/{token}?lang={here.language}"
    account = Subject(section.name, SubjectKind.ACCOUNT, author.id)
    house().runner.run(author_contacts.introduce, account, mail, here.language, link)
    return link is not None


def keep_identity(request: HttpRequest, here: Door, author: Author) -> None:
    """Keep from where an author sends something, sealed and for a time, if the settings say that a law demands it."""
    days = house().identity_days
    if not days:
        return
    account = Subject(here.section.name, SubjectKind.ACCOUNT, author.id)
    try:
        house().runner.run(identity.keep, account, limits.visitor(request), days)
    except BadInput:  # a proxy that tells something else than an address; the comment is taken all the same
        log.warning("identification data was not kept: what the proxies tell is no address")
