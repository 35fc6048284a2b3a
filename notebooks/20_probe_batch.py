# %% [markdown]
# # The size of the probe batch (Figure 24)
#
# Whether a neuron counts as dormant depends on the transitions it is shown. In the paper 32 of
# them find about the same shares as 1,024. Set `TAU` to 0 to see where the size must matter: a
# neuron that is silent on many transitions is silent on few of them as well.

# %%
from IPython.display import display
import pandas as pd

from figures import fig24
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
experiment = store.experiment(fig24.EXPERIMENT, "make fig24")

# %%
display(fig24.render(store, TAU, LAYER, SMOOTHING_LOGS))

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
