"""The settings of an installation: one table, read from `config.toml` and the environment, refused when unknown.

These belong to the machine. What the public has a right to know (tier, contact, threshold of reach, how often the
public head advances) are settings of the site: they stand in the record, and each change of them is an entry of the
log (`showcause setting set`). `docs/settings.md` is generated from both.
"""

import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from showcause.domain.errors import Misconfigured

CONFIG: Final = "config.toml"
PREFIX: Final = "SHOWCAUSE_"
HOME_VARIABLE: Final = "SHOWCAUSE_HOME"
DEFAULT_HOME: Final = "showcause-home"
MAX_CONFIG: Final = 1024 * 1024

Value = str | int


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting: its name in the file, what it takes, what it means, and what whoever may change it can do."""

    name: str
    kind: type
    default: Value
    bounds: str
    check: Callable[[Value], bool]
    meaning: str
    threat: str

    @property
    def variable(self) -> str:
        """Return the environment variable that overrides the file."""
        return PREFIX + self.name.upper().replace("-", "_")


def _between(least: int, most: int) -> tuple[str, Callable[[Value], bool]]:
    return f"{least} to {most}", lambda value: isinstance(value, int) and least <= value <= most


def _matching(pattern: str, says: str) -> tuple[str, Callable[[Value], bool]]:
    form = re.compile(pattern)
    return says, lambda value: isinstance(value, str) and form.fullmatch(value) is not None


_URL = _matching(
    r"|sqlite:////[^\x00-\x1f]{1,500}|postgres(ql)?://[^\x00-\x20]{1,500}",
    "empty, `sqlite:////absolute/path` or `postgresql://user@host/name`",
)
_HOSTS = _matching(r"|[0-9A-Za-z.:\[\],-]{1,2000}", "empty, or `host:port`, several with commas")
_FROM = _matching(r"|[^@\s<>\x00-\x1f]{1,64}@[A-Za-z0-9.-]{1,253}", "empty, or an e-mail address")
_FILE = _matching(r"|[^\x00-\x1f]{1,500}", "empty, or a path (relative: to the home folder)")
_LISTEN = _matching(r"|[0-9a-zA-Z.:\[\]-]{1,253}:[0-9]{1,5}", "empty, or `host:port`")

_ORIGIN = r"https?://[a-z0-9.-]{1,253}(:[0-9]{1,5})?"
_LANGUAGE = "(en|fr)"
_VALIDATION = "(before|after|trust)"
_OFFERED = "(suspend|lock|limit|label|hide|remove|block-space):(account|content|space|media)"

SETTINGS: Final[tuple[Setting, ...]] = (
    Setting(
        "origin", str, "", *_matching(r"|[!-~]{1,255}", "a name without spaces, at most 255 characters"),
        "The log's name, which is also its key's name. `showcause init` writes it; it must be the key's.",
        "make the site refuse to start, nothing more: the name is compared with the key and with the record.",
    ),
    Setting(
        "database", str, "", *_URL,
        "Where the records are. Empty: `main.db` in the home folder.",
        "show the program another database. One that is older than what was signed is noticed and fences the log; "
        "a password written here can be read by whoever reads the file.",
    ),
    Setting(
        "listen", str, "", *_LISTEN,
        "Where `showcause serve` offers pages, API and public log over HTTP. Empty: it does not.",
        "offer the pages on another address; beyond the loopback only when asked in so many words "
        "(`serve --beyond-loopback`).",
    ),
    Setting(
        "proxies", int, 0, *_between(0, 5),
        "How many reverse proxies of yours stand before it; so many entries of X-Forwarded-For are believed.",
        "go round the limits on how often one visitor may knock.",
    ),
    Setting(
        "mail-server", str, "", *_LISTEN,
        "The SMTP server that letters leave through. Empty: nothing is mailed, and pages say so.",
        "read every letter that is mailed, and hold letters back.",
    ),
    Setting(
        "mail-from", str, "", *_FROM,
        "Whose letters they are; bounces come back to this address.",
        "make letters look as if somebody else wrote them.",
    ),
    Setting(
        "mail-security", str, "starttls", *_matching("starttls|tls|none", "starttls, tls or none"),
        "How the connection to the SMTP server is protected. `none` only towards this machine.",
        "let whoever is on the wire read letters.",
    ),
    Setting(
        "mail-user", str, "", *_matching(r"|[^\x00-\x1f]{1,200}", "empty, or a name"),
        "The name at the SMTP server, if it wants one.",
        "nothing without the password.",
    ),
    Setting(
        "mail-password-file", str, "", *_FILE,
        "The file with the password for the SMTP server; mode 0600.",
        "send mail in the name of this house.",
    ),
    Setting(
        "private-hosts", str, "", *_HOSTS,
        "Hosts inside your own network that webhooks and witnesses may be at; other private addresses are refused.",
        "let the worker knock at doors inside your network: only at the named host and port.",
    ),
    Setting(
        "oidc-name", str, "", *_matching(r"|[^\x00-\x1f]{1,60}", "empty, or a name"),
        "What the button for your identity provider says.",
        "mislead the people of the house about where they log in.",
    ),
    Setting(
        "oidc-server", str, "", *_matching(r"|https?://[!-~]{1,500}", "empty, or the provider's address"),
        "Your identity provider (OpenID Connect). Who it vouches for still has to be a person of this house.",
        "log in as anybody of the house.",
    ),
    Setting(
        "oidc-client", str, "", *_matching(r"|[!-~]{1,200}", "empty, or the client's id"),
        "The id that the provider knows this house by.",
        "nothing without the secret.",
    ),
    Setting(
        "oidc-secret-file", str, "", *_FILE,
        "The file with the client's secret; mode 0600.",
        "pretend to the provider to be this house.",
    ),
    Setting(
        "poll-seconds", int, 5, *_between(1, 3600),
        "How many seconds lie between two looks at a platform's reports and at the urgent lane's spool.",
        "delay reports and the entry of urgent acts into the record by up to an hour.",
    ),
    Setting(
        "scan-hour", int, 3, *_between(0, 23),
        "The hour (UTC) in which restrictions without a recorded cause are searched for on every platform.",
        "choose when the search runs, not whether: it runs once a day.",
    ),
    Setting(
        "events-keep-days", int, 30, *_between(0, 36_500),
        "For how many whole days events stay in the database before they are moved to the Parquet files of the "
        "history; 0: for ever.",
        "choose where old events lie, not whether: nothing is lost, and everything reads as before.",
    ),
    Setting(
        "history-keep-days", int, 0,
        "0, or 400 to 36500", lambda value: isinstance(value, int) and (value == 0 or 400 <= value <= 36_500),
        "After how many days a file of the history is removed, counted from its newest event; 0: never. No window "
        "reaches back as far as 400 days.",
        "end early how long an automatic effect can be replayed. Of what went, every answer names the day on which it "
        "went; a file that is gone comes back only from a copy.",
    ),
    Setting(
        "signer-socket", str, "", *_FILE,
        "Where `showcause signer` listens. Empty: whatever signs starts a signer as its own child.",
        "name another signer: what it signs is believed by nobody, because the pinned policy does not know its key.",
    ),
    Setting(
        "log-level", str, "info", *_matching("debug|info|warning|error", "debug, info, warning or error"),
        "How much is said on stderr. Lines carry ids and codes, never names or texts.",
        "hide warnings from whoever reads the service's output; the record is not touched.",
    ),
)  # fmt: skip

PLATFORM_SETTINGS: Final[tuple[Setting, ...]] = (
    Setting(
        "name", str, "", *_matching(r"(?!mail$)[a-z0-9][a-z0-9-]{0,31}", "1 to 32 of a-z, 0-9 and -, and not mail"),
        "The name under which the platform was connected.",
        "take the connector away from its platform: orders wait and the doctor says so.",
    ),
    Setting(
        "kind", str, "", *_matching("comments|matrix|orders|simulator", "comments, matrix, orders or simulator"),
        "Which connector speaks to it.",
        "break the connection; orders wait.",
    ),
    Setting(
        "address", str, "", *_matching(r"|https?://[!-~]{1,500}", "empty, or http(s)://host[:port]"),
        "Where the platform's interface is; plain http only on this machine.",
        "send orders and the connector's token to another server. Protect the file as you protect the token.",
    ),
    Setting(
        "token-file", str, "", *_FILE,
        "The file with the connector's access token; mode 0600.",
        "make the connector act as somebody else on the platform.",
    ),
    Setting(
        "mode", str, "observe", *_matching("observe|enforce", "observe or enforce"),
        "Whether the connector's gate may open at all. The record has a mode of its own; the stricter one holds.",
        "stop all orders to the platform, which the doctor shows; opening the gate still needs the record's mode "
        "and a receipt for every order.",
    ),
    Setting(
        "measures", str, "", *_matching(
            f"|{_OFFERED}( {_OFFERED}){{0,19}}", "empty, or pairs `measure:kind` with spaces, as `suspend:account`"
        ),
        "What a platform that fetches its orders can carry out, and on what.",
        "offer moderators what the platform then refuses, or withhold a milder measure from them.",
    ),
    Setting(
        "notices", str, "yes", *_matching("yes|no", "yes or no"),
        "Whether a platform that fetches its orders shows letters to its people.",
        "keep statements from being served there: who has no other address is then told nothing, which is counted.",
    ),
)  # fmt: skip

COMMENTS_SETTINGS: Final[tuple[Setting, ...]] = (
    Setting(
        "origins", str, "", *_matching(
            f"|{_ORIGIN}( {_ORIGIN}){{0,49}}", "empty, or origins with spaces, as `https://paper.example`"
        ),
        "Which sites may show the section in a frame, and whose articles may have comments.",
        "let another site show the section as if it were its own, and open threads for its pages.",
    ),
    Setting(
        "languages", str, "en fr", *_matching(f"{_LANGUAGE}( {_LANGUAGE}){{0,1}}", "en, fr, or both with a space"),
        "The languages in which the section is kept; the first is that of an article that names none.",
        "show forms and notices in a language that readers do not expect.",
    ),
    Setting(
        "validation", str, "before", *_matching(_VALIDATION, "before, after or trust"),
        "Whether comments are validated before they are published, after it, or before it until an author is trusted. "
        "The newsroom may say otherwise for an article.",
        "publish what nobody has read (`after`), or keep everything waiting (`before`).",
    ),
    Setting(
        "parts", str, "", *_matching(
            rf"|[^\s=]{{1,64}}={_VALIDATION}( [^\s=]{{1,64}}={_VALIDATION}){{0,99}}",
            "empty, or pairs `part=before` with spaces",
        ),
        "The same for single parts of the newspaper, as the articles name them: `sport=after`.",
        "the same, for one part of the newspaper.",
    ),
    Setting(
        "trust-after", int, 5, *_between(1, 1000),
        "After how many accepted comments an author is trusted, where validation goes by trust.",
        "let authors publish unread sooner, or never.",
    ),
    Setting(
        "edit-minutes", int, 10, *_between(0, 1440),
        "For how many minutes authors may change what they wrote; every former text is kept.",
        "let authors change a comment long after others answered it; the history shows what it said.",
    ),
    Setting(
        "staff", str, "", *_matching(r"|[^\x00-\x1f]{1,2000}", "empty, or names with commas"),
        "The names under which the newspaper itself writes. Nobody else may take them, or names that look like them.",
        "leave a name of the staff unprotected, or keep a reader from using their own.",
    ),
    Setting(
        "proof", str, "no", *_matching("yes|no", "yes or no"),
        "Whether browsers work some seconds before a comment is taken: for the time of an attack. Who cannot do that "
        "is validated instead.",
        "make writing slow for everybody, or easy for machines.",
    ),
    Setting(
        "identity-days", int, 0, *_between(0, 3650),
        "For how many days the network address is kept from which a comment was sent, sealed, because a law of your "
        "country demands it; then it is erased. 0: it is not kept. Ask a lawyer before you change it.",
        "keep more about people than the law asks for, or less. Reading one is logged and published either way.",
    ),
)  # fmt: skip
"""The settings of the kind `comments` alone, in its own [[platform]] table."""


@dataclass(frozen=True, slots=True)
class PlatformSettings:
    """How one connector reaches its platform."""

    name: str
    kind: str
    address: str = ""
    token_file: str = ""
    mode: str = "observe"
    measures: str = ""
    notices: str = "yes"
    origins: str = ""
    languages: str = "en fr"
    validation: str = "before"
    parts: str = ""
    trust_after: int = 5
    edit_minutes: int = 10
    staff: str = ""
    proof: str = "no"
    identity_days: int = 0


@dataclass(frozen=True, slots=True)
class Settings:
    """The checked settings of one installation; fields are named as in the table, with underscores."""

    origin: str = ""
    database: str = ""
    listen: str = ""
    proxies: int = 0
    mail_server: str = ""
    mail_from: str = ""
    mail_security: str = "starttls"
    mail_user: str = ""
    mail_password_file: str = ""
    private_hosts: str = ""
    oidc_name: str = ""
    oidc_server: str = ""
    oidc_client: str = ""
    oidc_secret_file: str = ""
    poll_seconds: int = 5
    scan_hour: int = 3
    events_keep_days: int = 30
    history_keep_days: int = 0
    signer_socket: str = ""
    log_level: str = "info"
    platforms: tuple[PlatformSettings, ...] = field(default=())

    def platform(self, name: str) -> PlatformSettings | None:
        """Return a platform's settings, or None."""
        return next((each for each in self.platforms if each.name == name), None)


