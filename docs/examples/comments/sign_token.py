"""Sign a token that tells the comment section who is logged in with you: `sign_token.py KEY KID SECTION ID NAME`.

KEY is the file of your Ed25519 key (PEM), KID what `showcause comments keys add` printed. Needs the package
`cryptography`. Make a token for each page that you draw, and never keep the key where a browser reads it.
"""

import base64
import json
import sys
import time
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key


def token(key: Ed25519PrivateKey, kid: str, claims: dict[str, str | int]) -> str:
    """Return the signed token."""
    signed = ".".join(part(json.dumps(each).encode()) for each in ({"alg": "EdDSA", "kid": kid}, claims))
    return f"{signed}.{part(key.sign(signed.encode()))}"


def part(data: bytes) -> str:
    """Return bytes as a token writes them."""
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


if __name__ == "__main__":
    file, kid, section, account, name = sys.argv[1:]
    key = load_pem_private_key(Path(file).read_bytes(), None)
    if not isinstance(key, Ed25519PrivateKey):
        sys.exit("this is no Ed25519 key")
    in_five_minutes = int(time.time()) + 300
    print(token(key, kid, {"aud": section, "exp": in_five_minutes, "sub": account, "name": name}))
