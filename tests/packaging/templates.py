"""The templates as AWS gets them: Chalice's, merged with ours, and what SAM makes of it."""

import copy
import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from cfnlint.api import lint
from cfnlint.config import ManualArgs
from samtranslator.public.parser import Parser
from samtranslator.public.translator import Translator

from infra.packaging.making import make_templates
from infra.packaging.wheels import RUNTIME

STAGES = ("loc1", "loc2", "loc3")
LINTED_FOR = "eu-central-1"
Template = dict[str, Any]


@cache
def written(stage: str) -> dict[str, Template]:
    """By file name. Whoever changes one copies it first."""
    with TemporaryDirectory() as name:
        package, out = Path(name) / "empty.zip", Path(name) / "out"
        package.touch()
        out.mkdir()
        make_templates(stage, RUNTIME, package, out)
        return {path.stem: json.loads(path.read_text()) for path in out.glob("*.json")}


def functions_of(stage: str) -> Template:
    """`sam.json` as SAM transforms it."""
    return copy.deepcopy(_transformed(stage))


@cache
def _transformed(stage: str) -> Template:
    return transformed(written(stage)["sam"])


def state_of(stage: str) -> Template:
    return copy.deepcopy(written(stage)["state"])


def transformed(sam: Template) -> Template:
    template = copy.deepcopy(sam)
    for function in of_type(template, "AWS::Serverless::Function").values():
        # What `aws cloudformation package` puts there.
        function["CodeUri"] = {"Bucket": "packages", "Key": "deployment.zip"}
    made: Template = Translator({}, Parser(), None).translate(template, {})
    return made


def linted(template: Template) -> list[str]:
    """What cfn-lint has against it."""
    text = json.dumps(template)
    found = lint(text, config=ManualArgs(regions=[LINTED_FOR], ignore_checks=[]))
    return [f"{one.rule.id} {one.message[:200]}" for one in found]


def of_type(template: Template, kind: str) -> dict[str, Template]:
    """The properties of the resources of a type, by name."""
    return {
        name: resource["Properties"]
        for name, resource in template["Resources"].items()
        if resource["Type"] == kind
    }


def policies(template: Template) -> Iterator[tuple[str, Template]]:
    """Every statement that a role has, with the role's logical name."""
    for name, role in of_type(template, "AWS::IAM::Role").items():
        for policy in role.get("Policies", []):
            yield from ((name, one) for one in policy["PolicyDocument"]["Statement"])
    for policy in of_type(template, "AWS::IAM::Policy").values():
        for one in policy["PolicyDocument"]["Statement"]:
            yield from ((role["Ref"], one) for role in policy["Roles"])


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def plain(resource: Any) -> str:
    """A resource as one text: `table/sins-loc1-audit` ends the ARN of a table."""
    if isinstance(resource, str):
        return resource
    text = json.dumps(resource)
    return re.sub(r'^\{"Fn::Sub": "(.*)"\}$', r"\1", text)
