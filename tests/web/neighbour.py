"""Somebody else at the same server, in a process of their own: python -m tests.web.neighbour PORT PATH COOKIE.

Asks one thing after another until its standard input ends, and says how long each took, in seconds.
"""

import http.client
import json
import select
import sys
import time

PAUSE_S = 0.01


def main() -> int:
    port, path, cookie = sys.argv[1:]
    times = []
    while not select.select([sys.stdin], [], [], PAUSE_S)[0]:
        begun = time.perf_counter()
        status = asked(int(port), path, cookie)
        times.append(time.perf_counter() - begun)
        if status != 200:
            return 1
    json.dump(sorted(times), sys.stdout)
    return 0


def asked(port: int, path: str, cookie: str) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("GET", path, headers={"cookie": cookie})
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer.status


if __name__ == "__main__":
    sys.exit(main())
