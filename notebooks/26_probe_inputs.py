# %% [markdown]
# # Dormant on which inputs? (a question of ours)
#
# A neuron is dormant *on a batch*. The paper takes the batch from the replay. Here one and the same
# network is scored on six batches: two of its replay, the latest transitions, states of the
# initial (random) policy, the first steps of episodes, and another game's frames. Look at
# the table on the right: of the neurons dormant on a row's inputs, how many are dormant on a
# column's? Neurons that another game wakes are not dead, they only have nothing to answer to.

# %%
from IPython.display import display
import pandas as pd

from figures import question_probe_inputs
from figures.curves.probes import SOURCES, also_dormant, share_on
from here import late_mean, open_store, verdicts

# %% [markdown]
# Change these and run all cells again.

# %%
RESULTS = "results"  # what came with the repository; your own are in "local_results"
PRESET = "laptop"
SEEDS = None  # all; or some, for instance [0, 1]
TAU = 0.1  # one of the thresholds that logs report: 0, 0.025, 0.1

store = open_store(RESULTS, PRESET, SEEDS)
experiment = store.experiment(question_probe_inputs.EXPERIMENT, "make question-probe-inputs")

# %%
display(question_probe_inputs.render(store, TAU))

# %% [markdown]
# The verdicts with your settings.

# %%
display(verdicts(experiment, tau=TAU))

# %% [markdown]
# ## Deeper: more than chance?
#
# Two large sets overlap anyway. Late in training: the percentage of what is dormant on the replay
# that is dormant on each source, and the share of that source, which is what chance would give.

# %%
also = {s: late_mean(also_dormant(experiment, TAU, "replay", s)) for s in SOURCES[1:]}
chance = {s: late_mean(share_on(experiment, TAU, s)) for s in SOURCES[1:]}
display(pd.concat({"also dormant": pd.DataFrame(also), "chance": pd.DataFrame(chance)}).round(0))
