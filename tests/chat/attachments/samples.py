"""Files as people have them, and as nobody should: made here, so that each says what it is."""

import struct
import zlib
from io import BytesIO

from pypdf import PdfWriter


def png(width: int = 3, height: int = 2, colour: bytes = b"\x99\x22\x11") -> bytes:
    """A picture of one colour, which says to be this large; small ones are."""
    rows = b"".join(b"\x00" + colour * width for _ in range(height)) if width * height < 10**6 else b""
    head = _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + _chunk(b"IDAT", zlib.compress(rows)) + _chunk(b"IEND", b"")


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def gif(width: int = 3, height: int = 2) -> bytes:
    return b"GIF89a" + struct.pack("<HH", width, height) + b"\x80\x00\x00\x00\x00\x00\xff\xff\xff\x3b"


def jpeg(width: int = 3, height: int = 2) -> bytes:
    """The markers alone: application data, a table, the frame."""
    table = b"\xff\xc4\x00\x05\x00\x00\x00"
    frame = b"\xff\xc0\x00\x0b\x08" + struct.pack(">HH", height, width) + b"\x01\x01\x11\x00"
    return b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00" + table + frame + b"\xff\xd9"


def webp(kind: bytes = b"VP8X", width: int = 3, height: int = 2) -> bytes:
    frames = {
        b"VP8X": b"\x00\x00\x00\x00" + (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little"),
        b"VP8L": b"\x2f" + ((width - 1) | (height - 1) << 14).to_bytes(4, "little") + b"\x00" * 5,
        b"VP8 ": b"\x00\x00\x00\x9d\x01\x2a" + struct.pack("<HH", width, height),
    }
    return b"RIFF\x20\x00\x00\x00WEBP" + kind + b"\x0a\x00\x00\x00" + frames[kind]


def pdf(*pages: str) -> bytes:
    """One line of text a page."""
    kids = " ".join(f"{4 + 2 * number} 0 R" for number in range(len(pages)))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Count {len(pages)} /Kids [{kids}] >>".encode(),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    for number, text in enumerate(pages):
        stream = f"BT /F1 12 Tf 20 100 Td ({text}) Tj ET".encode()
        page = f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 300 200] /Contents {5 + 2 * number} 0 R"
        objects.append(page.encode() + b" /Resources << /Font << /F1 3 0 R >> >> >>")
        objects.append(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream))
    return _whole(objects)


def _whole(objects: list[bytes]) -> bytes:
    out, places = bytearray(b"%PDF-1.4\n"), []
    for number, each in enumerate(objects, start=1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, each)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    head = b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    tail = b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, len(out))
    return bytes(out) + head + table + tail


def locked_pdf() -> bytes:
    writer = PdfWriter(clone_from=BytesIO(pdf("secret")))
    writer.encrypt("a password", algorithm="AES-256")
    return _saved(writer)


def scanned_pdf() -> bytes:
    writer = PdfWriter()
    writer.add_blank_page(300, 200)
    return _saved(writer)


def _saved(writer: PdfWriter) -> bytes:
    out = BytesIO()
    writer.write(out)
    return out.getvalue()


def unpacking_pdf(megabytes: int = 900) -> bytes:
    """A page of a few kilobytes that unpacks to so many megabytes."""
    packer = zlib.compressobj(9)
    stream = b"".join([*(packer.compress(b" " * 2**20) for _ in range(megabytes)), packer.flush()])
    page = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] /Contents 4 0 R >>"
    packed = b"<< /Length %d /Filter /FlateDecode >>\nstream\n%s\nendstream" % (len(stream), stream)
    return _whole([b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Count 1 /Kids [3 0 R] >>", page, packed])


def endless_pdf(kids: int = 400_000) -> bytes:
    """A page tree of very many pages, all the same one."""
    pages = b"<< /Type /Pages /Count %d /Kids [%s] >>" % (kids, b"3 0 R " * kids)
    page = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] >>"
    return _whole([b"<< /Type /Catalog /Pages 2 0 R >>", pages, page])


def circular_pdf() -> bytes:
    """A page tree that bites its own tail."""
    pages = b"<< /Type /Pages /Count 9 /Kids [2 0 R 2 0 R] >>"
    return _whole([b"<< /Type /Catalog /Pages 2 0 R >>", pages])
