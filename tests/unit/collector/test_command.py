"""The command `collector`: what it starts beside itself is a collector at the same port."""

from click.testing import CliRunner

from streams.commands.collector import command, sibling
from streams.settings import Settings


def test_a_sibling_is_started_with_words_that_the_command_knows() -> None:
    words = sibling(Settings(), 1).arguments[1:]

    assert words[:3] == ("-m", "streams", "collector")
    assert command.make_context("collector", list(words[3:])).params == {"sharing_port": True}


def test_sharing_a_port_is_not_offered_to_people() -> None:
    assert "--sharing-port" not in CliRunner().invoke(command, ["--help"]).output
