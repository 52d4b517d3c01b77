"""Gives Elasticsearch the index template and Kibana the dashboard."""

import logging
from pathlib import Path
from urllib.error import URLError
from urllib.request import Request, urlopen

from tenacity import before_sleep_log, retry, retry_if_exception_type
from tenacity.wait import wait_fixed

from local.elk.dashboard import saved_objects

TEMPLATE = Path(__file__).with_name("index-template.json")
TEMPLATE_PATH = "/_index_template/logs-sins"
IMPORT_PATH = "/api/saved_objects/_import?overwrite=true"
BOUNDARY = "sins-saved-objects"
PAUSE_SECONDS = 3
TIMEOUT_SECONDS = 30
LOGGER = logging.getLogger("sins.local")


def set_up(elasticsearch: str, kibana: str) -> None:
    """Tries until both have taken it: they need a minute to start. Safe to repeat."""
    _send("PUT", elasticsearch + TEMPLATE_PATH, TEMPLATE.read_bytes(), "application/json")
    # The shipper makes the data stream with its first line, and with the template that is there.
    _send(
        "POST",
        kibana + IMPORT_PATH,
        _form(saved_objects()),
        f"multipart/form-data; boundary={BOUNDARY}",
    )


@retry(
    # What is not there yet, and what answers that it is not ready.
    retry=retry_if_exception_type((URLError, ConnectionError, TimeoutError)),
    wait=wait_fixed(PAUSE_SECONDS),
    before_sleep=before_sleep_log(LOGGER, logging.INFO),
)
def _send(method: str, url: str, body: bytes, content_type: str) -> None:
    headers = {"Content-Type": content_type, "kbn-xsrf": "sins"}
    request = Request(url, data=body, headers=headers, method=method)
    with urlopen(request, timeout=TIMEOUT_SECONDS) as answer:
        LOGGER.info("%s %s: %s", method, url, answer.status)


def _form(objects: str) -> bytes:
    """The file of an import, as a browser uploads it."""
    head = 'Content-Disposition: form-data; name="file"; filename="sins.ndjson"'
    lines = [f"--{BOUNDARY}", head, "Content-Type: application/ndjson", "", objects]
    return "\r\n".join([*lines, f"--{BOUNDARY}--", ""]).encode()
