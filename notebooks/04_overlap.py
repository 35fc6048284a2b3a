# %% [markdown]
# # Dormant neurons remain dormant (Figure 5)
#
# A share can stay the same while the neurons behind it take turns. The paper therefore compares
# the dormant set of the penultimate layer with an earlier one and finds that they overlap more and
# more: 68 and 79 % at the end. It does not say which earlier set it means; we compare with the log
# before, for reasons given in `dormancy/overlap.py`. Look at the distance from the dotted line,
# which is what sets of the same sizes would share by chance, and at whether the curve rises.

# %%
from IPython.display import display

from dormancy import OVERLAPS, dormant_mask, neuron_scores
from figures import fig5
from figures.curves.frames import smooth
from figures.curves.neurons import overlap
from here import GRADIENT_STEPS, open_store, show, side_by_side, verdicts

# %% [markdown]
# Change these and run all cells again. At $\tau = 0$ one state out of the probe batch is enough to
# count a neuron as awake; a small threshold ignores such whispers.

# %%
RESULTS = "results"  # what came with the repository; your own are in "local_results"
PRESET = "laptop"
SEEDS = None  # all; or some, for instance [0, 1]
TAU = 0.0  # a neuron is dormant if its score is at most this
OVERLAP = "consecutive"  # or "official", "union", "ever_dormant_share"
LAYER = None  # the penultimate; or one, for instance "Conv_2"
SMOOTHING_LOGS = 1  # moving mean over this odd number of logs

store = open_store(RESULTS, PRESET, SEEDS)
experiment = store.experiment(fig5.EXPERIMENT, "make fig5")

# %%
display(fig5.render(store, TAU, OVERLAP, LAYER, SMOOTHING_LOGS))

# %% [markdown]
# The verdicts with your settings. They judge the paper only with those above as they were.

# %%
display(verdicts(experiment, tau=TAU, definition=OVERLAP))

# %% [markdown]
# ## Deeper: four readings of "overlap", side by side
#
# | name | what is divided by what |
# |---|---|
# | `consecutive` | dormant now and at the log before / the smaller of the two sets |
# | `official` | dormant now and at the log before / dormant at the log before (the authors' code) |
# | `union` | dormant now and ever before / the smaller of the two sets |
# | `ever_dormant_share` | dormant now / ever dormant |
#
# Each line is the mean over seeds.

# %%
figure, panels = side_by_side(experiment.games, GRADIENT_STEPS, "overlap [%]")
for definition in OVERLAPS:
    frame = smooth(overlap(experiment, TAU, definition, LAYER), SMOOTHING_LOGS)
    for axes, game in zip(panels, experiment.games, strict=True):
        mean = frame[frame.game == game].groupby("gradient_step").value.mean()
        axes.plot(mean.index, mean, label=definition)
        axes.set(ylim=(0, 105))
panels[-1].legend(loc="upper left", bbox_to_anchor=(1, 1))
show(figure)

# %% [markdown]
# ## Deeper: every neuron's life
#
# One row a neuron, one column a log, dark where it is dormant; rows are sorted by the time spent
# so. Long dark bars are neurons that stay dormant. Speckles are neurons that come and go.

# %%
figure, panels = side_by_side(experiment.games, GRADIENT_STEPS, "neuron, sorted", height=4)
for axes, game in zip(panels, experiment.games, strict=True):
    run = experiment.select(game=game).started[0]
    records = run.records(LAYER or run.layers[-1])
    dormant = dormant_mask(neuron_scores(records.mean_abs), TAU).T
    span = (records.gradient_step[0], records.gradient_step[-1], len(dormant), 0)
    order = (-dormant.sum(axis=1)).argsort(kind="stable")
    axes.imshow(dormant[order], aspect="auto", cmap="Greys", interpolation="nearest", extent=span)
    axes.set_title(f"{game}, seed {run.seed}", loc="left")
    axes.grid(False)
show(figure)
