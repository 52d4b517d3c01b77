"""The figures as a picture: how many are found, over how long it takes."""

from pathlib import Path
from typing import Any

from tests.bench.search.queries import WITH_TRUTH
from tests.bench.search.results import OURS, Results


def save_plot(results: Results, path: Path) -> None:
    """A panel for each kind of query: a line from median to 95th percentile at the recall@10.

    A peer that answered only some of the queries has a hollow marker: they may be easier ones.
    """
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot

    figure, panels = pyplot.subplots(
        1, len(WITH_TRUTH), figsize=(20, 4.5), sharey=True, layout="constrained"
    )
    for kind, panel in zip(WITH_TRUTH, panels, strict=True):
        _draw(panel, kind, results)
    panels[0].set_ylabel("recall@10")
    lines, names = panels[0].get_legend_handles_labels()
    panels[-1].legend(lines, names, loc="center left", bbox_to_anchor=(1, 0.5), frameon=False)
    title = f"{results.size:,} customers: median and 95th percentile of one search"
    figure.suptitle(f"{title} (hollow: only some of the queries)")
    figure.savefig(path, dpi=120)
    pyplot.close(figure)


def _draw(panel: Any, kind: str, results: Results) -> None:
    figures = results.of(kind)
    most = max((one.queries for one in figures.values()), default=0)
    for number, peer in enumerate(results.built):
        one = figures.get(peer)
        if one:
            width = 3 if peer == OURS else 1.5
            panel.plot(
                [one.median, one.p95],
                [one.at_10, one.at_10],
                color=f"C{number}",
                marker="o",
                markevery=[0],
                markerfacecolor="none" if one.queries < most else f"C{number}",
                linewidth=width,
                label=peer,
            )
    panel.set(title=kind, xscale="log", xlabel="milliseconds")
    panel.grid(visible=True, alpha=0.3)
