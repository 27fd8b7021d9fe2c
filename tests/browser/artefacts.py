"""Artefacts: where tests keep what a person may want to look at; made when it is asked for."""

from pathlib import Path

ARTEFACTS = Path(__file__).parents[1] / "artefacts"
ARTEFACTS.mkdir(exist_ok=True)