def read_settings(file: Path, environment: Mapping[str, str]) -> Settings:
    """Read and check the settings; a variable of the environment overrides the file.

    Raises: Misconfigured, naming the file, the line and the key, or the variable.
    """
    text = _text(file)
    try:
        parsed = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise Misconfigured(
            f"{file.name} is not TOML: {error}", "Correct the line, or restore the file."
        ) from None
    tables = parsed.pop("platform", [])
    values = _checked(parsed, SETTINGS, file, text)
    for setting in SETTINGS:
        if (given := environment.get(setting.variable)) is not None:
            values[setting.name] = _from_environment(setting, given)
    return Settings(**_fields(values), platforms=_platforms(tables, file, text))


def _text(file: Path) -> str:
    try:
        if file.stat().st_size > MAX_CONFIG:
            raise Misconfigured(f"{file.name} has more than {MAX_CONFIG} bytes")
        return file.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise Misconfigured(
            f"there is no Showcause site at {file.parent}",
            "Run `showcause init --origin NAME`, or name the folder: --home or SHOWCAUSE_HOME.",
        ) from None
    except (OSError, UnicodeError) as error:
        raise Misconfigured(f"{file.name} cannot be read: {type(error).__name__}") from None


def _platforms(tables: Any, file: Path, text: str) -> tuple[PlatformSettings, ...]:
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise Misconfigured(
            f"{file.name}: platforms are written as tables", "Begin each with a line [[platform]]."
        )
    made = []
    for table in tables:
        if "name" not in table or "kind" not in table:
            raise Misconfigured(f"{file.name}: a [[platform]] has at least name and kind")
        known = (*PLATFORM_SETTINGS, *(COMMENTS_SETTINGS if table["kind"] == "comments" else ()))
        made.append(PlatformSettings(**_fields(_checked(table, known, file, text))))
    if sum(each.kind == "comments" for each in made) > 1:
        raise Misconfigured(f"{file.name}: a site has one comment section", "Found another site for another.")
    names = [each.name for each in made]
    if twice := {name for name in names if names.count(name) > 1}:
        raise Misconfigured(f"{file.name}: platform {min(twice)} stands there twice")
    return tuple(made)


