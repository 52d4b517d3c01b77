"""Authentication: who is asking, from headers on one machine or from a signed token."""

import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import unquote

from chalicelib.domain.access import Role, role_named
from chalicelib.domain.audit import OWN_ACTOR
from chalicelib.domain.errors import InvalidValue, Unauthenticated, Unavailable
from chalicelib.domain.folding import visible
from chalicelib.domain.text import clean_text
from chalicelib.settings import Settings

ALGORITHMS = ["RS256", "ES256"]
ANONYMOUS = "anonymous"
_BEARER = re.compile(r"Bearer +([^ ]+)", re.IGNORECASE)
CLOCK_SKEW_SECONDS = 60
KEYS_LAST_SECONDS = 3600


def authenticate(headers: Mapping[str, str], settings: Settings) -> tuple[str, Role]:
    """The actor and the role. Raises Unauthenticated, or Unavailable where no key can be read."""
    if settings.auth_mode == "oidc":
        return _from_token(headers, settings)
    return _from_headers(headers)


def _from_headers(headers: Mapping[str, str]) -> tuple[str, Role]:
    role = role_named(headers.get("x-role"))
    return _actor(_unquoted(headers.get("x-actor", ""))) or ANONYMOUS, role


def _unquoted(name: str) -> str:
    # Percent-encoded, because a browser sends no header outside Latin-1.
    try:
        return unquote(name, errors="strict")
    except UnicodeDecodeError as error:
        raise Unauthenticated("X-Actor must be percent-encoded UTF-8") from error


def _from_token(headers: Mapping[str, str], settings: Settings) -> tuple[str, Role]:
    claims = _verified(_token(headers), settings)
    actor = _actor(claims.get(settings.oidc_actor_claim))
    if not actor:
        raise Unauthenticated(f"the token names nobody in {settings.oidc_actor_claim}")
    return actor, _role(claims.get(settings.oidc_role_claim))


def _token(headers: Mapping[str, str]) -> str:
    found = _BEARER.fullmatch(headers.get("authorization", ""))
    if not found:
        raise Unauthenticated("send a token: Authorization: Bearer ...")
    return found.group(1)


def _verified(token: str, settings: Settings) -> Mapping[str, Any]:
    import jwt

    try:
        key = _keys(settings.oidc_jwks_url).get_signing_key_from_jwt(token)
        claims: Mapping[str, Any] = jwt.decode(
            token,
            key,
            algorithms=ALGORITHMS,
            audience=settings.oidc_audience,
            issuer=settings.oidc_issuer,
            leeway=CLOCK_SKEW_SECONDS,
            options={"require": ["exp", "iss", "aud"]},
        )
        return claims
    except (jwt.PyJWKClientConnectionError, jwt.PyJWKSetError, OSError, ValueError) as error:
        raise Unavailable("the sign-in service's keys cannot be read") from error
    except jwt.PyJWTError as error:
        raise Unauthenticated(f"the token is not valid: {error}") from error


@lru_cache(maxsize=4)
def _keys(url: str) -> Any:
    """The sign-in service's keys, fetched when first used and again for an unknown key."""
    from jwt import PyJWKClient

    # So long nobody notices that the service is away; a key that it withdraws is taken as long.
    return PyJWKClient(url, timeout=3, cooldown_duration=5, lifespan=KEYS_LAST_SECONDS)


def _role(claim: Any) -> Role:
    """The most powerful known role in a claim that is one name or a list of names."""
    names = claim if isinstance(claim, list) else [claim]
    known = [role for role in Role if role.value in names]
    return known[-1] if known else role_named(None)


def _actor(name: Any) -> str | None:
    if not isinstance(name, str):
        return None
    try:
        actor = clean_text(name, "actor")
    except InvalidValue as error:
        raise Unauthenticated(error.message) from error
    if actor and _is_ours(actor):
        raise Unauthenticated(f"an actor that begins with {OWN_ACTOR} is the product itself")
    return actor


def _is_ours(actor: str) -> bool:
    # Who reads the audit trail takes a fullwidth letter for the usual one.
    looks = unicodedata.normalize("NFKC", visible(actor))
    return looks.casefold().startswith(OWN_ACTOR)
