"""A child process that reads one file from its input and draws it anew on its output, or says why it does not.

It runs with no environment, little memory and little time, and imports nothing of ours: whatever a file does to a
decoder, it does it here. Answer: one line of JSON (`type`, or `refused` with a code), then the bytes.

What comes out was made by us from pixels or characters. No byte of what came in is passed on: no metadata, no second
file behind the first, no markup.
"""

import io
import json
import resource
import sys
import warnings
from typing import Any, Final

MOST_BYTES: Final = 4 * 1024 * 1024
MOST_PIXELS: Final = 50_000_000
LONGEST_SIDE: Final = 2_000
MEMORY: Final = 1024 * 1024 * 1024
SECONDS: Final = 10
FORMATS: Final = ("PNG", "JPEG", "WEBP", "GIF")
HIDDEN: Final = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff")
"""Characters that nobody sees and that turn a text round; they are left out."""


class NotShown(Exception):
    """This file is not shown; the argument is the code of the reason."""


def limit() -> None:
    """Take away memory, time, files and cores, before anything is read."""
    for what, most in (
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_CPU, SECONDS),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (most, most))


def redraw(data: bytes) -> tuple[str, bytes]:
    """Return the media type and bytes of a safe copy.

    Raises: NotShown with the reason.
    """
    if len(data) > MOST_BYTES or not data:
        raise NotShown("size")
    if data.startswith(b"%PDF"):
        raise NotShown("pdf")
    if is_picture(data):
        return picture(data)
    return "text/plain", text(data)


def is_picture(data: bytes) -> bool:
    """Tell whether a file begins as one of the pictures that we draw anew, whatever its name says."""
    webp = data[:4] == b"RIFF" and data[8:12] == b"WEBP"
    return webp or data.startswith((b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF87a", b"GIF89a"))


def picture(data: bytes) -> tuple[str, bytes]:
    """Decode a picture's first frame and write its pixels into a new file, no side longer than the bound."""
    from PIL import Image, ImageOps

    warnings.simplefilter("error")
    Image.MAX_IMAGE_PIXELS = MOST_PIXELS
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as found:
            if found.width * found.height > MOST_PIXELS:
                raise NotShown("pixels")
            found.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
            found.load()
            drawn = ImageOps.exif_transpose(found)
            drawn = drawn.convert(
                "RGBA" if "A" in drawn.getbands() or "transparency" in drawn.info else "RGB"
            )
    except NotShown:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning, MemoryError):
        raise NotShown("pixels") from None
    except Exception:  # noqa: BLE001  # whatever a decoder says of what it cannot read
        raise NotShown("damaged") from None
    drawn.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    return written(drawn, as_photo=found.format == "JPEG")


def written(drawn: Any, *, as_photo: bool) -> tuple[str, bytes]:
    """Return a new file of these pixels: JPEG of photos and of what would be too large otherwise, else PNG."""
    from PIL import Image

    clean = Image.new(drawn.mode, drawn.size)
    clean.paste(drawn)
    out = io.BytesIO()
    if not as_photo:
        clean.save(out, "PNG")
        if out.tell() <= MOST_BYTES:
            return "image/png", out.getvalue()
    sheet = Image.new("RGB", clean.size, "white")
    sheet.paste(clean, mask=clean.getchannel("A") if clean.mode == "RGBA" else None)
    out = io.BytesIO()
    sheet.save(out, "JPEG", quality=85)
    return "image/jpeg", out.getvalue()


def text(data: bytes) -> bytes:
    """Return plain text in UTF-8, with line ends as ours and without characters that deceive."""
    try:
        said = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise NotShown("kind") from None
    if said.lstrip()[:1] == "<":
        raise NotShown("markup")
    lines = said.replace("\r\n", "\n").replace("\r", "\n")
    if any((ord(each) < 32 and each not in "\n\t") or 0x7F <= ord(each) <= 0x9F for each in lines):
        raise NotShown("kind")
    return "".join(each for each in lines if each not in HIDDEN).encode()


def main() -> None:
    """Answer for the one file on the input."""
    limit()
    try:
        kind, made = redraw(sys.stdin.buffer.read(MOST_BYTES + 1))
        head: dict[str, str] = {"type": kind}
    except NotShown as reason:
        head, made = {"refused": str(reason)}, b""
    except MemoryError:
        head, made = {"refused": "pixels"}, b""
    sys.stdout.buffer.write(json.dumps(head).encode() + b"\n" + made)


if __name__ == "__main__":
    main()
