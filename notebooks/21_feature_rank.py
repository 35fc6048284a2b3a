# %% [markdown]
# # The rank of the features (Table 7)
#
# Dormant neurons add no dimension to what the last hidden layer says of a state. In the paper the
# rank of these features is higher with ReDo, 471 against 449 of 512. There are two usual ranks;
# look at whether they agree.

# %%
from IPython.display import display

from figures import table7
from here import open_store, verdicts

# %% [markdown]
# Change these and run all cells again.

# %%
RESULTS = "results"  # what came with the repository; your own are in "local_results"
PRESET = "laptop"
SEEDS = None  # all; or some, for instance [0, 1]
SMOOTHING_LOGS = 1  # moving mean over this odd number of logs

store = open_store(RESULTS, PRESET, SEEDS)
experiment = store.experiment(table7.EXPERIMENT, "make table7")

# %%
display(table7.render(store, SMOOTHING_LOGS))

# %% [markdown]
# The verdicts with your settings. They judge the paper only with those above as they were.

# %%
display(verdicts(experiment))
