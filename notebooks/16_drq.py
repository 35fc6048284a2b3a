# %% [markdown]
# # ReDo in an agent for little data (Figures 10 and 17)
#
# DrQ(ε) learns from few agent steps: with augmented images, longer returns, two streams of
# values, and lives that end an episode. Its neurons fall dormant too (Figure 17), and in the
# paper ReDo lets it learn at higher replay ratios (the last panel of Figure 10).

# %%
from IPython.display import display
import pandas as pd

from figures import fig17
from figures.curves.neurons import dormant_share
from here import late_mean, open_store, verdicts

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
experiment = store.experiment(fig17.EXPERIMENT, "make fig17")

# %%
display(fig17.render(store, TAU, LAYER, SMOOTHING_LOGS))

# %% [markdown]
# The verdicts with your settings. They judge the paper only with those above as they were.

# %%
display(verdicts(experiment, tau=TAU))

# %% [markdown]
# ## Deeper: which layers?
#
# Each layer's dormant share in percent, in the last quarter of training, at all replay ratios.

# %%
layers = experiment.started[0].layers
shares = {layer: late_mean(dormant_share(experiment, TAU, layer)) for layer in layers}
display(pd.DataFrame(shares).round(1))
