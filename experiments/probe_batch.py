"""The size of the probe batch hardly matters (paper, Figure 24).

A neuron is dormant by its mean activation on some transitions. The paper's Figure 24 takes 32, 64,
256 and 1,024 of them and finds about the same shares in five games. Measuring does not change a
run, so that the four conditions are the same training, measured on other batches. Threshold and
replay ratio are not known from our sources: 0.1 and 1, as in the paper's other runs of 10M frames.
"""

from experiments.conditions import BLUE, Condition
from experiments.experiment import Claim, Experiment, Run
from experiments.games import FIVE_GAMES
from experiments.presets.paths import replaced
from experiments.presets.preset import Preset
from experiments.treatments import TAU_HIGH_REPLAY

SIZES = (32, 64, 256, 1_024)
CONDITIONS = {
    size: Condition(f"batch of {size:,}", published_as=str(size), colour=shade)
    for size, shade in zip(SIZES, ("#8fc3e8", "#4a9bd1", BLUE, "#023e73"), strict=True)
}
# Five doublings from the smallest batch to the largest: together less than 5.
_MARGIN = 1.0


def _claim(name: str, trend: str, word: str) -> Claim:
    return Claim(
        name=name,
        figure="fig24",
        statement=(
            f"On larger probe batches the share of dormant neurons is no {word}: at the end, it "
            "differs by less than 1 percentage point per doubling."
        ),
        estimator="trend_over_conditions",
        arguments={
            "measure": "dormant_share",
            "tau": TAU_HIGH_REPLAY,
            "number": "probe_batch_size",
            "trend": trend,
            "margin": _MARGIN,
        },
        published="Figure 24: about the same (known from secondary sources, without numbers).",
    )


CLAIMS = (
    _claim("larger_probes_find_no_less", "rises", "lower"),
    _claim("larger_probes_find_no_more", "falls", "higher"),
)


def runs_of(preset: Preset, game: str, seed: int) -> list[Run]:
    """All sizes side by side."""
    plain = preset.high_replay_run(game, seed)
    return [
        Run(
            condition,
            replaced(plain, {"schedule.probe_batch_size": size}),
            {"probe_batch_size": size},
        )
        for size, condition in CONDITIONS.items()
    ]


EXPERIMENT = Experiment(
    name="probe_batch",
    title="Dormant neurons by the size of the probe batch",
    figures=("fig24",),
    games=FIVE_GAMES,
    conditions=tuple(CONDITIONS.values()),
    runs_of=runs_of,
    claims=CLAIMS,
    typical=lambda preset: preset.high_replay_run(FIVE_GAMES[0], 0),
)
