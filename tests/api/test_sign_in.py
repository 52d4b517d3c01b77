"""Signing in with a token: AUTH_MODE=oidc."""

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest

from chalicelib.bootstrap import Parts
from chalicelib.domain.errors import SettingsError
from chalicelib.handlers import auth
from chalicelib.settings import read_settings
from local.engines.network import free_port
from tests.api.client import AUDIT, FIELDS, ITEMS, Api, Reply, accepted, assert_refused, item
from tests.api.conftest import ApiOn, with_settings
from tests.api.identity import (
    AUDIENCE,
    HOUR,
    ISSUER,
    SignIn,
    by_hand,
    claims,
    ec_key,
    encoded,
    public_pem,
    rsa_key,
    sign_in_service,
    signed,
)

RSA, EC = rsa_key("signing"), ec_key("signing")
OIDC = {
    "AUTH_MODE": "oidc",
    "OIDC_ISSUER": ISSUER,
    "OIDC_AUDIENCE": AUDIENCE,
    "OIDC_JWKS_URL": f"{ISSUER}/keys",
}


@pytest.fixture
def service() -> Iterator[SignIn]:
    with sign_in_service() as service:
        service.publish("rsa-1", RSA)
        service.publish("ec-1", EC)
        yield service


@pytest.fixture
def caller(common_parts: Parts, api_on: ApiOn, service: SignIn) -> Api:
    return Api(api_on(signing_in(common_parts, service.url)).send, {})


def signing_in(parts: Parts, url: str, **settings: Any) -> Parts:
    return with_settings(
        parts,
        auth_mode="oidc",
        oidc_issuer=ISSUER,
        oidc_audience=AUDIENCE,
        oidc_jwks_url=url,
        **settings,
    )


def rs256(**others: Any) -> str:
    return signed(RSA, "RS256", "rsa-1", **others)


def assert_stranger(reply: Reply) -> None:
    assert_refused(reply, 401, "unauthenticated")
    assert reply.headers["www-authenticate"] == "Bearer"


def test_a_token_signed_with_rs256_says_who_is_asking(caller: Api) -> None:
    agent = caller.bearing(rs256(sub="zoe"))
    (entry,) = agent.items(f"{item(agent.create()['id'])}/history")
    assert (entry["actor"], entry["role"]) == ("zoe", "service_agent")


def test_a_token_signed_with_es256_says_who_is_asking(caller: Api) -> None:
    agent = caller.bearing(signed(EC, "ES256", "ec-1", sub="tim", role="service_provider"))
    (entry,) = agent.items(f"{item(agent.create()['id'])}/history")
    assert (entry["actor"], entry["role"]) == ("tim", "service_provider")


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER ", "Bearer  "])
def test_the_scheme_is_bearer(caller: Api, scheme: str) -> None:
    accepted(caller.get(ITEMS, authorization=f"{scheme} {rs256()}"))


def test_a_role_decides_what_its_holder_may_do(caller: Api) -> None:
    customer, agent, provider = (
        caller.bearing(rs256(role=role))
        for role in ("customer", "service_agent", "service_provider")
    )
    assert_refused(customer.post(ITEMS, {"surname": "Li"}), 403, "forbidden")
    assert_refused(agent.get(AUDIT), 403, "forbidden")
    accepted(provider.get(AUDIT))


@pytest.mark.parametrize(
    ("listed", "strongest"),
    [
        (["service_agent"], "service_agent"),
        (["customer", "service_provider", "service_agent"], "service_provider"),
        (["root", "customer", "offline_access"], "customer"),
        ([None, 5, {"role": "service_provider"}, ["service_provider"], "customer"], "customer"),
    ],
)
def test_of_several_roles_the_strongest_counts(
    caller: Api, service: SignIn, listed: list[Any], strongest: str
) -> None:
    reply = caller.bearing(rs256(role=listed)).post(FIELDS, {})
    if strongest == "service_provider":
        assert_refused(reply, 422, "invalid_value")
    else:
        assert_refused(reply, 403, "forbidden")
        assert f"the role {strongest} may not" in reply.json["detail"]


@pytest.mark.parametrize(
    "role",
    [None, "", "root", "Service_Agent", [], ["root"], {"service_agent": True}, True, 1, "*"],
)
def test_a_token_without_a_known_role_opens_nothing(caller: Api, role: Any) -> None:
    assert_stranger(caller.bearing(rs256(role=role)).get(ITEMS))


