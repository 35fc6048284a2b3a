# %% [markdown]
# # ReDo against other remedies (Figures 1 and 13)
#
# Other ways to keep a network able to learn are to reset its last layers now and then, and to decay
# its weights. At replay ratio 1 and over 17 games the paper ends at 0.62 of a human's score with
# ReDo, 0.42 with weight decay, 0.32 with resets and 0.30 with plain DQN. Resets make a saw-tooth:
# each throws away what the last layers knew. Look at the order at the end, and at how wide the
# intervals are with the few games and seeds of a laptop.

# %%
from IPython.display import display
import pandas as pd

from figures import fig1, fig13
from figures.curves.frames import smooth
from figures.curves.neurons import dormant_share
from figures.curves.returns import human_normalised_return
from here import GRADIENT_STEPS, late_mean, open_store, show, side_by_side, verdicts

# %% [markdown]
# Change these and run all cells again. Scores are those of the last evaluation, as in the paper,
# which for resets depends on how long ago the last one was; a last part averages over more of them.

# %%
RESULTS = "results"  # what came with the repository; your own are in "local_results"
PRESET = "laptop"
SEEDS = None  # all; or some, for instance [0, 1]
TAU = 0.1  # a neuron is dormant if its score is at most this (below; ReDo has its own)
SMOOTHING_LOGS = 1  # moving mean over this odd number of logs or evaluations
GAME = None  # of the return; the paper's is DemonAttack
LAST_PART = 0.0  # share of the steps that is averaged, counted from the end

store = open_store(RESULTS, PRESET, SEEDS)
experiment = store.experiment(fig1.EXPERIMENT, "make fig1")

# %%
display(fig1.render(store, LAST_PART))

# %%
display(fig13.render(store, SMOOTHING_LOGS, GAME, LAST_PART))

# %% [markdown]
# The verdicts, which take the last evaluation whatever is set above.

# %%
display(verdicts(experiment))

# %% [markdown]
# ## Deeper: game by game
#
# The human-normalised score of each game late in training, mean over seeds: 0 is random play, 1 a
# human. A mean over games hides when one of them decides the order.

# %%
scores = late_mean(human_normalised_return(experiment), LAST_PART)
display(scores.unstack("condition").round(3))

# %% [markdown]
# ## Deeper: what do the remedies do to dormancy?
#
# Neither figure shows it. If a remedy works by keeping neurons awake, it should be seen here, in
# all hidden layers and, as a table of the last quarter, in each. Mean over seeds.

# %%
frame = smooth(dormant_share(experiment, TAU), SMOOTHING_LOGS)
figure, panels = side_by_side(experiment.games, GRADIENT_STEPS, "dormant [%]")
for axes, game in zip(panels, experiment.games, strict=True):
    for condition in experiment.conditions:
        part = frame[(frame.game == game) & (frame.condition == condition)]
        mean = part.groupby("gradient_step").value.mean()
        axes.plot(mean.index, mean, color=experiment.colour(condition), label=condition)
    axes.set(ylim=(0, None))
panels[-1].legend(loc="upper left", bbox_to_anchor=(1, 1))
layers = experiment.started[0].layers
shares = {layer: late_mean(dormant_share(experiment, TAU, layer)) for layer in layers}
display(show(figure), pd.DataFrame(shares).round(1))
