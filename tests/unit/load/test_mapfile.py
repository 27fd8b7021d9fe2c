"""Maps: what they may say, and which key is named when they say something else."""

from pathlib import Path

import pytest

from streams.load.mapfile import Format, MapError, parse_map, read_map
from tests.unit.load.builders import MINIMAL, file_map


def flaw(fields: str = "", *, top: str = "", base: str = MINIMAL) -> str:
    """What is said of the minimal map with these fields and keys."""
    with pytest.raises(MapError) as error:
        file_map(fields, top=top, base=base)
    return str(error.value)


def test_a_map_is_named_after_its_file_unless_it_says_a_name() -> None:
    assert file_map().source == "load:stem"
    assert file_map(top="name: readers").source == "load:readers"


def test_the_minimal_map() -> None:
    found = file_map(top="tenant: acme")
    assert (found.format, found.tenant, found.columns) == (Format.CSV, "acme", ())
    assert list(found.fields) == ["visitor", "occurred_at", "stage", "kind"]


def test_the_campaign_may_stand_beside_the_fields() -> None:
    (field,) = file_map(top="campaign: spring").fields["campaign"]
    assert field.constant == "spring"
    both = flaw("  campaign: c", top="campaign: spring")
    assert both == "campaign: expected here or in fields.campaign, found in both"


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ("  pages: url", "fields.pages: expected one of campaign, channel.campaign, "),
        ("  properties.: url", "fields.properties.: expected one of "),
        ("  tenant: t", "fields.tenant: expected no such field: tenant is the option --tenant"),
        ("  source: s", "fields.source: expected no such field: source is `load:` and the map's"),
        ("  sent_at: s", "fields.sent_at: expected no such field: sent_at would correct a device"),
        ("  page: 7", "fields.page: expected an object, found 7"),
        ("  page: [a, b]", "fields.page: expected one column or object, found a list"),
        ("  page: {}", "fields.page: expected one of column, constant, template, hash, found none"),
        (
            "  page: {column: a, constant: b}",
            "fields.page: expected one of column, constant, template, hash, found column, constant",
        ),
        ("  page: {col: a}", "fields.page.col: expected one of the keys column, constant, temp"),
        ("  page: {column: 7}", "fields.page.column: expected a string, found 7"),
        ("  page: {template: 'a{b'}", "fields.page.template: expected text with columns in braces"),
        ("  page: {constant: 7}", "fields.page.constant: expected a string of at most 2048 cha"),
        ("  page: {column: a, time: clf}", "fields.page.time: expected only in occurred_at"),
        ("  page: {column: a, scale: 100}", "fields.page.scale: expected only in value_minor"),
        ("  page: {column: a, type: text}", "fields.page.type: expected only in properties"),
        ("  value_minor: {column: a, scale: -1}", "fields.value_minor.scale: expected 1, 10, 100"),
        (
            "  properties.a: {column: a, type: date}",
            "fields.properties.a.type: expected one of text, integer, number, boolean or null",
        ),
        (
            "  identifiers: [a, {hash: 7}]",
            "fields.identifiers[1].hash: expected an array, found 7",
        ),
        ("  proof: {constant: sworn}", "fields.proof.constant: expected one of "),
        ("  currency: {constant: euro}", "fields.currency.constant: expected a string"),
    ],
)
def test_a_flaw_names_the_key_and_what_was_expected(fields: str, expected: str) -> None:
    assert flaw(fields).startswith(expected)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("{column: at}", "fields.occurred_at.time: expected epoch_s, epoch_ms, clf, rfc3339 or"),
        ("{column: at, time: iso}", "fields.occurred_at.time: expected epoch_s, epoch_ms, clf,"),
        ("{column: at, time: '%d.%m.%Y'}", "fields.occurred_at.time: expected %z in the format"),
        (
            "{column: at, time: rfc3339, zone: Bonn}",
            "fields.occurred_at.zone: expected a time zone such as Europe/Berlin, found 'Bonn'",
        ),
    ],
)
def test_a_time_that_cannot_be_read_is_a_flaw(written: str, expected: str) -> None:
    base = MINIMAL.replace("{column: at, time: epoch_s}", written)
    assert flaw(base=base).startswith(expected)


def test_a_moment_may_be_constant() -> None:
    base = MINIMAL.replace("{column: at, time: epoch_s}", "{constant: 1431857103000}")
    assert file_map(base=base).fields["occurred_at"][0].constant == 1_431_857_103_000


def test_a_stage_that_is_none_is_a_flaw() -> None:
    expected = (
        "fields.stage.constant: expected one of visit, talk, act, passive, pushback, send,"
        ' found "visits"'
    )
    assert flaw(base=MINIMAL.replace("visit}", "visits}")) == expected
    table = MINIMAL.replace("{constant: visit}", "{column: s, values: {a: act, b: buy}}")
    assert flaw(base=table).startswith("fields.stage.values.b: expected one of visit, talk")


@pytest.mark.parametrize("field", ["visitor", "occurred_at", "stage", "kind"])
def test_what_every_interaction_has_must_be_said(field: str) -> None:
    lines = [line for line in MINIMAL.splitlines() if not line.startswith(f"  {field}:")]
    said = flaw(base="\n".join(lines))
    assert said == f"fields.{field}: expected a column or a constant, found nothing"


@pytest.mark.parametrize(
    ("top", "expected"),
    [
        ("colums: [a]", "colums: expected one of the keys name, format, columns, delimiter,"),
        ("format: xml", "format: expected one of csv, tsv, ndjson, combined"),
        ("name: 'a b'", "name: expected a string matching "),
        ("delimiter: '||'", "delimiter: expected a string matching "),
        ("columns: a", 'columns: expected an array, found "a"'),
    ],
)
def test_a_key_that_cannot_be_is_a_flaw(top: str, expected: str) -> None:
    base = MINIMAL.replace("format: csv\n", "") if top.startswith("format") else MINIMAL
    assert flaw(top=top, base=base).startswith(expected)


@pytest.mark.parametrize(
    ("yaml", "expected"),
    [
        (b"", "expected an object, found null"),
        (b"[]", "expected an object, found []"),
        (b"format: csv", "fields: expected an object, found nothing"),
        (b"a: [", "expected YAML, found: "),
        (b"\xff", "expected YAML, found: "),
    ],
)
def test_what_is_no_map_is_said(yaml: bytes, expected: str) -> None:
    with pytest.raises(MapError) as error:
        parse_map(yaml, "stem")
    assert str(error.value).startswith(expected)


def test_an_error_names_the_maps_file(tmp_path: Path) -> None:
    path = tmp_path / "readers.yaml"
    with pytest.raises(MapError, match=r"readers\.yaml: expected a readable file, found: No such"):
        read_map(path)
    path.write_text(MINIMAL.replace("visit}", "visits}"))
    with pytest.raises(MapError, match=r"readers\.yaml: fields\.stage\.constant: expected one of"):
        read_map(path)
