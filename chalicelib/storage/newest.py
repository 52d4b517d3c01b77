"""Newest first: a page of what lies in several shards, each in the order of its positions."""

from collections.abc import Iterable

from pynamodb.models import Model

from chalicelib.storage.client import RawItem, Tables

# Where hardly anything fits, a page looks through so many items of each shard and no further.
MOST_PASSED = 2_000


def newest_in_shard(
    tables: Tables, model: type[Model], position: str, **conditions: object
) -> tuple[list[RawItem], str]:
    """The newest items of a shard, and down to which position it was looked at: '' for all of it.

    `position` is the attribute that they lie in the order of.
    """
    page = tables.call("query", TableName=tables.name(model), ScanIndexForward=False, **conditions)
    return page["Items"], page.get("LastEvaluatedKey", {}).get(position, {}).get("S", "")


def newest_of(
    shards: Iterable[tuple[Iterable[str], str]], before: str, limit: int
) -> tuple[list[str], str]:
    """The newest positions of all shards, and where to go on: '' at the end.

    Of each shard some positions, none above `before`, and down to where it was looked at: '' for
    all of it.
    """
    found, seen_down_to = set[str](), ""
    for some, end in shards:
        found.update(some)
        # Below it somebody is missing who may be newer than what another shard has there.
        seen_down_to = max(seen_down_to, end)
    # BETWEEN includes its ends; the last position of the page before must not come again.
    newest = sorted((one for one in found - {before} if one >= seen_down_to), reverse=True)
    return newest[:limit], newest[limit - 1] if len(newest) >= limit else seen_down_to
