"""What AWS passes to a function."""

import base64
import json
from typing import Any


def http(method: str, path: str, body: Any = None, token: str = "", **path_values: str) -> Any:
    """What the gateway passes for a call of a route."""
    place, _, query = path.partition("?")
    pairs = [pair.partition("=") for pair in query.split("&") if pair]
    resource = place
    for name, value in path_values.items():
        resource = resource.replace(value, f"{{{name}}}")
    headers = {"Content-Type": "application/json"}
    return {
        "resource": resource,
        "path": place,
        "httpMethod": method,
        "headers": {**headers, **({"Authorization": f"Bearer {token}"} if token else {})},
        "multiValueQueryStringParameters": {name: [value] for name, _, value in pairs} or None,
        "pathParameters": path_values or None,
        "stageVariables": None,
        "requestContext": {
            "httpMethod": method,
            "resourcePath": resource,
            "path": f"/api{place}",
            "requestId": "from the gateway",
        },
        "body": None if body is None else json.dumps(body),
        "isBase64Encoded": False,
    }


def kafka(*records: tuple[bytes, bytes]) -> Any:
    """What the topic's event source passes for keys and values."""
    return {
        "eventSource": "aws:kafka",
        "records": {
            "sins.customers-0": [
                {
                    "topic": "sins.customers",
                    "partition": 0,
                    "offset": offset,
                    "timestamp": 1_700_000_000_000,
                    "key": base64.b64encode(key).decode(),
                    "value": base64.b64encode(value).decode(),
                    "headers": [],
                }
                for offset, (key, value) in enumerate(records)
            ]
        },
    }
