# %% [markdown]
# # More gradient steps, game by game (Figure 16)
#
# Figure 7 shows one game. The paper's appendix has five, and the share rises with the replay ratio
# in all of them; the laptop preset has two. Look at whether the lines of a panel are in the order
# of their shades.

# %%
from IPython.display import display
import pandas as pd

from figures import fig16
from figures.curves.neurons import dormant_share
from here import late_mean, open_store, reached_by_all, verdicts

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
experiment = store.experiment(fig16.EXPERIMENT, "make fig16")

# %%
display(fig16.render(store, TAU, LAYER, SMOOTHING_LOGS))

# %% [markdown]
# The verdicts with your settings. They judge the paper only with those above as they were.

# %%
display(verdicts(experiment, tau=TAU))

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
