"""Carries the section's notices over to the record, whose worker mails them: one turn, to be repeated.

A notice is first taken in the section's database, then drafted as a letter under an id that was chosen there, then
noted as handed over: whatever breaks in between, it is one letter.
"""

import logging
from dataclasses import dataclass
from typing import Final

from showcause.casework import noticing
from showcause.casework.noticing import Notice
from showcause.casework.reading import setting
from showcause.casework.runner import Runner
from showcause.comments import notices
from showcause.comments.notices import Bundle
from showcause.comments.section import Section
from showcause.domain.errors import Forgotten
from showcause.domain.subject import Subject, SubjectKind

log = logging.getLogger("showcause.notices")
ADDRESS: Final = "address"


@dataclass(frozen=True, slots=True)
class Noticing:
    """The way from a section to the record."""

    section: Section
    runner: Runner

    def step(self) -> int:
        """Draft what is due now; return how many letters. Without a public address no link could be in them."""
        now = self.runner.clock()
        with self.runner.store.read(now) as view:
            address = setting(view, ADDRESS)
        if not address:
            return 0
        return sum(
            self._hand_over(each, address) for each in notices.take(self.section, now, self.runner.ids)
        )

    def _hand_over(self, bundle: Bundle, address: str) -> bool:
        try:
            told = self.runner.run(noticing.tell, self._notice(bundle, address))
        except Forgotten:
            told = False
        if told:
            notices.handed(self.section, bundle.letter)
        else:
            log.info("author %s is told nothing more by mail", bundle.author)
            notices.stop(self.section, bundle.author)
        return told

    def _notice(self, bundle: Bundle, address: str) -> Notice:
        token = notices.stop_token(self.section, self.runner.clock(), bundle.author)
        here = f"{address}/comments"
        return Notice(
            bundle.letter,
            Subject(self.section.name, SubjectKind.ACCOUNT, bundle.author),
            bundle.title,
            bundle.language,
            len(bundle.replies),
            len(bundle.published),
            f"{here}/c/{(bundle.replies or bundle.published)[0]}",
            f"{here}/quiet/{token}?lang={bundle.language}",
            bundle.before,
        )
