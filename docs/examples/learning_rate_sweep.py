"""A sweep of one's own: three learning rates, two seeds, dormant neurons at the end.

python learning_rate_sweep.py
"""

from pathlib import Path

from experiments.conditions import Condition
from experiments.experiment import Experiment, Run
from experiments.presets.paths import replaced
from experiments.presets.presets import SMOKE
from experiments.running.display import choose_display, titles
from experiments.running.launcher import run_many
from experiments.running.local import LocalEngine
from experiments.storing.index import write_index
from experiments.storing.schema import Store
from figures.curves.neurons import dormant_share
from figures.reading.data import Results

RATES = {rate: Condition(f"learning rate {rate:g}") for rate in (1e-4, 1e-3, 1e-2)}


def runs_of(preset, game, seed):
    return [
        Run(condition, replaced(preset.run(game, seed), {"agent.learning_rate": rate}))
        for rate, condition in RATES.items()
    ]


SWEEP = Experiment(
    name="learning_rates",
    title="Dormant neurons by learning rate",
    figures=(),
    games=("Asterix",),
    conditions=tuple(RATES.values()),
    runs_of=runs_of,
    claims=(),
)

if __name__ == "__main__":
    store = Store(Path("local_results"), SMOKE.name)
    wanted = SWEEP.runs(SMOKE, SWEEP.games, seeds=(0, 1))
    engine = LocalEngine(store, "cpu", jobs=2)
    # First, so that what a stopped sweep has done can be looked at.
    write_index(store, SWEEP, SMOKE, wanted)
    for failure in run_many(
        [run.spec for run in wanted], store, engine, choose_display(titles(wanted))
    ):
        print(failure.sentence)

    share = dormant_share(Results(store.root, store.preset).experiment(SWEEP.name), tau=0.1)
    last = share[share.gradient_step == share.gradient_step.max()]
    print(last.groupby("condition", sort=False).value.mean().round(1).to_string())
