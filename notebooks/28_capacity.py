# %% [markdown]
# # How much capacity is needed? (a question of ours)
#
# Are dormant neurons harm, or only room that is not used? Left: DQN whose layers lost a random part
# of their neurons before training. If half of them suffice for the same return, unused room costs
# nothing today. Middle and right: what it costs tomorrow. Networks of several ages, one that ReDo
# kept awake and a fresh one are fitted to the same new targets, the values of a random network that
# none of them has seen. Look at whether the loss reached follows the age, or the share of
# dormant neurons that the fit began with.

# %%
from IPython.display import display
import pandas as pd

from figures import question_capacity
from figures.curves.neurons import dormant_share
from here import late_mean, open_store, verdicts

# %% [markdown]
# Change these and run all cells again.

# %%
RESULTS = "results"  # what came with the repository; your own are in "local_results"
PRESET = "laptop"
SEEDS = None  # all; or some, for instance [0, 1]
TAU = 0.1  # a neuron is dormant if its score is at most this
GAME = None  # by default DemonAttack

store = open_store(RESULTS, PRESET, SEEDS)
experiment = store.experiment(question_capacity.EXPERIMENT, "make question-capacity")

# %%
display(question_capacity.render(store, TAU, GAME))

# %% [markdown]
# The verdicts with your settings. A removed neuron is silent for good and counts as dormant.

# %%
display(verdicts(experiment, tau=TAU))

# %% [markdown]
# ## Deeper: which layers are dormant when a fit ends?
#
# Each layer's dormant share in percent, in the last quarter of training or of the fit.

# %%
layers = experiment.started[0].layers
shares = {layer: late_mean(dormant_share(experiment, TAU, layer)) for layer in layers}
display(pd.DataFrame(shares).round(1))
