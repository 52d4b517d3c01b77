"""The dashboard of Kibana, as saved objects: a data view and one panel a question.

Each panel is a Vega-Lite chart: its source is text that a person can read and change.
"""

import json
from collections.abc import Iterator
from typing import Any

from msgspec import Struct

INDEX = "logs-sins-*"
VIEW = "sins-logs"
DASHBOARD = "sins-dashboard"
PANEL_WIDTH, PANEL_HEIGHT, COLUMNS = 24, 12, 2


class Panel(Struct, frozen=True):
    """A figure over time, a line for each location. `field` None counts log lines."""

    id: str
    title: str
    location: str = "location"
    field: str | None = None
    how: str = "max"
    only: str = ""


PANELS = (
    Panel("requests", "Requests", "labels.location", only="http.request.method"),
    Panel("slow", "Slowest request (ns)", "labels.location", "event.duration"),
    Panel("errors", "Errors in the log", "labels.location", only="error.type"),
    Panel("lag", "How late changes arrive (ms)", field="AppliedLagMilliseconds"),
    Panel("outbox", "What waits to be sent", field="OutboxDepth"),
    Panel("divergent", "Buckets that differ between locations", field="DivergentBuckets"),
    Panel("dead", "Dead letters", field="DeadLetters"),
    Panel("erased", "Customers erased", field="Erased", how="sum"),
)


def saved_objects() -> str:
    """What Kibana's import takes: one JSON object a line."""
    return "".join(json.dumps(one) + "\n" for one in _objects())


def _objects() -> Iterator[dict[str, Any]]:
    yield _object("index-pattern", VIEW, {"title": INDEX, "timeFieldName": "@timestamp"})
    for panel in PANELS:
        params = {"spec": json.dumps(_chart(panel), indent=2)}
        state = {"type": "vega", "title": panel.title, "aggs": [], "params": params}
        attributes = {"title": panel.title, "visState": json.dumps(state), "uiStateJSON": "{}"}
        yield _object("visualization", panel.id, attributes | _search_source())
    yield _dashboard()


def _chart(panel: Panel) -> dict[str, Any]:
    """Lines over time; Kibana fills in the range that the dashboard shows."""
    figure = {panel.how: {"field": panel.field}} if panel.field else {}
    wanted = panel.field or panel.only
    by_time = {"date_histogram": {"field": "@timestamp", "interval": {"%autointerval%": True}}}
    value = "datum.figure.value" if panel.field else "datum.doc_count"
    by_location: dict[str, Any] = {"terms": {"field": panel.location}}
    if figure:
        by_location["aggs"] = {"figure": figure}
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "data": {
            "url": {
                "%context%": True,
                "%timefield%": "@timestamp",
                "index": INDEX,
                "body": {
                    "size": 0,
                    "query": {"exists": {"field": wanted}},
                    "aggs": {"times": by_time | {"aggs": {"locations": by_location}}},
                },
            },
            "format": {"property": "aggregations.times.buckets"},
        },
        "transform": [
            {"flatten": ["locations.buckets"], "as": ["at"]},
            {"calculate": value.replace("datum", "datum.at"), "as": "value"},
        ],
        "mark": {"type": "line", "point": True},
        "encoding": {
            "x": {"field": "key", "type": "temporal", "title": None},
            "y": {"field": "value", "type": "quantitative", "title": None},
            "color": {"field": "at.key", "type": "nominal", "title": "location"},
        },
    }


def _dashboard() -> dict[str, Any]:
    panels = [
        {
            "type": "visualization",
            "panelIndex": panel.id,
            "panelRefName": f"panel_{panel.id}",
            "gridData": _place(number) | {"i": panel.id},
            "embeddableConfig": {},
        }
        for number, panel in enumerate(PANELS)
    ]
    attributes = {
        "title": "SINS: the locations",
        "panelsJSON": json.dumps(panels),
        "optionsJSON": json.dumps({"useMargins": True}),
        "timeRestore": True,
        "timeFrom": "now-1h",
        "timeTo": "now",
    }
    references = [
        {"type": "visualization", "id": panel.id, "name": f"panel_{panel.id}"} for panel in PANELS
    ]
    return _object("dashboard", DASHBOARD, attributes | _search_source()) | {
        "references": references
    }


def _place(number: int) -> dict[str, int]:
    row, column = divmod(number, COLUMNS)
    return {
        "x": column * PANEL_WIDTH,
        "y": row * PANEL_HEIGHT,
        "w": PANEL_WIDTH,
        "h": PANEL_HEIGHT,
    }


def _object(kind: str, name: str, attributes: dict[str, Any]) -> dict[str, Any]:
    return {"type": kind, "id": name, "attributes": attributes, "references": []}


def _search_source() -> dict[str, Any]:
    source = {"query": {"query": "", "language": "kuery"}, "filter": []}
    return {"kibanaSavedObjectMeta": {"searchSourceJSON": json.dumps(source)}}