@pytest.mark.parametrize(
    "actor", [None, "", "  ", 7, ["zoe"], "x" * 201, "a\nb", "sins/x", "sins\N{FULLWIDTH SOLIDUS}x"]
)
def test_a_token_that_names_nobody_opens_nothing(caller: Api, actor: Any) -> None:
    assert_stranger(caller.bearing(rs256(sub=actor)).get(ITEMS))


def test_role_and_actor_are_read_from_the_claims_that_the_settings_name(
    common_parts: Parts, api_on: ApiOn, service: SignIn
) -> None:
    parts = signing_in(
        common_parts,
        service.url,
        oidc_role_claim="https://sign-in.example/groups",
        oidc_actor_claim="preferred_username",
    )
    others = {
        "role": "service_provider",
        "https://sign-in.example/groups": ["service_agent"],
        "preferred_username": "Zoë Müller",
    }
    agent = api_on(parts).bearing(signed(RSA, "RS256", "rsa-1", **others))
    (entry,) = agent.items(f"{item(agent.create()['id'])}/history")
    assert (entry["actor"], entry["role"]) == ("Zoë Müller", "service_agent")


WRONG: dict[str, dict[str, Any]] = {
    "of another issuer": {"iss": "https://elsewhere.example"},
    "of almost this issuer": {"iss": ISSUER + "/"},
    "of no issuer": {"iss": None},
    "of a list of issuers": {"iss": [ISSUER]},
    "for another product": {"aud": "another-product"},
    "for almost this product": {"aud": [f"{AUDIENCE}2"]},
    "for no product": {"aud": None},
    "for an empty list of products": {"aud": []},
    "for an empty product": {"aud": ""},
    "expired": {"exp": int(time.time()) - HOUR},
    "without an end": {"exp": None},
    "that ends soon": {"exp": "soon"},
    "that ends in infinity": {"exp": float("inf")},
    "that ends in an object": {"exp": {}},
    "of tomorrow": {"nbf": int(time.time()) + 24 * HOUR},
}


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG)
def test_a_token_for_another_time_or_place_opens_nothing(
    caller: Api, wrong: dict[str, Any]
) -> None:
    payload = claims(**wrong)
    token = (
        f"{encoded(json.dumps({'alg': 'RS256', 'kid': 'rsa-1'}))}.{encoded(json.dumps(payload))}"
    )
    signature = RSA.sign(token.encode(), *padding_and_hash())
    assert_stranger(caller.bearing(f"{token}.{encoded(signature)}").get(ITEMS))


def padding_and_hash() -> tuple[Any, Any]:
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
    from cryptography.hazmat.primitives.hashes import SHA256

    return PKCS1v15(), SHA256()


def test_one_of_several_audiences_is_enough(caller: Api) -> None:
    accepted(caller.bearing(rs256(aud=["another-product", AUDIENCE])).get(ITEMS))


def test_clocks_may_differ_by_a_minute(caller: Api) -> None:
    now = int(time.time())
    accepted(caller.bearing(rs256(exp=now - 30)).get(ITEMS))
    accepted(caller.bearing(rs256(nbf=now + 30, iat=now + 30)).get(ITEMS))
    assert_stranger(caller.bearing(rs256(exp=now - 90)).get(ITEMS))


@pytest.mark.parametrize("algorithm", ["none", "None", "NONE", "nOnE", ""])
def test_a_token_without_signature_opens_nothing(caller: Api, algorithm: str) -> None:
    header = {"alg": algorithm, "kid": "rsa-1", "typ": "JWT"}
    assert_stranger(caller.bearing(by_hand(header, claims())).get(ITEMS))


def test_a_key_that_is_named_with_half_a_letter_is_none(caller: Api) -> None:
    header = {"alg": "RS256", "kid": "\ud800", "typ": "JWT"}
    assert_stranger(caller.bearing(by_hand(header, claims())).get(ITEMS))


@pytest.mark.parametrize("kid", ["rsa-1", "ec-1"])
def test_a_public_key_is_no_secret_to_sign_with(caller: Api, kid: str) -> None:
    secret = public_pem(RSA if kid == "rsa-1" else EC)
    token = by_hand({"alg": "HS256", "kid": kid}, claims(), secret)
    assert_stranger(caller.bearing(token).get(ITEMS))


@pytest.mark.parametrize("algorithm", ["RS384", "RS512", "PS256"])
def test_other_algorithms_open_nothing(caller: Api, algorithm: str) -> None:
    assert_stranger(caller.bearing(signed(RSA, algorithm, "rsa-1")).get(ITEMS))


