"""Tokens with which the newspaper vouches for its own accounts."""

import base64
import json
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from showcause.comments import articles, authors, token_keys
from showcause.comments.values import Author, AuthorKind, NotTaken
from showcause.domain.errors import AlreadyExists, BadInput, NotFound
from tests.comments.conftest import NOON, SITE, Newsroom, fresh_id

SECRET = Ed25519PrivateKey.from_private_bytes(b"s" * 32)
PEM = SECRET.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
END = int(NOON.timestamp()) + 300
CLAIMS: dict[str, Any] = {"aud": "courrier", "sub": "u-17", "name": "Mira Sol", "exp": END}


def b64(data: bytes) -> str:
    """Return base64url without padding."""
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def token(kid: str, secret: Ed25519PrivateKey = SECRET, *, header: Any = None, **claims: Any) -> str:
    """Return a token as the newspaper would sign it."""
    head = {"alg": "EdDSA", "kid": kid} if header is None else header
    body = f"{b64(json.dumps(head).encode())}.{b64(json.dumps(CLAIMS | claims).encode())}"
    return f"{body}.{b64(secret.sign(body.encode()))}"


def enter(newsroom: Newsroom, text: str) -> Author:
    """Return whom a token lets in."""
    return authors.from_token(newsroom.section, newsroom.now, fresh_id, text)


def test_an_account_is_the_same_author_under_its_newest_name(newsroom: Newsroom) -> None:
    kid = token_keys.add(newsroom.section, NOON, PEM).kid
    first = enter(newsroom, token(kid))
    renamed = enter(newsroom, token(kid, name="Mira S."))
    assert (first.kind, first.name, renamed.name) == (AuthorKind.ACCOUNT, "Mira Sol", "Mira S.")
    assert renamed.id == first.id
    assert enter(newsroom, token(kid, sub="u-18")).id != first.id


def test_keys_overlap_while_one_replaces_the_other(newsroom: Newsroom) -> None:
    other = Ed25519PrivateKey.from_private_bytes(b"t" * 32)
    raw = other.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    old, new = (
        token_keys.add(newsroom.section, NOON, PEM).kid,
        token_keys.add(newsroom.section, NOON, b64(raw)).kid,
    )
    assert enter(newsroom, token(old)).id == enter(newsroom, token(new, other)).id
    token_keys.retire(newsroom.section, NOON, old)
    with pytest.raises(NotTaken, match="retired"):
        enter(newsroom, token(old))
    assert enter(newsroom, token(new, other)).name == "Mira Sol"
    with pytest.raises(AlreadyExists):
        token_keys.add(newsroom.section, NOON, PEM)
    assert [
        (each.kid, each.retired_at) for each in token_keys.listed(newsroom.section) if each.retired_at
    ] == [(old, NOON)]


@pytest.mark.parametrize(
    "claims, why",
    [
        ({"aud": "another"}, "aud"),
        ({"exp": END - 400}, "exp"),
        ({"exp": END + 3600}, "exp"),
        ({"exp": "tomorrow"}, "exp"),
        ({"exp": True}, "exp"),
        ({"exp": None}, "exp"),
        ({"nbf": END + 1}, "nbf"),
        ({"sub": ""}, "sub"),
        ({"sub": 7}, "sub"),
        ({"name": "x" * 201}, "name"),
        ({"name": "La R\u00e9dactI0n"}, "newspaper"),
    ],
)
def test_a_token_that_says_something_else_lets_nobody_in(
    quick: Newsroom, claims: dict[str, Any], why: str
) -> None:
    kid = token_keys.add(quick.section, NOON, PEM).kid
    with pytest.raises(NotTaken, match=why):
        enter(quick, token(kid, **claims))


@pytest.mark.parametrize(
    "header",
    [
        {"alg": "none", "kid": "KID"},
        {"alg": "HS256", "kid": "KID"},
        {"alg": "EdDSA"},
        {"alg": "EdDSA", "kid": ["KID"]},
        {"alg": "EdDSA", "kid": "unknown"},
        {"alg": "EdDSA", "kid": "KID", "crit": ["exp"]},
        {"alg": "EdDSA", "kid": "KID", "jwk": {"kty": "OKP"}},
        ["EdDSA"],
    ],
)
def test_no_token_chooses_how_it_is_checked(quick: Newsroom, header: Any) -> None:
    kid = token_keys.add(quick.section, NOON, PEM).kid
    named = json.loads(json.dumps(header).replace("KID", kid))
    with pytest.raises(NotTaken):
        enter(quick, token(kid, header=named))


def test_forged_and_broken_tokens_let_nobody_in(quick: Newsroom) -> None:
    kid = token_keys.add(quick.section, NOON, PEM).kid
    good = token(kid)
    head, claims, signature = good.split(".")
    twice = b64(b'{"aud":"courrier","aud":"courrier","sub":"u","name":"N","exp":1}')
    stranger = token(kid, Ed25519PrivateKey.from_private_bytes(b"x" * 32))
    for bad in (
        "", "a.b", "..", good + "=" * 5000, f"{head}.{claims}.", f"{head}.{claims}.{signature[:-8]}AAAAAAAA",
        f"{head}.{twice}.{signature}",
        f"{good}.x", "é" + good, stranger,
    ):  # fmt: skip
        with pytest.raises(NotTaken):
            enter(quick, bad)
    assert quick.section.rows("SELECT COUNT(*) FROM author") == [(0,)]


def test_only_public_ed25519_keys_are_taken(quick: Newsroom) -> None:
    private = SECRET.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    for bad in (
        private,
        "",
        "abc",
        b64(b"k" * 31),
        "-----BEGIN PUBLIC KEY-----\nMCow\n-----END PUBLIC KEY-----",
    ):
        with pytest.raises(BadInput):
            token_keys.add(quick.section, NOON, bad)
    with pytest.raises(NotFound):
        token_keys.retire(quick.section, NOON, "unknown")


def test_a_token_is_over_after_its_end(quick: Newsroom) -> None:
    kid = token_keys.add(quick.section, NOON, PEM).kid
    quick.now = NOON + timedelta(minutes=5, seconds=59)
    enter(quick, token(kid))
    quick.now += timedelta(seconds=1)
    with pytest.raises(NotTaken, match="over"):
        enter(quick, token(kid))


def test_a_token_vouches_for_an_article_as_well(newsroom: Newsroom) -> None:
    kid = token_keys.add(newsroom.section, NOON, PEM).kid
    first = newsroom.article("strike", title="Buy now", part="free-for-all", language="fr")

    def vouch(**claims: Any) -> Any:
        return articles.vouched_for(newsroom.section, NOON, fresh_id, token(kid, **claims))

    assert vouch() is None
    said = vouch(article="strike", address=f"{SITE}/moved", title="The strike", section="transport")
    assert (said.id, said.title, said.part, said.address, said.language) == (
        first.id, "The strike", "transport", f"{SITE}/moved", "fr",
    )  # fmt: skip
    for wrong in ({"article": "strike"}, {"article": "strike", "address": "https://elsewhere.example/"}):
        with pytest.raises(NotTaken):
            vouch(**wrong)
