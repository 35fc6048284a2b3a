# %% [markdown]
# # Silent neurons, or a few dominant ones? (a question of ours)
#
# A neuron is dormant if its activation is small beside its layer's average. Its share can rise
# because neurons fall silent, or because a few dominant neurons lift the average. The picture
# splits the share at τ = 0.1 exactly: blue neurons are dormant beside the average of the *other*
# 99 % of their layer, too; red ones only because the most active 1 % (one neuron at the least) are
# in the average. No run was trained for it: it looks at those of Figure 2.
#
# Look at which of the two rises, and when; and at the right column, which needs no threshold at
# all: whatever one calls the neurons, the last hidden layer becomes more and more unequal.

# %%
from IPython.display import display
import pandas as pd

from figures import question_distribution
from figures.curves.distribution import gini, share_beyond_dominance, share_by_dominance, top_share
from here import late_mean, open_store, verdicts

# %% [markdown]
# Change these and run all cells again. `TOP` is the choice that the split hangs on.

# %%
RESULTS = "results"  # what came with the repository; your own are in "local_results"
PRESET = "laptop"
SEEDS = None  # all; or some, for instance [0, 1]
TAU = 0.1  # a neuron is dormant if its score is at most this
TOP = 0.01  # which part of a layer's neurons are its most active ones; one at the least
LAYER = None  # all hidden layers pooled; or one, for instance "Dense_0"
GAME = None  # all; or one, for instance "Asterix"

store = open_store(RESULTS, PRESET, SEEDS)
experiment = store.experiment(question_distribution.EXPERIMENT, "make question-distribution")

# %%
display(question_distribution.render(store, TAU, TOP, LAYER, GAME))

# %% [markdown]
# The verdicts with your settings. The direction of the claims was stated before looking.

# %%
display(verdicts(experiment, tau=TAU, top=TOP))

# %% [markdown]
# ## Deeper: does the answer hang on who counts as dominant?
#
# The two parts of the share in percent in the last quarter of training, for other parts of a layer.
# The larger the part that is left out, the more of the share is owed to it: a gradual inequality
# has no natural place to cut.

# %%
rows = {}
for top in (0.01, 0.05, 0.1, 0.2):
    beyond = late_mean(share_beyond_dominance(experiment, TAU, top, LAYER))
    by = late_mean(share_by_dominance(experiment, TAU, top, LAYER))
    rows[f"top {100 * top:g} %"] = pd.DataFrame({"beyond": beyond, "by": by}).stack()
display(pd.DataFrame(rows).round(1))

# %% [markdown]
# ## Deeper: which layers are unequal?
#
# Late in training: Gini coefficient, and what the most active neurons hold, in percent.

# %%
layers = experiment.started[0].layers
table = {(layer, "Gini"): late_mean(gini(experiment, layer)) for layer in layers}
table |= {(layer, "top"): late_mean(top_share(experiment, TOP, layer)) for layer in layers}
display(pd.DataFrame(table).round(0))
