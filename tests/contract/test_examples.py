"""Contracts: schemas, examples and types say the same; nothing stands without its counterpart."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from jsonschema import Draft202012Validator

from streams.codec.interaction import decode
from streams.domain.campaign import Campaign
from streams.domain.interaction import NAME_PATTERN, Interaction
from streams.domain.outcome import Accepted
from streams.topics import SCHEMAS, declared_topics

EXAMPLES = SCHEMAS / "examples"
TYPES: dict[str, type[msgspec.Struct]] = {"interaction.v1": Interaction, "campaign.v1": Campaign}
NO_NUL = "^[^\\u0000]*$"  # the codec's own check, in a schema's words
NOT_DECIDING = {"$schema", "$id", "$defs", "title", "description", "default"}


def examples(verdict: str) -> list[Any]:
    """Every example with this verdict, named by contract and file."""
    files = sorted(EXAMPLES.glob(f"*/{verdict}/*.json"))
    return [
        pytest.param(file.parts[-3], file, id=f"{file.parts[-3]}-{file.stem}") for file in files
    ]


def schema(contract: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((SCHEMAS / "events" / f"{contract}.schema.json").read_text())
    return found


def is_decoded(contract: str, value: bytes) -> bool:
    """Whether the code that reads the topic takes it."""
    if contract == "campaign.v1":
        try:
            msgspec.json.decode(value, type=Campaign)
        except msgspec.ValidationError:
            return False
        return True
    found = json.loads(value)
    parts = (found.get("tenant"), found.get("visitor")) if isinstance(found, dict) else ("", "")
    return isinstance(decode("/".join(map(str, parts)).encode(), value), Accepted)


def deciding(found: Any, defs: dict[str, Any]) -> Any:
    """A schema without words and references, so that two can be compared whole."""
    if isinstance(found, list):
        return [deciding(each, defs) for each in found]
    if not isinstance(found, dict):
        return found
    if "$ref" in found:
        return deciding(defs[found["$ref"].rpartition("/")[2]], defs)
    kept = {name: value for name, value in found.items() if name not in NOT_DECIDING}
    if "properties" in kept and kept.get("type") == "object":
        own = {name: deciding(value, defs) for name, value in kept.pop("properties").items()}
        return deciding(kept, defs) | {"properties": own}
    return {
        name: sorted(value) if name in ("enum", "required") else deciding(value, defs)
        for name, value in kept.items()
        if (name, value) != ("pattern", NO_NUL)
    }


def of_type(contract: str) -> Any:
    """What the type says, with the names that only the codec checks."""
    found = msgspec.json.schema(TYPES[contract])
    said = deciding(found, found["$defs"])
    if contract == "interaction.v1":
        for name in ("tenant", "kind", "source"):
            said["properties"][name]["pattern"] = NAME_PATTERN
    return said


@pytest.mark.parametrize(("contract", "file"), examples("valid"))
def test_a_valid_example_passes_the_schema_and_decodes(contract: str, file: Path) -> None:
    value = file.read_bytes()

    assert list(Draft202012Validator(schema(contract)).iter_errors(json.loads(value))) == []
    assert is_decoded(contract, value)


@pytest.mark.parametrize(("contract", "file"), examples("invalid"))
def test_an_invalid_example_is_refused_by_the_schema_and_the_decoder(
    contract: str, file: Path
) -> None:
    value = file.read_bytes()

    assert not Draft202012Validator(schema(contract)).is_valid(json.loads(value))
    assert not is_decoded(contract, value)


@pytest.mark.parametrize("contract", TYPES)
def test_schema_and_type_agree_on_fields_and_limits(contract: str) -> None:
    declared = schema(contract)

    assert deciding(declared, declared["$defs"]) == of_type(contract)


@pytest.mark.parametrize("contract", TYPES)
def test_schema_and_type_agree_on_defaults(contract: str) -> None:
    declared = schema(contract)["properties"]
    described = json.loads(json.dumps(msgspec.json.schema(TYPES[contract])))  # tuples to arrays
    typed = described["$defs"][TYPES[contract].__name__]["properties"]

    assert {name: field.get("default", "none") for name, field in declared.items()} == {
        name: field.get("default", "none") for name, field in typed.items()
    }


@pytest.mark.parametrize("contract", TYPES)
def test_a_schema_is_a_schema_and_describes_every_field(contract: str) -> None:
    declared = schema(contract)

    Draft202012Validator.check_schema(declared)
    assert [
        name for name, field in declared["properties"].items() if not field["description"]
    ] == []


def test_every_contract_has_a_schema_a_type_and_examples_of_both_kinds() -> None:
    schemas = {file.name.removesuffix(".schema.json") for file in (SCHEMAS / "events").iterdir()}
    with_examples = {
        folder.name
        for folder in EXAMPLES.iterdir()
        if all(any((folder / verdict).glob("*.json")) for verdict in ("valid", "invalid"))
    }

    assert schemas == set(TYPES) == with_examples


def test_every_schema_belongs_to_a_topic() -> None:
    named = {topic.schema for topic in declared_topics() if topic.schema}

    assert named == {file.name for file in (SCHEMAS / "events").iterdir()}


def test_every_example_is_json_in_a_folder_of_its_verdict() -> None:
    strays = [
        str(file.relative_to(EXAMPLES))
        for file in EXAMPLES.rglob("*")
        if file.is_file()
        and not (file.suffix == ".json" and file.parent.name in ("valid", "invalid"))
    ]

    assert strays == []
