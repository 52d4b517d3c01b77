"""The gateway before the API: how much it lets through, what it logs, how it refuses.

Who asks is found out by the product (`handlers/auth.py`), not here.
"""

import json
from typing import Any

import msgspec

from chalicelib.domain import errors
from chalicelib.domain.errors import SinsError
from chalicelib.handlers.problem import problem, problem_headers, status_of
from infra.stacks.names import API_STAGE, LOG_DAYS, Names, Template, attribute, ref

_NOWHERE = errors.NotFound("there is nothing at this path")
_BUSY = errors.Unavailable("there are too many requests right now; try again")
_SILENT = errors.Unavailable("this location does not answer; try again")
_UNREADABLE = errors.MalformedRequest("the request cannot be read")
_REFUSED = errors.Forbidden("this request is not let through")
_BROKEN = SinsError("something went wrong here")
REFUSALS: dict[str, SinsError] = {
    # What the gateway says of a path or a method that it does not know.
    "MISSING_AUTHENTICATION_TOKEN": _NOWHERE,
    "RESOURCE_NOT_FOUND": _NOWHERE,
    # It takes a token for a signature, and that only where it knows no path.
    "INVALID_SIGNATURE": _NOWHERE,
    "UNAUTHORIZED": errors.Unauthenticated("send a token: Authorization: Bearer ..."),
    "EXPIRED_TOKEN": errors.Unauthenticated("the token has expired"),
    "ACCESS_DENIED": _REFUSED,
    "INVALID_API_KEY": _REFUSED,
    "WAF_FILTERED": _REFUSED,
    "BAD_REQUEST_BODY": _UNREADABLE,
    "BAD_REQUEST_PARAMETERS": _UNREADABLE,
    "REQUEST_TOO_LARGE": errors.TooLarge("the request is larger than anything that is read here"),
    "UNSUPPORTED_MEDIA_TYPE": errors.UnsupportedMediaType("send application/json"),
    "THROTTLED": _BUSY,
    "QUOTA_EXCEEDED": _BUSY,
    "INTEGRATION_FAILURE": _SILENT,
    "INTEGRATION_TIMEOUT": _SILENT,
    "API_CONFIGURATION_ERROR": _BROKEN,
    "AUTHORIZER_CONFIGURATION_ERROR": _BROKEN,
    "AUTHORIZER_FAILURE": _BROKEN,
    "DEFAULT_4XX": _UNREADABLE,
    "DEFAULT_5XX": _BROKEN,
}
# No query: a search names people.
_LOGGED = {
    "@timestamp": "$context.requestTime",
    "http.request.id": "$context.requestId",
    "http.request.method": "$context.httpMethod",
    "http.response.status_code": "$context.status",
    "http.response.bytes": "$context.responseLength",
    "url.path": "$context.path",
    "source.ip": "$context.identity.sourceIp",
    "event.duration_ms": "$context.responseLatency",
    "error.type": "$context.error.responseType",
}


def gateway(names: Names) -> Template:
    """Resources: what Chalice's REST API lacks, and the log of who called it."""
    return {
        "RestAPI": {
            "Properties": {
                "Name": names.prefix,
                "GatewayResponses": {name: _response(error) for name, error in REFUSALS.items()},
                "MethodSettings": [
                    {
                        "HttpMethod": "*",
                        "ResourcePath": "/*",
                        "MetricsEnabled": True,
                        "ThrottlingRateLimit": ref("RequestsASecond"),
                        "ThrottlingBurstLimit": ref("RequestsAtOnce"),
                    }
                ],
                "AccessLogSetting": {
                    "DestinationArn": attribute("AccessLog", "Arn"),
                    "Format": json.dumps({**_LOGGED, "labels.location": names.location}),
                },
            }
        },
        "AccessLog": {
            "Type": "AWS::Logs::LogGroup",
            "Properties": {
                "LogGroupName": f"/aws/apigateway/{names.prefix}/{API_STAGE}",
                "RetentionInDays": LOG_DAYS,
            },
        },
    }


def _response(error: SinsError) -> dict[str, Any]:
    """The error as the product itself answers it."""
    headers = {name: f"'{value}'" for name, value in problem_headers(error).items()}
    body = problem(error, "$context.requestId")
    return {
        "StatusCode": status_of(type(error)),
        "ResponseParameters": {
            "Headers": {
                **headers,
                "Cache-Control": "'no-store'",
                "X-Request-Id": "context.requestId",
            }
        },
        "ResponseTemplates": {"application/json": msgspec.json.encode(body).decode()},
    }
