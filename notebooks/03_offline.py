# %% [markdown]
# # Not the data but the targets (Figure 4)
#
# While an agent learns, both its inputs and its targets change. The paper fixes the inputs: two
# networks train on the same stored transitions, one with the bootstrapped targets of DQN, one with
# random targets that never change. Without new data the first still loses neurons, and more of
# them than the second. Look at the gap between the curves, and also at the lower one: the paper's
# rises, too.

# %%
from IPython.display import display
import numpy as np
import pandas as pd

from dormancy import neuron_scores
from figures import fig4
from figures.curves.neurons import dormant_share
from here import late_mean, open_store, show, side_by_side, verdicts

# %% [markdown]
# Change these and run all cells again.

# %%
RESULTS = "results"  # what came with the repository; your own are in "local_results"
PRESET = "laptop"
SEEDS = None  # all; or some, for instance [0, 1]
TAU = 0.0  # a neuron is dormant if its score is at most this
LAYER = None  # all hidden layers pooled; or one, for instance "Dense_0"
SMOOTHING_LOGS = 1  # moving mean over this odd number of logs

store = open_store(RESULTS, PRESET, SEEDS)
experiment = store.experiment(fig4.EXPERIMENT, "make fig4")

# %%
display(fig4.render(store, TAU, LAYER, SMOOTHING_LOGS))

# %% [markdown]
# The verdicts with your settings. They judge the paper only with those above as they were.

# %%
display(verdicts(experiment, tau=TAU))

# %% [markdown]
# ## Deeper: does the answer depend on the threshold?
#
# The share of dormant neurons as a function of $\tau$, at the last log, in the penultimate layer of
# all seeds. Where the curves cross, the order of the two conditions depends on the threshold.

# %%
taus = np.linspace(0, 0.5, 101)
figure, panels = side_by_side(experiment.games, "tau", "dormant [%]")
for axes, game in zip(panels, experiment.games, strict=True):
    for condition in experiment.conditions:
        runs = experiment.select(game=game, condition=condition).started
        last = [neuron_scores(run.records(run.layers[-1]).mean_abs[-1]) for run in runs]
        share = [100 * np.mean(np.array(last) <= tau) for tau in taus]
        axes.plot(taus, share, color=experiment.colour(condition), label=condition)
    axes.set(ylim=(0, None))
panels[-1].legend(loc="upper left", bbox_to_anchor=(1, 1))
show(figure)

# %% [markdown]
# ## Deeper: which layers?
#
# Each layer's dormant share in percent, in the last quarter of training.

# %%
layers = experiment.started[0].layers
shares = {layer: late_mean(dormant_share(experiment, TAU, layer)) for layer in layers}
display(pd.DataFrame(shares).round(1))
