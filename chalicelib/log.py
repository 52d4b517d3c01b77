"""Logs: one JSON object a line in the Elastic Common Schema, never a customer's values."""

import logging
import sys

LOGGER = logging.getLogger("sins")


def set_up(level: str) -> None:
    """Sends the product's log lines to standard output. A second call only sets the level."""
    from ecs_logging import StdlibFormatter

    LOGGER.setLevel(level)
    if not LOGGER.handlers:
        handler = logging.StreamHandler(sys.stdout)
        handler.setFormatter(StdlibFormatter(exclude_fields=["log.original", "process"]))
        LOGGER.addHandler(handler)
        LOGGER.propagate = False


def fields(**values: object) -> dict[str, object]:
    """`extra` for a log line: `http__request__id` becomes `http.request.id`."""
    return {name.replace("__", "."): value for name, value in values.items() if value is not None}
