# %% [markdown]
# # Neurons fall silent while DQN trains (Figure 2)
#
# The paper trains DQN on two Atari games for 100 million frames and counts the neurons that are
# silent on a batch of its replay. Their share drops soon after the start, as the network finds
# use for the neurons it began with, and then climbs for the rest of training, to 25 and 30 %.
# Look at the shape: where the curve is lowest, and whether it rises from there on.

# %%
from IPython.display import display
import numpy as np
import pandas as pd

from dormancy import neuron_scores
from figures import fig2
from figures.curves.neurons import dormant_share
from here import late_mean, open_store, show, side_by_side, verdicts

# %% [markdown]
# Change these and run all cells again. A threshold above 0 also counts neurons that whisper; one
# layer alone shows where the silence is.

# %%
RESULTS = "results"  # what came with the repository; your own are in "local_results"
PRESET = "laptop"
SEEDS = None  # all; or some, for instance [0, 1]
TAU = 0.0  # a neuron is dormant if its score is at most this
LAYER = None  # all hidden layers pooled; or one, for instance "Dense_0"
SMOOTHING_LOGS = 1  # moving mean over this odd number of logs

store = open_store(RESULTS, PRESET, SEEDS)
experiment = store.experiment(fig2.EXPERIMENT, "make fig2")

# %%
display(fig2.render(store, TAU, LAYER, SMOOTHING_LOGS))

# %% [markdown]
# The verdict with your settings. It judges the paper only with those above as they were.

# %%
display(verdicts(experiment, tau=TAU))

# %% [markdown]
# ## Deeper: which layers?
#
# The paper pools all hidden layers, so that the largest speaks loudest. Here is each layer's share
# in percent, in the last quarter of training.

# %%
shares = {
    (tau, layer): late_mean(dormant_share(experiment, tau, layer))
    for tau in (0.0, 0.025, 0.1)
    for layer in experiment.started[0].layers
}
display(pd.DataFrame(shares).rename_axis(columns=["tau", "layer"]).T.round(1))

# %% [markdown]
# ## Deeper: is there a natural threshold?
#
# If neurons were either silent or busy, the scores of the penultimate layer would fall into two
# heaps, and any threshold between them would do. If they thin out gradually, what counts as
# dormant is a convention. The outermost bars also hold what lies beyond them: the left one all
# silent neurons.

# %%
figure, panels = side_by_side(experiment.games, "score", "neurons of all seeds")
for axes, game in zip(panels, experiment.games, strict=True):
    layers = [run.records(run.layers[-1]) for run in experiment.select(game=game).started]
    for when, log in {"first log": 0, "last log": -1}.items():
        scores = [neuron_scores(layer.mean_abs[log]) for layer in layers]
        bins = np.geomspace(1e-3, 10, 25)
        axes.hist(np.clip(np.concatenate(scores), 1e-3, 10), bins, alpha=0.5, label=when)
    axes.set(xscale="log")
panels[-1].legend(loc="upper left", bbox_to_anchor=(1, 1))
show(figure)