def _checked(found: Mapping[str, Any], table: tuple[Setting, ...], file: Path, text: str) -> dict[str, Value]:
    known = {setting.name: setting for setting in table}
    for name, value in found.items():
        where = f"{file.name}, line {_line_of(text, name)}"
        if name not in known:
            raise Misconfigured(f"{where}: there is no setting {name[:64]!r}", f"Known: {', '.join(known)}.")
        _check(known[name], value, where)
    return dict(found)


def _check(setting: Setting, value: object, where: str) -> None:
    right_type = isinstance(value, setting.kind) and not isinstance(value, bool)
    if not right_type or not setting.check(value):  # type: ignore[arg-type]  # its type was just compared
        raise Misconfigured(f"{where}: {setting.name} takes {setting.bounds}", setting.meaning)


def _from_environment(setting: Setting, given: str) -> Value:
    value: Value = given
    if setting.kind is int:
        value = int(given) if re.fullmatch(r"-?[0-9]{1,9}", given) else given
    _check(setting, value, f"the variable {setting.variable}")
    return value


def _fields(values: Mapping[str, Value]) -> dict[str, Any]:
    return {name.replace("-", "_"): value for name, value in values.items()}


def _line_of(text: str, name: str) -> int:
    """Return the line on which a key stands; the parser does not tell. 0 if it is written in an unusual way."""
    pattern = re.compile(rf"\s*\[*[\"']?{re.escape(name)}[\"']?\s*(=|\]|\.)")
    return next((at for at, line in enumerate(text.splitlines(), 1) if pattern.match(line)), 0)
