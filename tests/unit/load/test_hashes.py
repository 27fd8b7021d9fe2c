"""Names made of content."""

from streams.load.hashes import line_namer, parts_namer


def test_the_name_of_a_line_is_the_same_in_every_run() -> None:
    assert line_namer("acme", "m", "")(b"a,b") == "1c994246d0c20a41b0eb0bc43896d26d"


def test_the_name_of_a_visitor_is_the_same_in_every_run() -> None:
    assert parts_namer("acme", "")(["203.0.113.9", "curl"]) == "dde34143680ed0947517bf9fbae97db0"


def test_another_tenant_map_line_or_secret_gives_another_name() -> None:
    names = {
        line_namer("acme", "m", "")(b"a"),
        line_namer("other", "m", "")(b"a"),
        line_namer("acme", "n", "")(b"a"),
        line_namer("acme", "m", "secret")(b"a"),
        line_namer("acme", "m", "")(b"b"),
        line_namer("acm", "em", "")(b"a"),
        parts_namer("acme", "")(["a"]),
        parts_namer("acme", "secret")(["a"]),
        parts_namer("other", "")(["a"]),
    }
    assert len(names) == 9


def test_where_one_part_ends_matters() -> None:
    name = parts_namer("acme", "")
    assert name(["ab", "c"]) != name(["a", "bc"])


def test_a_name_does_not_depend_on_those_before() -> None:
    name = parts_namer("acme", "")
    first = name(["a"])
    name(["b"])
    assert name(["a"]) == first
    assert len(first) == 32
