# %% [markdown]
# # Outgoing weights of recycled neurons (Figure 22)
#
# With outgoing weights of 0 a recycled neuron disturbs nobody at first. Random ones would give it
# a gradient at once; in the paper they do as well or worse.

# %%
from IPython.display import display
import pandas as pd

from figures import fig22
from figures.curves.neurons import dormant_share
from here import late_mean, open_store, verdicts

# %% [markdown]
# Change these and run all cells again.

# %%
RESULTS = "results"  # what came with the repository; your own are in "local_results"
PRESET = "laptop"
SEEDS = None  # all; or some, for instance [0, 1]
TAU = 0.1  # a neuron is dormant if its score is at most this
LAYER = None  # all hidden layers pooled; or one, for instance "Dense_0"
SMOOTHING_LOGS = 1  # moving mean over this odd number of logs

store = open_store(RESULTS, PRESET, SEEDS)
experiment = store.experiment(fig22.EXPERIMENT, "make fig22")

# %%
display(fig22.render(store, TAU, LAYER, SMOOTHING_LOGS))

# %% [markdown]
# The verdicts with your settings. They judge the paper only with those above as they were.

# %%
display(verdicts(experiment, tau=TAU))

# %% [markdown]
# ## Deeper: how many neurons stay dormant?
#
# The dormant share in percent, in the last quarter of training, at two thresholds.

# %%
shares = {f"τ = {tau:g}": late_mean(dormant_share(experiment, tau)) for tau in (0.0, 0.1)}
display(pd.DataFrame(shares).round(1))