def test_a_published_secret_is_no_key(caller: Api, service: SignIn) -> None:
    service.keys.append({"kty": "oct", "k": encoded(b"x" * 32), "kid": "oct-1", "use": "sig"})
    token = by_hand({"alg": "HS256", "kid": "oct-1"}, claims(), b"x" * 32)
    assert_stranger(caller.bearing(token).get(ITEMS))


def test_a_key_signs_only_with_the_algorithm_of_its_kind(caller: Api) -> None:
    assert_stranger(caller.bearing(signed(EC, "ES256", "rsa-1")).get(ITEMS))
    assert_stranger(caller.bearing(signed(RSA, "RS256", "ec-1")).get(ITEMS))


def test_a_token_of_somebody_elses_key_opens_nothing(caller: Api) -> None:
    assert_stranger(caller.bearing(signed(rsa_key("forger"), "RS256", "rsa-1")).get(ITEMS))


def test_a_key_in_the_token_itself_proves_nothing(caller: Api) -> None:
    import jwt
    from jwt.algorithms import RSAAlgorithm

    forger = rsa_key("forger")
    own = RSAAlgorithm.to_jwk(forger.public_key(), as_dict=True)
    headers = {"kid": "forged", "jwk": own, "jku": "http://127.0.0.1:1/keys", "x5u": "file:///"}
    token = jwt.encode(claims(), forger, algorithm="RS256", headers=headers)
    assert_stranger(caller.bearing(token).get(ITEMS))


@pytest.mark.parametrize("kid", ["rsa-2", "", None, "../keys", "rsa-1\x00"])
def test_a_token_of_an_unknown_key_opens_nothing(caller: Api, kid: str | None) -> None:
    assert_stranger(caller.bearing(signed(RSA, "RS256", kid)).get(ITEMS))


def test_a_key_that_is_not_for_signing_signs_nothing(caller: Api, service: SignIn) -> None:
    other = rsa_key("encrypting")
    service.publish("enc-1", other, use="enc")
    assert_stranger(caller.bearing(signed(other, "RS256", "enc-1")).get(ITEMS))


def test_a_changed_token_opens_nothing(caller: Api) -> None:
    head, _, signature = rs256(role="customer").split(".")
    promoted = encoded(json.dumps(claims(role="service_provider")))
    assert_stranger(caller.bearing(f"{head}.{promoted}.{signature}").get(ITEMS))
    assert_stranger(caller.bearing(f"{head}.{promoted}.").get(ITEMS))


DEEP = encoded("[" * 20_000)
HEAD = encoded('{"alg":"RS256","kid":"rsa-1"}')
GARBAGE = [
    "",
    "Bearer",
    "Bearer ",
    "Bearer x",
    "Bearer a.b.c",
    "Bearer ...",
    "Bearer " + "." * 500,
    "Bearer " + "x" * 20_000,
    "Basic em9lOnNlY3JldA==",
    "Token x",
    "Bearer x y",
    "Bearer é.ü.ß",
    f"Bearer {HEAD}.{HEAD}.",
    f"Bearer {HEAD}.{encoded('[]')}.AA",
    f"Bearer {HEAD}.{encoded('null')}.AA",
    f"Bearer {HEAD}.{encoded(b'{' + bytes([255]))}.AA",
    f"Bearer {DEEP}.{DEEP}.AA",
    f"Bearer {HEAD}.{DEEP}.AA",
    f"Bearer {encoded('[]')}.{HEAD}.AA",
    f"Bearer {encoded('{}')}.{HEAD}.AA",
    f"Bearer {encoded('null')}.{HEAD}.AA",
    f"Bearer {encoded(json.dumps({'alg': 'RS256', 'kid': 5}))}.{HEAD}.AA",
    f"Bearer {encoded(json.dumps({'alg': 'RS256', 'kid': ['rsa-1']}))}.{HEAD}.AA",
    f"Bearer {encoded(json.dumps({'alg': 5, 'kid': 'rsa-1'}))}.{HEAD}.AA",
    f"Bearer {encoded(json.dumps({'alg': 'RS256', 'kid': 'rsa-1', 'crit': ['x']}))}.{HEAD}.AA",
    f"Bearer {encoded(json.dumps({'alg': 'RS256', 'kid': 'rsa-1', 'b64': False}))}.{HEAD}.AA",
]


@pytest.mark.parametrize("header", GARBAGE, ids=range(len(GARBAGE)))
def test_garbage_opens_nothing(caller: Api, header: str) -> None:
    assert_stranger(caller.get(ITEMS, authorization=header))


def test_no_token_opens_nothing(caller: Api) -> None:
    assert_stranger(caller.get(ITEMS))


