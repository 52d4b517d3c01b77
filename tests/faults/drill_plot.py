"""The drill as a picture: how late each change was, and what each process held."""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.faults.drill import Drill


def save_plot(drill: "Drill", path: Path) -> None:
    """Two panels over the same seconds, with the cut between two lines."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot

    times = drill.times
    figure, (late, held) = pyplot.subplots(2, 1, figsize=(12, 8), sharex=True, layout="constrained")
    arrivals = drill.arrivals(times.began, times.ended)
    late.scatter(
        [(made - times.began) / 1000 for made, _ in arrivals],
        [lag / 1000 for _, lag in arrivals],
        s=2,
        alpha=0.3,
    )
    late.set(yscale="log", ylabel="seconds until it was elsewhere")
    for name, samples in drill.memory.samples.items():
        held.plot(*zip(*samples, strict=True), label=name)
    held.set(xlabel="seconds", ylabel="memory, MB", ylim=(0, None))
    held.legend(frameon=False, ncols=len(drill.memory.samples))
    for panel in (late, held):
        for moment in (times.cut, times.healed, times.drained):
            panel.axvline((moment - times.began) / 1000, color="black", linewidth=0.8, alpha=0.6)
        panel.grid(visible=True, alpha=0.3)
    figure.suptitle(f"{', '.join(drill.cut_off) or 'nobody'} cut off, healed, drained")
    figure.savefig(path, dpi=120)
    pyplot.close(figure)
