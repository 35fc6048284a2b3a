# %% [markdown]
# # Why do widths look alike? (a question of ours)
#
# Figure 12 says that a wider network has about the same *share* of dormant neurons. Equal shares of
# unequal widths are unequal numbers. The picture counts what is active instead: if the points lie
# on the dotted line, every doubling of the width doubles what is in use, and the equal shares say
# that dormancy is a risk each neuron has, not a number that the task leaves over. No run was
# trained for it: it looks at those of Figure 12.

# %%
from IPython.display import display
import pandas as pd

from figures import question_active_neurons
from figures.curves.neurons import active_neurons
from here import late_mean, open_store, verdicts

# %% [markdown]
# Change these and run all cells again.

# %%
RESULTS = "results"  # what came with the repository; your own are in "local_results"
PRESET = "laptop"
SEEDS = None  # all; or some, for instance [0, 1]
TAU = 0.1  # a neuron is active if its score is above this
LAYER = None  # all hidden layers together; or one, for instance "Dense_0"
GAME = None  # by default DemonAttack, as in the paper

store = open_store(RESULTS, PRESET, SEEDS)
experiment = store.experiment(question_active_neurons.EXPERIMENT, "make question-active-neurons")

# %%
display(question_active_neurons.render(store, TAU, LAYER, GAME))

# %% [markdown]
# The verdicts with your settings. That the number grows "in proportion" cannot be shown, only that
# it grows by more than one factor and by less than another: hence two claims.

# %%
display(verdicts(experiment, tau=TAU))

# %% [markdown]
# ## Deeper: which layers grow?
#
# Active neurons of each layer late in training, mean over seeds.

# %%
layers = experiment.started[0].layers
numbers = {layer: late_mean(active_neurons(experiment, TAU, layer)) for layer in layers}
display(pd.DataFrame(numbers).round(0))
