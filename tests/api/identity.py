"""A sign-in service on loopback: signs tokens, and serves the keys that prove them."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

from tests.conftest import being_served

ISSUER = "https://sign-in.example"
AUDIENCE = "sins"
HOUR = 3600


@cache
def rsa_key(name: str) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@cache
def ec_key(name: str) -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


@dataclass
class SignIn:
    """What the service publishes. `broken` is sent in place of the keys."""

    url: str = ""
    keys: list[dict[str, Any]] = field(default_factory=list)
    broken: bytes | None = None
    status: int = 200
    asked: int = 0

    def publish(self, kid: str, key: Any, **others: str) -> None:
        kind = RSAAlgorithm if isinstance(key, rsa.RSAPrivateKey) else ECAlgorithm
        described = kind.to_jwk(key.public_key(), as_dict=True)
        self.keys.append({**described, "kid": kid, "use": "sig", **others})

    @property
    def answer(self) -> bytes:
        return json.dumps({"keys": self.keys}).encode() if self.broken is None else self.broken


def claims(**others: Any) -> dict[str, Any]:
    """What a token says where nothing else is said; None leaves a claim out."""
    now = int(time.time())
    usual = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": "zoe",
        "role": "service_agent",
        "iat": now,
        "exp": now + HOUR,
    }
    return {name: value for name, value in (usual | others).items() if value is not None}


def signed(key: Any, algorithm: str, kid: str | None, **others: Any) -> str:
    headers = {"kid": kid} if kid else {}
    return jwt.encode(claims(**others), key, algorithm=algorithm, headers=headers)


def by_hand(header: dict[str, Any], payload: Any, secret: bytes = b"") -> str:
    """A token that no library would sign."""
    head = f"{encoded(json.dumps(header))}.{encoded(json.dumps(payload))}"
    signature = hmac.digest(secret, head.encode(), hashlib.sha256) if secret else b""
    return f"{head}.{encoded(signature)}"


def encoded(content: str | bytes) -> str:
    data = content.encode() if isinstance(content, str) else content
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def public_pem(key: Any) -> bytes:
    pem: bytes = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return pem


@contextmanager
def sign_in_service() -> Iterator[SignIn]:
    service = SignIn()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            service.asked += 1
            self.send_response(service.status)
            self.send_header("Content-Length", str(len(service.answer)))
            self.end_headers()
            self.wfile.write(service.answer)

        def log_message(self, *_: Any) -> None:
            pass

    with being_served(ThreadingHTTPServer(("127.0.0.1", 0), Handler)) as address:
        service.url = f"{address}/keys"
        yield service