def test_the_headers_that_one_machine_trusts_count_for_nothing(caller: Api) -> None:
    named = {"x_role": "service_provider", "x_actor": "admin"}
    assert_stranger(caller.get(ITEMS, **named))
    customer = caller.bearing(rs256(sub="zoe", role="customer"))
    assert_refused(customer.post(ITEMS, {"surname": "Li"}, **named), 403, "forbidden")
    agent = caller.bearing(rs256(sub="zoe"))
    created = accepted(agent.post(ITEMS, {"surname": "Li"}, **named), 201)
    (entry,) = agent.items(f"{item(created['id'])}/history")
    assert (entry["actor"], entry["role"]) == ("zoe", "service_agent")


def test_what_is_open_to_everybody_needs_no_token(caller: Api) -> None:
    accepted(caller.get("/health"))
    accepted(caller.get("/health", authorization="Bearer x"))


def test_a_token_is_never_repeated(caller: Api) -> None:
    token = signed(rsa_key("forger"), "RS256", "rsa-1")
    refused = caller.bearing(token).get(ITEMS)
    assert token.encode() not in refused.data
    assert token.rpartition(".")[2].encode() not in refused.data


def test_keys_are_fetched_once_for_many_requests(caller: Api, service: SignIn) -> None:
    for _ in range(5):
        accepted(caller.bearing(rs256()).get(ITEMS))
    assert service.asked == 1


def test_unknown_keys_do_not_flood_the_sign_in_service(caller: Api, service: SignIn) -> None:
    for number in range(20):
        assert_stranger(caller.bearing(signed(RSA, "RS256", f"unknown-{number}")).get(ITEMS))
    assert service.asked <= 2


def test_a_key_that_was_published_later_opens(caller: Api, service: SignIn) -> None:
    accepted(caller.bearing(rs256()).get(ITEMS))
    newer = rsa_key("newer")
    service.publish("rsa-2", newer)
    forget_last_fetch(service)
    accepted(caller.bearing(signed(newer, "RS256", "rsa-2")).get(ITEMS))
    accepted(caller.bearing(rs256()).get(ITEMS))


def forget_last_fetch(service: SignIn) -> None:
    """As if the pause between two fetches for unknown keys were over."""
    auth._keys(service.url)._last_successful_fetch = None


def test_keys_that_are_held_outlive_an_outage(caller: Api, service: SignIn) -> None:
    accepted(caller.bearing(rs256()).get(ITEMS))
    service.status = 500
    accepted(caller.bearing(rs256()).get(ITEMS))


def test_where_nobody_serves_keys_the_caller_is_asked_to_come_again(
    common_parts: Parts, api_on: ApiOn
) -> None:
    parts = signing_in(common_parts, f"http://127.0.0.1:{free_port()}/keys")
    refused = api_on(parts).bearing(rs256()).get(ITEMS)
    assert_refused(refused, 503, "unavailable")
    assert int(refused.headers["retry-after"]) >= 1


@pytest.mark.parametrize("status", [404, 500, 503])
def test_a_sign_in_service_that_fails_is_not_the_callers_fault(
    caller: Api, service: SignIn, status: int
) -> None:
    service.status = status
    assert_refused(caller.bearing(rs256()).get(ITEMS), 503, "unavailable")


@pytest.mark.parametrize("broken", [b"", b"<html>", b"\xff\xfe", b'{"keys":[]}', b"{}"])
def test_keys_that_cannot_be_read_are_not_the_callers_fault(
    caller: Api, service: SignIn, broken: bytes
) -> None:
    service.broken = broken
    assert_refused(caller.bearing(rs256()).get(ITEMS), 503, "unavailable")
    service.broken = None
    accepted(caller.bearing(rs256()).get(ITEMS))


@pytest.mark.parametrize("missing", ["OIDC_ISSUER", "OIDC_AUDIENCE", "OIDC_JWKS_URL"])
def test_signing_in_needs_every_setting(missing: str) -> None:
    assert read_settings(OIDC | {"AWS_LAMBDA_FUNCTION_NAME": "sins"}).auth_mode == "oidc"
    for environment in (
        OIDC | {missing: ""},
        {name: value for name, value in OIDC.items() if name != missing},
    ):
        with pytest.raises(SettingsError, match=missing):
            read_settings(environment)


@pytest.mark.parametrize("mode", ["", "none", "HEADER", "jwt"])
def test_another_way_to_sign_in_is_refused(mode: str) -> None:
    with pytest.raises(SettingsError, match="AUTH_MODE"):
        read_settings(OIDC | {"AUTH_MODE": mode})
