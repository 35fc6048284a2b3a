# %% [markdown]
# # ReDo at higher replay ratios (Figure 10)
#
# More gradient steps on the same experience should teach an agent more. DQN they harm: in the paper
# its score over 17 games falls from replay ratio 0.5 to 2 by four fifths with one-step returns,
# by half with three-step returns, and by three quarters with a residual network. With ReDo the
# fall comes later or not at all. Look at where the two lines of a panel part.

# %%
from IPython.display import display

from figures import fig10
from figures.curves.returns import evaluation_return
from here import late_mean, open_store, verdicts

# %% [markdown]
# Change these and run all cells again.

# %%
RESULTS = "results"  # what came with the repository; your own are in "local_results"
PRESET = "laptop"
SEEDS = None  # all; or some, for instance [0, 1]
LAST_PART = 0.0  # share of the steps that is averaged below, counted from the end

store = open_store(RESULTS, PRESET, SEEDS)
experiment = store.experiment(fig10.EXPERIMENT, "make fig10")

# %%
display(fig10.render(store))

# %% [markdown]
# The verdicts, which take the last evaluation.

# %%
display(verdicts(experiment))

# %% [markdown]
# ## Deeper: returns of each condition
#
# In points of each game, mean over seeds; a mean over games hides when one of them decides.

# %%
returns = late_mean(evaluation_return(experiment), LAST_PART)
display(returns.unstack("game").round(1))
