"""Question: why do widths look alike? Active neurons and effective rank over the width."""

from figures.curves.levels import LAST_QUARTER
from figures.curves.neurons import active_neurons, dormant_share
from figures.curves.recorded import recorded_metric
from figures.drawing import style
from figures.drawing.captions import definition, late_levels, setting, treatments
from figures.drawing.curve_panels import picture
from figures.drawing.level_panels import OverNumbers
from figures.drawing.picture import Picture
from figures.fig12 import SHADES, WIDTH, lines_of, widths_here
from figures.reading.data import Results

EXPERIMENT = "active_neurons"
READING = (
    "Points: means over seeds of the last quarter of training, with 95 % Student intervals. "
    "Dotted: in proportion to the width."
)


def render(
    store: Results,
    tau: float = 0.1,
    layer: str | None = None,
    game: str | None = None,
    last_part: float = LAST_QUARTER,
) -> Picture:
    """Active neurons, their share and the effective rank of the features over the width.

    Args:
      store: where the runs are.
      tau: a neuron is active if its score is above this.
      layer: one layer, for instance Dense_0; by default all hidden layers together.
      game: by default DemonAttack, as in the paper.
      last_part: share of the gradient steps that is averaged, counted from the end.

    Raises:
      FigureError: the runs are missing or damaged, or an argument makes no sense.
    """
    experiment = store.experiment(EXPERIMENT, "make question-active-neurons")
    part = experiment.select(game=experiment.game(game))
    number, share = active_neurons(part, tau, layer), dormant_share(part, tau, layer)
    rank = recorded_metric(part, "effective_rank")
    lines = {name: points for name, points in lines_of(part).items() if points}
    over = OverNumbers(lines, SHADES, WIDTH, last_part)
    cells = [
        over.cell(number, f"{part.games[0]}: active neurons", "active neurons", True),
        over.cell(share, "dormant share", "dormant share [%]"),
    ]
    if len(rank):
        cells.insert(1, over.cell(rank, "effective rank", "effective rank", True))
    missing = "" if len(rank) else "These runs recorded no rank of their features."
    remarks = [definition(tau, 1, experiment), missing, treatments(experiment)]
    remarks.append(widths_here(experiment))
    sentences = [
        *late_levels(number, "active neurons", last_part=last_part),
        *(late_levels(rank, "effective rank", last_part=last_part, digits=1) if len(rank) else ()),
    ]
    shades = {name: SHADES[name] for name in lines}
    legend = style.legend_entries(shades, chance="in proportion", seeds=False)
    quantities = "active neurons, effective rank" if len(rank) else "active neurons"
    heading = f"{quantities} and dormant share over the width {setting(tau, layer)}"
    figure = "question_active_neurons"
    return picture(experiment, figure, [cells], legend, heading, READING, remarks, sentences)
