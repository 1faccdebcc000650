"""Addresses that nobody may be led to, in every spelling that somebody has tried."""

# Every way in which somebody has tried to say "this machine" or "the machine behind it". %d is the listener's port.
FORBIDDEN_HOSTS = [
    "127.0.0.1", "127.1", "127.0.1", "127.255.255.254", "0", "0.0.0.0", "2130706433", "017700000001", "0x7f000001",
    "0x7f.0.0.1", "0177.0.0.1", "0x7f.1", "localhost", "LOCALHOST", "localhost.", "127.0.0.1.", "ip6-localhost",
    "[::1]", "[::]", "[0:0:0:0:0:0:0:1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::127.0.0.1]",
    "[64:ff9b::127.0.0.1]", "[64:ff9b::7f00:1]", "[64:ff9b::a9fe:a9fe]", "[64:ff9b:1::7f00:1]", "[2002:7f00:1::]",
    "[2002:7f00:1::1]", "[2001:0:7f00:1::]", "[::ffff:a9fe:a9fe]", "[::ffff:0:127.0.0.1]", "[fe80::1]",
    "[fe80::5efe:7f00:1]", "[2001:470:1::5efe:127.0.0.1]", "[fc00::1]", "[fd00:ec2::254]", "[ff02::1]", "[3fff::1]",
    "169.254.169.254", "0xa9fea9fe", "2852039166", "10.0.0.1", "172.16.0.1", "192.168.0.1", "100.64.0.1", "192.0.0.1",
    "198.18.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255", "192.0.2.1", "①②⑦.⓪.⓪.①", "\uff11\uff12\uff17.0.0.1",
    "127。0。0。1",
    "ⓛⓞⓒⓐⓛⓗⓞⓢⓣ",
]  # fmt: skip
FORBIDDEN_FORMS = [
    "http://evil.example@127.0.0.1:%d/", "http://127.0.0.1:%d@evil.example/", "http://user:pass@127.0.0.1:%d/",
    "http://127.0.0.1:%d\\@evil.example/", "http://evil.example\\@127.0.0.1:%d/", "http://evil.example\\127.0.0.1:%d",
    "http:\\\\127.0.0.1:%d/", "http:/127.0.0.1:%d/", "http:127.0.0.1:%d/", "//127.0.0.1:%d/", "127.0.0.1:%d",
    "http://127.0.0.1:%d /", " http://127.0.0.1:%d/", "http://127.0.0.1\t:%d/", "http://127.0.0.1:%d/\r\nHost: x",
    "http://127.0.0.1%%00:%d/", "http://%%31%%32%%37.0.0.1:%d/", "http://[::1%%25lo]:%d/", "http://[127.0.0.1]:%d/",
    "http:///127.0.0.1:%d/", "http://:%d/", "http://#@127.0.0.1:%d/", "http://?@127.0.0.1:%d/",
    "ftp://127.0.0.1:%d/", "file:///etc/passwd#%d", "file://127.0.0.1:%d/etc/passwd", "gopher://127.0.0.1:%d/_x",
    "unix:///var/run/docker.sock#%d", "http+unix://%%2Fvar%%2Frun%%2Fdocker.sock:%d/", "ws://127.0.0.1:%d/",
    "dict://127.0.0.1:%d/", "ldap://127.0.0.1:%d/", "data:text/plain,%d", "javascript:alert(%d)", "jar:http://127.0.0.1:%d!/",
]  # fmt: skip
