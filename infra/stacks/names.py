"""Names that more than one template has to agree on."""

from typing import Any

from msgspec import Struct

from chalicelib.settings import Settings

Template = dict[str, Any]
CHANGES_TOPIC = Settings().kafka_topic
DIGESTS_TOPIC = Settings().kafka_digests_topic
API_STAGE = "api"
LOG_DAYS = 30
API_HANDLER = "api_handler"


class Names(Struct, frozen=True):
    """The names of one location in an account and region."""

    location: str

    @property
    def prefix(self) -> str:
        """Of everything but the functions' logical names; also what tables are called by."""
        return f"sins-{self.location}"

    def of(self, what: str) -> str:
        return f"{self.prefix}-{what}"

    def function(self, name: str) -> str:
        """What a function is called in AWS; `sweep_relay` is one of the product's names."""
        return self.of(name.replace("_", "-"))

    def exported(self, what: str) -> dict[str, str]:
        """What the stack of the state says to the others."""
        return {"Fn::ImportValue": self.of(what)}

    def table_arn(self, table: str) -> dict[str, str]:
        return arn(f"dynamodb:${{AWS::Region}}:${{AWS::AccountId}}:table/{self.of(table)}")

    def index_arn(self, table: str, index: str) -> dict[str, str]:
        path = f"table/{self.of(table)}/index/{index}"
        return arn(f"dynamodb:${{AWS::Region}}:${{AWS::AccountId}}:{path}")


def arn(rest: str) -> dict[str, str]:
    return sub(f"arn:${{AWS::Partition}}:{rest}")


def sub(text: str) -> dict[str, str]:
    return {"Fn::Sub": text}


def ref(name: str) -> dict[str, str]:
    return {"Ref": name}


def attribute(resource: str, name: str) -> dict[str, list[str]]:
    return {"Fn::GetAtt": [resource, name]}


def logical(name: str) -> str:
    """What Chalice calls a function in its template."""
    return "APIHandler" if name == API_HANDLER else camel(name)


def camel(name: str) -> str:
    return "".join(part.capitalize() for part in name.replace("-", "_").split("_"))
