"""Authors: whose name stands over a comment.

Somebody who gives a name and an address is a new author until the link in the mail is followed; then this author and
the known one of that address are one person. Nobody becomes a known author by typing a known address. The address
itself is not kept here: a keyed hash of it finds its authors again.
"""

import hmac
from datetime import datetime, timedelta
from typing import Any, Final

from showcause.casework.ports import Ids
from showcause.comments import reading
from showcause.comments.look_alikes import check_not_staff, skeleton
from showcause.comments.newcomers import Newcomer
from showcause.comments.section import Run, Section, micros
from showcause.comments.tokens import opened, opened_until, signed
from showcause.comments.values import Author, AuthorKind, NotTaken, Problem
from showcause.comments.vouching import claimed_text, vouched
from showcause.comments.wording import clean_name
from showcause.domain.errors import AlreadyExists, BadInput, LinkEnded, NotFound
from showcause.domain.mail import check_address

COOKIE_LIVES: Final = timedelta(days=365)
LINK_LIVES: Final = timedelta(days=7)
MOST_OUTSIDE: Final = 200
PAGE_LIVES: Final = timedelta(days=30)
_COOKIE: Final = "author"
_LINK: Final = "page"
_CONFIRM: Final = "confirm"


def guest(section: Section, now: datetime, ids: Ids, name: str, mail: str) -> Author:
    """Make a new author of a name and an e-mail address; the address is checked, hashed and not kept here.

    Raises: NotTaken for a name that is none or looks like the newspaper's, and for an address that is none.
    """
    name = clean_name(name)
    check_not_staff(section, name)
    try:
        address = check_address(mail.strip())
    except BadInput as error:
        raise NotTaken(Problem.MAIL, error.message, "Correct the address.") from None
    newcomer = Newcomer(ids(), name, mail_hash(section, address), micros(now))
    return section.newcomers.through([newcomer])[0]


def staff(section: Section, now: datetime, ids: Ids, name: str) -> Author:
    """Return the author under which the newspaper itself writes, made at its first comment."""
    name = clean_name(name)
    found = _where(section, "a.kind = 'staff' AND a.name = %s AND a.forgotten IS NULL", name)
    return found or _make(section, now, ids(), name, AuthorKind.STAFF)


def account(section: Section, now: datetime, ids: Ids, outside: str, name: str) -> Author:
    """Return the author of an account of the newspaper's own, made at first sight; a new name is taken over.

    Raises: NotTaken for a name that is none or looks like the newspaper's.
    """
    digest = _digest(section, "outside", outside)
    name = clean_name(name)
    found = _where(section, "a.outside = %s", digest)
    if found is not None and (found.name == name or found.forgotten_at is not None):
        return found
    check_not_staff(section, name)
    if found is None:
        try:
            return _make(section, now, ids(), name, AuthorKind.ACCOUNT, outside=digest)
        except AlreadyExists:  # the same account came twice at once
            return account(section, now, ids, outside, name)
    with section.changing() as run:
        run("UPDATE {p}author SET name = %s, skeleton = %s WHERE no = %s", name, skeleton(name), found.no)
    return by_id(section, found.id)


def from_token(section: Section, now: datetime, ids: Ids, token: str) -> Author:
    """Return the author of an account that the newspaper vouches for: `sub` is its id there, `name` what it is called.

    Raises: NotTaken for a token that does not hold, and for a name that looks like the newspaper's.
    """
    claims = vouched(section, now, token)
    outside = claimed_text(claims, "sub", MOST_OUTSIDE)
    return account(section, now, ids, outside, claimed_text(claims, "name", MOST_OUTSIDE))


def by_id(section: Section, author: str) -> Author:
    """Return an author by their id. Raises: NotFound."""
    found = _where(section, "a.id = %s", author)
    if found is None:
        raise NotFound(f"there is no author {author[:32]}")
    return found


def cookie(section: Section, now: datetime, author: Author) -> str:
    """Return what a browser keeps so that an author is known again. It says an id and nothing else."""
    return signed(section, _COOKIE, author.id, now + COOKIE_LIVES)


def from_cookie(section: Section, now: datetime, text: str) -> Author | None:
    """Return whom a cookie belongs to, None for one that is forged, over, or of somebody forgotten.

    That of an account is over, too, once a key of the newspaper's was retired: with a leaked one somebody could have
    got it by a forged token, and whoever has the account shows a token again.
    """
    try:
        author, until = opened_until(section, _COOKIE, text, now)
    except LinkEnded:
        return None
    found = _where(section, "a.no = (SELECT person FROM {p}author WHERE id = %s)", author)
    if found is None or found.forgotten_at is not None:
        return None
    if found.kind is AuthorKind.ACCOUNT:
        [(retired,)] = section.rows("SELECT MAX(retired) FROM {p}token_key")
        if retired is not None and micros(until - COOKIE_LIVES) <= retired:
            return None
    return found


