# %% [markdown]
# # Dormant neurons in continuous control (Figures 14 and 18 to 20)
#
# SAC learns with an actor and two critics, and from a dozen to a hundred numbers instead of
# pictures. The paper finds dormant neurons there too, fewer of them, and little that depends on
# them: ReDo costs no return and gains none, and removing the silent neurons changes nothing.
# Resets and weight decay do cost. Look at whether the share rises in the actor, in the critics,
# or in both.

# %%
from IPython.display import display
import pandas as pd

from figures import fig14, fig18, fig19, fig20
from figures.curves.neurons import dormant_share
from here import late_mean, open_store, verdicts

# %% [markdown]
# Change these and run all cells again.

# %%
RESULTS = "results"  # what came with the repository; your own are in "local_results"
PRESET = "laptop"
SEEDS = None  # all; or some, for instance [0, 1]
TAU = 0.0  # a neuron is dormant if its score is at most this
SMOOTHING_LOGS = 1  # moving mean over this odd number of logs or evaluations

store = open_store(RESULTS, PRESET, SEEDS)
experiment = store.experiment(fig14.EXPERIMENT, "make fig14")

# %%
display(fig18.render(store, TAU, SMOOTHING_LOGS))

# %%
display(fig14.render(store, SMOOTHING_LOGS))

# %%
display(fig19.render(store, SMOOTHING_LOGS))

# %%
display(fig20.render(store, SMOOTHING_LOGS))

# %%
display(verdicts(experiment))

# %% [markdown]
# ## Deeper: which layers?
#
# Percentage of dormant neurons of each layer late in training, mean over seeds.

# %%
layers = experiment.started[0].layers
shares = {layer: late_mean(dormant_share(experiment, TAU, layer)) for layer in layers}
display(pd.DataFrame(shares).round(1))
