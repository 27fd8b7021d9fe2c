"""Errors of the suite itself."""


class NotRunError(Exception):
    """This machine cannot do what the scenario needs; the text says what is missing."""
