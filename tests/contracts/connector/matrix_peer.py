"""A real Synapse as a platform under test, with a proxy in between that can break every call."""

from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from types import TracebackType
from urllib.parse import quote

from showcause.connectors.matrix import MatrixPlatform
from showcause.connectors.matrix_api import SynapseApi
from showcause.domain.restriction import Measure
from showcause.domain.subject import Subject, SubjectKind
from tests.contracts.connector.peers import CONNECTOR, gate_and_spool, now
from tests.contracts.connector.proxy import Proxy
from tests.contracts.connector.receipts import Issuer
from tests.services.matrix import ADMIN, CLIENT, MatrixRefused, MatrixUser
from tests.services.synapse import Synapse


class MatrixPeer:
    """People and rooms on a Synapse server."""

    loses = "rooms"

    def __init__(self, synapse: Synapse, folder: Path) -> None:
        self.issuer, self.synapse, self.folder = Issuer(CONNECTOR), synapse, folder
        self.host, self.reporter = synapse.unique("host"), synapse.unique("reporter")
        self.rooms = (self.host.create_room("general"), self.host.create_room("kitchen"))
        self.people: dict[str, MatrixUser] = {}
        self.token = folder / "token"
        self.token.write_text(synapse.admin.token + "\n")
        self.token.chmod(0o600)
        self._stack = ExitStack()

    def __enter__(self) -> "MatrixPeer":
        self.proxy = self._stack.enter_context(Proxy(self.synapse.port).running())
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self._stack.close()

    def connect(self, *, observe: bool = False) -> MatrixPlatform:
        gate, spool = gate_and_spool(self.folder, "matrix", self.issuer, observe=observe)
        return MatrixPlatform(SynapseApi(f"http://127.0.0.1:{self.proxy.port}", self.token), gate, spool, now)

    def user(self, person: Subject) -> MatrixUser:
        """Return the client of a person."""
        return self.people[person.ref]

    def person(self) -> Subject:
        user = self.synapse.unique("person")
        user.rename("Person")
        for room in self.rooms:
            user.join(room)
        self.people[user.id] = user
        return Subject("matrix", SubjectKind.ACCOUNT, user.id)

    somebody_else = person

    def nobody(self) -> Subject:
        person = self.person()
        return Subject("matrix", SubjectKind.ACCOUNT, person.ref.replace("person", "nobody"))

    def can_write(self, person: Subject) -> bool:
        try:
            self.user(person).send(self.rooms[0], "hello")
        except MatrixRefused as error:
            assert error.code in ("M_USER_SUSPENDED", "M_USER_LOCKED")  # noqa: PT017  # nothing else may stop them
            return False
        return True

    def notices(self, person: Subject) -> list[str]:
        return self.user(person).notices()

    def leave_a_room(self, person: Subject) -> None:
        self.host.call("POST", f"{CLIENT}/rooms/{quote(self.rooms[1])}/kick", {"user_id": person.ref})

    def by_hand(self, person: Subject, measure: Measure) -> None:
        assert measure is Measure.SUSPEND
        self.synapse.admin.suspend(person.ref)

    def file_report(self, about: Subject, reason: str) -> None:
        self.reporter.report_user(about.ref, reason)

    def delete_report(self, reason: str) -> None:
        for report in self.synapse.admin.user_reports():
            if report["reason"] == reason:
                self.synapse.admin.call("DELETE", f"{ADMIN}/v1/user_reports/{report['id']}")

    def lying(self) -> AbstractContextManager[None]:
        return self.proxy.breaking("lying")

    def limiting(self, seconds: float) -> AbstractContextManager[None]:
        return self.proxy.breaking("limiting", seconds)

    def failing(self) -> AbstractContextManager[None]:
        return self.proxy.breaking("failing")

    def silent(self) -> AbstractContextManager[None]:
        return self.proxy.breaking("silent")
