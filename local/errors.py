"""What a command says when it cannot go on."""


class CannotRun(Exception):
    """One sentence that tells the person at the terminal what to do."""


def last_line(text: str) -> str:
    """The last line that says something, fit to end a sentence with."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1].rstrip(".")[:300] if lines else "it said nothing"
