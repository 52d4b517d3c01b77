"""What a terminal shows of text that somebody else wrote."""


def harmless(text: str) -> str:
    """The text in one line: what would steer the terminal, or begin a line, is escaped."""
    return "".join(one if one.isprintable() else ascii(one)[1:-1] for one in text)
