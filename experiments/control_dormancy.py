"""Why does ReDo not help SAC? Its actor and critics beside DQN at equal gradient steps.

The question: ReDo raises DQN's return and leaves SAC's as it was. Has SAC fewer dormant neurons,
are they less lost, or does ReDo hardly touch them?

Design. The runs are those of Figures 2 and 9 (DQN without and with ReDo, the latter also on the
second game of Figure 2) and of Figure 14 (SAC without and with ReDo). Varied is the algorithm, and
with it the domain; held is the number of gradient steps at which they are compared, up to the end
of the shorter runs. Counted are neurons that are silent (tau = 0), those below a tenth of their
layer's average, those whose incoming weights get at most a hundredth of the average gradient
(GraMa), and how many neurons a check of ReDo recycles.

The claims' direction was stated before looking: actor and critics have fewer dormant neurons
than DQN, by every count; a check of ReDo recycles a smaller share of SAC's neurons; and where it
does, it lowers the share, so that what does not follow is the return.

What else could explain a difference: the two differ in nearly everything, above all in their
inputs (images, or a few numbers), layers, batches and learning rates, so that it is no effect of
the algorithm alone. ReDo checks DQN every so many gradient steps and SAC four times in a run, as in
the paper. What it has recycled in all would be decided by that, so that single checks are
compared: between two of SAC's more time passes in which neurons can fall silent, which speaks
against our claim; DQN's threshold is the higher one, which speaks for it. The probe batches of a
preset may differ in size; on a larger one fewer neurons are silent.

What it says about the paper: its Figures 14 and 18 read as if dormancy were as common in SAC and
harmless there. If there is less of it, "ReDo does not help SAC" is no evidence against
dormancy as a cause where there is more.
"""

import difflib

from agents.errors import UserError
from experiments import continuous_control, redo
from experiments.conditions import DQN, REDO
from experiments.continuous_control import REDO as SAC_REDO, SAC, TASKS
from experiments.experiment import Claim, Experiment, Run
from experiments.games import ANALYSED_GAMES
from experiments.presets.preset import Preset
from experiments.storing.schema import NOT_IN_THE_PAPER

_OURS = f"{NOT_IN_THE_PAPER} (Figures 2 and 18 show both at other gradient steps)"
NETWORKS = ("actor", "critics")
# Of the gradient score (Liu et al. 2025).
GRADIENT_TAU = 0.01


def _fewer(network: str, name: str, what: str, measure: str, tau: float) -> Claim:
    return Claim(
        name=f"fewer_{name}_in_the_{network}",
        figure="question_control_dormancy",
        statement=(
            f"At equal gradient steps a smaller share of SAC's {network} than of DQN is {what}."
        ),
        estimator="difference_of_groups",
        arguments={
            "measure": measure,
            "tau": tau,
            "higher": DQN.name,
            "lower": SAC.name,
            "lower_arguments": {"layer": network},
        },
        published=_OURS,
    )


def _lowered(network: str) -> Claim:
    return Claim(
        name=f"redo_lowers_dormancy_of_the_{network}",
        figure="question_control_dormancy",
        statement=f"With ReDo fewer neurons of SAC's {network} are silent in the last quarter.",
        estimator="difference_of_conditions",
        arguments={
            "measure": "dormant_share",
            "tau": 0.0,
            "layer": network,
            "higher": SAC.name,
            "lower": SAC_REDO.name,
        },
        published=NOT_IN_THE_PAPER,
    )


CLAIMS = (
    *(_fewer(network, "silent", "silent", "dormant_share", 0.0) for network in NETWORKS),
    *(
        _fewer(network, "dormant", "below a tenth of the layer's average", "dormant_share", 0.1)
        for network in NETWORKS
    ),
    *(
        _fewer(
            network,
            "without_gradient",
            "left with hardly any gradient",
            "gradient_dormant_share",
            GRADIENT_TAU,
        )
        for network in NETWORKS
    ),
    Claim(
        name="redo_recycles_less_of_sac",
        figure="question_control_dormancy",
        statement=(
            "Up to the same gradient step a check of ReDo recycles on average a smaller share of "
            "SAC's neurons than of DQN's."
        ),
        estimator="difference_of_groups",
        arguments={
            "measure": "recycled_per_check",
            "higher": REDO.name,
            "lower": SAC_REDO.name,
            "last_part": 0.0,
        },
        published=NOT_IN_THE_PAPER,
    ),
    *(_lowered(network) for network in NETWORKS),
)


def runs_of(preset: Preset, game: str, seed: int) -> list[Run]:
    """Those of Figure 9 for a game and those of Figure 14 for a task, without and with ReDo."""
    source = continuous_control if game in TASKS else redo
    wanted = {DQN, REDO, SAC, SAC_REDO}
    return [run for run in source.runs_of(preset, game, seed) if run.condition in wanted]


def check_game(game: str) -> None:
    """Raises UserError if it is no game, or a task that cannot be simulated."""
    if game in TASKS:
        continuous_control.EXPERIMENT.check_game(game)
        return
    try:
        redo.EXPERIMENT.check_game(game)
    except UserError:
        # A name of neither may be a misspelt one of a task.
        if difflib.get_close_matches(game, TASKS, 1):
            continuous_control.EXPERIMENT.check_game(game)
        raise


EXPERIMENT = Experiment(
    name="control_dormancy",
    title="Why does ReDo not help SAC? Its networks beside DQN at equal gradient steps",
    figures=("question_control_dormancy",),
    games=(*ANALYSED_GAMES, *TASKS),
    conditions=(DQN, REDO, SAC, SAC_REDO),
    runs_of=runs_of,
    claims=CLAIMS,
    typical=continuous_control.EXPERIMENT.typical,
    check_game=check_game,
)
