# %% [markdown]
# # A smaller learning rate is no cure (Figure 11)
#
# Large steps can push a neuron to where it answers to nothing, so perhaps the learning rate is
# simply too high at a high replay ratio. The paper divides it by four at replay ratio 1: a few
# fewer neurons are dormant, and ReDo is far ahead in that and in score. Look at how close the small
# learning rate comes to either of the others.

# %%
from IPython.display import Markdown, display
import pandas as pd

from figures import fig11
from figures.curves.neurons import dormant_share
from figures.curves.returns import human_normalised_return
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
GAME = None  # of the dormant neurons; the paper's is DemonAttack

store = open_store(RESULTS, PRESET, SEEDS)
experiment = store.experiment(fig11.EXPERIMENT, "make fig11")

# %%
display(fig11.render(store, TAU, LAYER, SMOOTHING_LOGS, GAME))

# %% [markdown]
# The verdicts with your settings. They judge the paper only with those above as they were.

# %%
display(verdicts(experiment, tau=TAU))

# %% [markdown]
# ## Deeper: game by game
#
# The verdicts above are about all games together. The same for each alone:

# %%
for game in experiment.games:
    display(Markdown(f"**{game}**"), verdicts(experiment.select(game=game), tau=TAU))

# %% [markdown]
# ## Deeper: levels, and which layers
#
# Late in training: the human-normalised score, which the figure pools, and the dormant share in
# percent, which it shows for one game only.

# %%
columns = {"score": late_mean(human_normalised_return(experiment)).round(3)}
for layer in [None, *experiment.started[0].layers]:
    name = f"dormant, {layer or 'all layers'}"
    columns[name] = late_mean(dormant_share(experiment, TAU, layer)).round(1)
display(pd.DataFrame(columns))
