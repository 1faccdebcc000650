"""The text of a PDF, taken out in a process of its own, which may be killed at any moment: `pdf.py` starts it.

A PDF can say anything, and whatever takes it apart can be led astray. So this knows nothing of the house, has bounds
that the kernel keeps, and ends in whatever way it will; only a result that is complete counts.
"""

import json
import resource
import sys
from io import BytesIO
from typing import Any, Final

from pypdf import PasswordType, PdfReader

MOST_MEMORY: Final = 768 * 1024 * 1024
MOST_SECONDS: Final = 20
MOST_PAGES: Final = 500


def bound() -> None:
    """So much memory and time, and no file of its own."""
    for what, most in (
        (resource.RLIMIT_AS, MOST_MEMORY),
        (resource.RLIMIT_CPU, MOST_SECONDS),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (most, most))


def read(data: bytes, longest: int) -> dict[str, Any]:
    """The text of its pages, as far as so many characters, or why there is none."""
    reader = PdfReader(BytesIO(data))
    if reader.is_encrypted and reader.decrypt("") == PasswordType.NOT_DECRYPTED:
        return {"problem": "ENCRYPTED"}
    pages, texts, length = len(reader.pages), [], 0
    for page in reader.pages[:MOST_PAGES]:
        texts.append(page.extract_text().strip())
        length += len(texts[-1])
        if length > longest:
            break
    text = "\n\n".join(text for text in texts if text)
    return {"pages": pages, "text": text[:longest], "is_cut": len(texts) < pages or len(text) > longest}


if __name__ == "__main__":
    bound()
    found = read(sys.stdin.buffer.read(), int(sys.argv[1]))
    sys.stdout.buffer.write(json.dumps(found).encode())
