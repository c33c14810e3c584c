"""Files that strangers send: what is drawn anew, what is refused and why, by the child process that really does it."""

import io
import struct
import time
import zipfile
import zlib
from pathlib import Path

import pytest
from PIL import Image, PngImagePlugin

from showcause.gateways.inspecting import ProcessInspector
from tests.services.processes import PATIENCE

LOOK = ProcessInspector()


def picture(kind: str = "PNG", size: tuple[int, int] = (40, 20), **more: object) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, "teal").save(out, kind, **more)
    return out.getvalue()


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def huge_png(side: int) -> bytes:
    """Return a small file that says it is a very large picture."""
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0))
    row = zlib.compress(b"\x00" * 100_000)
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", row) + chunk(b"IEND", b"")


def zip_of(name: str, data: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as kept:
        kept.writestr(name, data)
    return out.getvalue()


@pytest.mark.parametrize(
    "kind, becomes",
    [("PNG", "image/png"), ("JPEG", "image/jpeg"), ("WEBP", "image/png"), ("GIF", "image/png")],
)
def test_a_picture_is_drawn_anew(kind: str, becomes: str) -> None:
    made = LOOK.redraw(picture(kind))
    assert (made.refused, made.media_type) == ("", becomes)
    with Image.open(io.BytesIO(made.data)) as drawn:
        assert drawn.size == (40, 20)


def test_nothing_that_a_picture_carries_along_comes_through() -> None:
    """Neither a place in the metadata, nor markup in a comment, nor a second file behind the first."""
    exif = Image.Exif()
    exif[0x010E] = "taken at home"
    notes = PngImagePlugin.PngInfo()
    notes.add_text("Comment", "<script>alert(1)</script>")
    for data in (
        picture("JPEG", exif=exif, comment=b"<script>alert(1)</script>"),
        picture("PNG", exif=exif, pnginfo=notes),
        picture("GIF") + zip_of("evil.class", b"GIFAR"),
        picture("PNG") + b"<html><script>alert(1)</script>",
    ):
        made = LOOK.redraw(data)
        assert made.refused == ""
        for trace in (b"home", b"script", b"PK\x03\x04", b"Exif", b"html"):
            assert trace not in made.data


def test_a_large_picture_becomes_a_smaller_one() -> None:
    made = LOOK.redraw(picture("JPEG", (5000, 100)))
    with Image.open(io.BytesIO(made.data)) as drawn:
        assert max(drawn.size) == 2000


@pytest.mark.parametrize(
    "what, data, because",
    [
        ("a picture of 20,000 by 20,000 in a small file", huge_png(20_000), "pixels"),
        ("a truncated picture", picture("PNG", (600, 600))[:400], "damaged"),
        ("a head without a picture", b"\x89PNG\r\n\x1a\n", "damaged"),
        (
            "a drawing with a script",
            b"<svg xmlns='http://www.w3.org/2000/svg'><script>1</script></svg>",
            "markup",
        ),
        ("a page", b"\n <!doctype html><script>alert(1)</script>", "markup"),
        ("a PDF", b"%PDF-1.7\n%\xe2\xe3", "pdf"),
        ("a bomb", zip_of("bomb", b"\x00" * 30_000_000), "kind"),
        ("a program", b"\x7fELF\x02\x01\x01", "kind"),
        ("nothing", b"", "size"),
        ("too much", b"a" * (4 * 1024 * 1024 + 1), "size"),
    ],
)
def test_what_cannot_be_shown_safely_is_refused_with_its_reason(what: str, data: bytes, because: str) -> None:
    assert LOOK.redraw(data).refused == because, what


def test_text_is_text_and_does_not_turn_round() -> None:
    made = LOOK.redraw("J’étais invitée.\r\n\u202e<b>txt</b>".encode())
    assert (made.media_type, made.data.decode()) == ("text/plain", "J’étais invitée.\n<b>txt</b>")


def test_who_does_not_answer_in_time_is_ended(tmp_path: Path) -> None:
    stuck = tmp_path / "stuck.py"
    stuck.write_text(f"import time; time.sleep({PATIENCE})")
    begun = time.monotonic()
    assert ProcessInspector(stuck, seconds=0.5).redraw(b"x").refused == "slow"
    assert time.monotonic() - begun < PATIENCE


def test_who_answers_without_end_is_ended(tmp_path: Path) -> None:
    """What took over the child cannot fill the memory of whoever asked it, nor send back what we do not show."""
    endless = tmp_path / "endless.py"
    endless.write_text("import sys\nwhile True: sys.stdout.buffer.write(b'x' * 65536)")
    assert ProcessInspector(endless).redraw(b"x").refused == "slow"
    liar = tmp_path / "liar.py"
    liar.write_text("""print('{"type": "text/html"}\\n<script>alert(1)</script>')""")
    assert ProcessInspector(liar).redraw(b"x").refused == "slow"


def test_the_child_has_no_environment_and_its_memory_is_bounded(tmp_path: Path) -> None:
    from showcause.gateways import redraw

    greedy = tmp_path / "greedy.py"
    greedy.write_text(
        f"import sys, os, json\nsys.path.insert(0, {str(Path(redraw.__file__).parent)!r})\nimport redraw\n"
        "redraw.limit()\nleft = [n for n in os.environ if n not in ('LC_CTYPE',)]\n"
        "try:\n    held = bytearray(2 * 1024**3)\nexcept MemoryError:\n"
        "    print(json.dumps({'type': 'text/plain'}))\n    print('bounded', left)\n"
    )
    assert ProcessInspector(greedy).redraw(b"x").data == b"bounded []\n"
