# %% [markdown]
# # Recycling dormant neurons (Figure 9)
#
# ReDo looks for dormant neurons at regular steps, gives them fresh incoming weights and sets their
# outgoing weights to zero, so that the network computes nearly what it did before and the neurons
# start anew. In the paper hardly any neuron stays dormant (1.4 % instead of 27) and DemonAttack
# ends at 1.6 times the return. Look at both panels: the first says that the method does what it
# says, only the second that it is worth it.

# %%
from IPython.display import display
import numpy as np
import pandas as pd

from dormancy import neuron_scores
from figures import fig9
from figures.curves.neurons import dormant_share
from figures.curves.recorded import recorded_metric, redormant_share
from here import GRADIENT_STEPS, late_mean, open_store, reached_by_all, show, side_by_side, verdicts

# %% [markdown]
# Change these and run all cells again. The threshold is the one we look with; ReDo recycled with
# its own, which is said below the figure.

# %%
RESULTS = "results"  # what came with the repository; your own are in "local_results"
PRESET = "laptop"
SEEDS = None  # all; or some, for instance [0, 1]
TAU = 0.025  # a neuron is dormant if its score is at most this
LAYER = None  # all hidden layers pooled; or one, for instance "Dense_0"
SMOOTHING_LOGS = 1  # moving mean over this odd number of logs

store = open_store(RESULTS, PRESET, SEEDS)
experiment = store.experiment(fig9.EXPERIMENT, "make fig9")

# %%
display(fig9.render(store, TAU, LAYER, SMOOTHING_LOGS))

# %% [markdown]
# The verdicts with your settings. They judge the paper only with those above as they were.

# %%
display(verdicts(experiment, tau=TAU))

# %% [markdown]
# ## Deeper: is recycling ever done?
#
# Few dormant neurons can mean that recycled ones found work, or that the same ones are recycled
# over and over. Left, how many neurons were recycled since the log before; right, how many percent
# of those recycled at one check were dormant again at the next. One line a seed.

# %%
recycling = experiment.select(condition="DQN+ReDo")
figure, panels = side_by_side(["recycled neurons", "dormant again [%]"], GRADIENT_STEPS)
recycled = recorded_metric(recycling, "recycled_neurons")
for axes, frame in zip(panels, (recycled, redormant_share(recycling)), strict=True):
    for _, run in frame.groupby("run_id"):
        axes.plot(run.gradient_step, run.value, color=experiment.colour("DQN+ReDo"), lw=1)
    axes.set(ylim=(0, None))
show(figure)

# %% [markdown]
# ## Deeper: are the others busy?
#
# Neurons just above ReDo's threshold are left alone. The share of dormant neurons as a function of
# the threshold, all hidden layers and seeds together, at the last log: a curve that shoots up right
# behind ReDo's own threshold belongs to neurons that escape it narrowly.

# %%
taus = np.linspace(0, 0.5, 101)
figure, (axes,) = side_by_side([""], "tau", "dormant [%]")
for condition in experiment.conditions:
    runs = experiment.select(condition=condition).started
    layers = [run.records(layer) for run in runs for layer in run.layers]
    scores = np.concatenate([neuron_scores(layer.mean_abs[-1]) for layer in layers])
    share = [100 * np.mean(scores <= tau) for tau in taus]
    axes.plot(taus, share, color=experiment.colour(condition), label=condition)
axes.set(ylim=(0, 100))
axes.legend()
show(figure)

# %% [markdown]
# ## Deeper: which layers?
#
# Each layer's dormant share in percent, in the last quarter of the frames that all runs reached.

# %%
shares = {
    layer: late_mean(reached_by_all(experiment, dormant_share(experiment, TAU, layer)))
    for layer in experiment.started[0].layers
}
display(pd.DataFrame(shares).round(1))
