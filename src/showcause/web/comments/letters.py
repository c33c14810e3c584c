"""What the main store learns of a guest: the address that decisions are told to, sealed under the author's own key."""

from showcause.casework import author_contacts
from showcause.comments import authors
from showcause.comments.values import Author
from showcause.domain.subject import Subject, SubjectKind
from showcause.web.comments.pages import Door
from showcause.web.house import house


def introduce(here: Door, author: Author, mail: str) -> None:
    """Keep a new author's address, and write to it: whoever follows the link in that letter is known from then on."""
    section = here.section
    token = authors.confirmation(section, house().now(), author)
    link = f"{house().address}/comments/confirm/{token}?lang={here.language}"
    account = Subject(section.name, SubjectKind.ACCOUNT, author.id)
    house().runner.run(author_contacts.introduce, account, mail, here.language, link)
