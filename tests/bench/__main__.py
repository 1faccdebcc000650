"""Benchmarks, apart from the tests: they start what they measure, and print what they found.

.venv/bin/python -m tests.bench shell --json FILE     (or chat)
"""

import argparse
import json
import sys
from pathlib import Path

from tests.bench import chat, shell

BENCHES = {"chat": chat.run, "shell": shell.run}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("bench", choices=sorted(BENCHES))
    parser.add_argument("--json", type=Path, help="write the figures there")
    args = parser.parse_args()
    figures = {args.bench: BENCHES[args.bench]()}
    text = json.dumps(figures, indent=2)
    if args.json:
        args.json.write_text(text + "\n")
    print(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
