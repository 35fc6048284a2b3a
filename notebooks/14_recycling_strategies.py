# %% [markdown]
# # Which neurons to recycle (Figures 15 and 25)
#
# Recycling some neurons might help whichever they are. The paper recycles as many of those with
# the lowest scores, of those with the highest, and at random, and only the first helps. Continual
# backprop has a utility of its own to choose by; by it or by ReDo's score makes little
# difference. Look at the order of the lines at the end.

# %%
from IPython.display import display
import pandas as pd

from figures import fig15, fig25
from figures.curves.neurons import dormant_share
from here import late_mean, open_store, verdicts

# %% [markdown]
# Change these and run all cells again.

# %%
RESULTS = "results"  # what came with the repository; your own are in "local_results"
PRESET = "laptop"
SEEDS = None  # all; or some, for instance [0, 1]
SMOOTHING_LOGS = 1  # moving mean over this odd number of logs

store = open_store(RESULTS, PRESET, SEEDS)
experiment = store.experiment(fig15.EXPERIMENT, "make fig15")

# %%
display(fig15.render(store, SMOOTHING_LOGS))

# %%
display(fig25.render(store, SMOOTHING_LOGS))

# %% [markdown]
# The verdicts with your settings. They judge the paper only with those above as they were.

# %%
display(verdicts(experiment))

# %% [markdown]
# ## Deeper: how many neurons stay dormant?
#
# The dormant share in percent, in the last quarter of training, at two thresholds.

# %%
shares = {f"τ = {tau:g}": late_mean(dormant_share(experiment, tau)) for tau in (0.0, 0.1)}
display(pd.DataFrame(shares).round(1))