def confirmation(section: Section, now: datetime, author: Author) -> str:
    """Return the token of the link that goes to an author's address."""
    return signed(section, _CONFIRM, author.id, now + LINK_LIVES)


def link(section: Section, now: datetime, author: Author) -> str:
    """Return the token of a link in a letter that opens the author's own page; it ends after a month."""
    return signed(section, _LINK, author.id, now + PAGE_LIVES)


def from_link(section: Section, now: datetime, token: str) -> Author:
    """Return whose page a letter's link opens. Raises: LinkEnded for one that is forged or over."""
    author = opened(section, _LINK, token, now)
    found = _where(section, "a.no = (SELECT person FROM {p}author WHERE id = %s)", author)
    if found is None or found.forgotten_at is not None:
        raise LinkEnded("this author is not here any more")
    return found


def confirm(section: Section, now: datetime, token: str) -> Author:
    """Believe an author's address because its link was followed; return the person that they are from now on.

    If that address has a known author, both are one person: what they wrote and what stands on them counts together.

    Raises: LinkEnded for a link that is forged, over, or of somebody forgotten.
    """
    author = opened(section, _CONFIRM, token, now)
    with section.changing() as run:
        run.lock_head()
        rows = run(f"SELECT {reading.AUTHOR} FROM {{p}}author a WHERE a.id = %s", author)
        if not rows or (found := reading.author(rows[0])).forgotten_at is not None:
            raise LinkEnded("this author is not here any more")
        run("UPDATE {p}author SET confirmed = COALESCE(confirmed, %s) WHERE no = %s", micros(now), found.no)
        person = _join(run, found)
    return _where(section, "a.no = %s", person) or found


def of_confirmation(section: Section, now: datetime, token: str) -> Author:
    """Return whom a confirming link is about, without believing it yet. Raises: LinkEnded."""
    found = _where(section, "a.id = %s", opened(section, _CONFIRM, token, now))
    if found is None or found.forgotten_at is not None:
        raise LinkEnded("this author is not here any more")
    return found


def gave(section: Section, author: Author, address: str) -> bool:
    """Tell whether an author gave this address."""
    [(held,)] = section.rows("SELECT mail FROM {p}author WHERE no = %s", author.no)
    return held is not None and hmac.compare_digest(bytes(held), mail_hash(section, address.strip()))


def wants_replies_by_mail(section: Section, author: Author, wanted: bool) -> None:
    """Say whether an author is told of replies by mail."""
    with section.changing() as run:
        run("UPDATE {p}author SET replies_by_mail = %s WHERE person = %s", int(wanted), author.person)


def mail_hash(section: Section, address: str) -> bytes:
    """Return what finds an address again: a keyed hash, without case."""
    return _digest(section, "mail", address.casefold())


def _digest(section: Section, purpose: str, value: str) -> bytes:
    return hmac.digest(section.key, f"{purpose}\x00{value}".encode(), "sha256")


def _join(run: Run, author: Author) -> int:
    """Make an author the person that has confirmed the same address before, if there is one; return the person."""
    sql = (
        "SELECT o.person FROM {p}author o JOIN {p}author a ON a.mail = o.mail"
        " WHERE a.no = %s AND o.person <> a.person AND o.confirmed IS NOT NULL AND o.forgotten IS NULL"
        " ORDER BY o.no LIMIT 1"
    )
    if not (found := run(sql, author.no)):
        return author.person
    [(person,)] = found
    # What stood at the former person counts for the joint one, and no longer for itself.
    sql = "SELECT accepted, refused, replies_by_mail FROM {p}author WHERE no = %s"
    [(accepted, refused, by_mail)] = run(sql, author.person)
    sql = "UPDATE {p}author SET accepted = accepted + %s, refused = refused + %s WHERE no = %s"
    run(sql, accepted, refused, person)
    if by_mail:  # it was asked for in the form whose address is believed now
        run("UPDATE {p}author SET replies_by_mail = 1 WHERE person = %s", person)
    run("UPDATE {p}author SET accepted = 0, refused = 0 WHERE no = %s", author.person)
    run("UPDATE {p}author SET person = %s WHERE person = %s", person, author.person)
    return int(person)


def _make(section: Section, now: datetime, id_: str, name: str, kind: AuthorKind, **hashes: bytes) -> Author:
    columns = ["id", "person", "name", "skeleton", "kind", "created", *hashes]
    values: list[Any] = [id_, 0, name, skeleton(name), kind, micros(now), *hashes.values()]
    marks = ", ".join(["%s"] * len(columns))
    with section.changing() as run:
        run(f"INSERT INTO {{p}}author ({', '.join(columns)}) VALUES ({marks})", *values)
        run("UPDATE {p}author SET person = no WHERE id = %s", id_)
    return by_id(section, id_)


def _where(section: Section, condition: str, *values: Any) -> Author | None:
    rows = section.rows(f"SELECT {reading.AUTHOR} FROM {{p}}author a WHERE {condition}", *values)
    return reading.author(rows[0]) if rows else None
