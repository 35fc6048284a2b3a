"""Every intervention that a specification can ask for, on the agent it is for."""

import dataclasses
import typing

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from agents.dqn.learner import build_learner
from agents.errors import UserError
from agents.events import Border, Snapshot
from agents.interventions import count_neurons
from agents.kinds import train
from agents.learner import LearnerState
from agents.spec import AtariTask, InterventionSpec, NetworkSpec, RunSpec
from dormancy import track
from tests.agents.test_dqn import ACTIONS, SIDE, batch
from tests.agents.test_training import SPEC as TRAINED
from tests.compiled import compiled

RUN = RunSpec(task=AtariTask(frame_size_px=SIDE), network=NetworkSpec(width=0.125))
KINDS = typing.get_args(typing.get_type_hints(InterventionSpec)["kind"])


def learner(**changes):
    spec = dataclasses.replace(RUN, intervention=InterventionSpec(**changes))
    return compiled(build_learner(spec, ACTIONS), "init")


def intervene(built, state, step=1_000):
    return built.intervene(jax.random.key(1), state, batch(1), np.int32(step))


def assert_checks(**changes):
    """One check, by its shapes alone: the state stays of its kind, and neurons are counted."""
    built = learner(**changes)
    before = jax.eval_shape(built.init, jax.random.key(0))
    after, metrics = jax.eval_shape(lambda s: intervene(built, s), before)
    assert jax.tree.structure(after) == jax.tree.structure(before)
    for new, old in zip(jax.tree.leaves(after), jax.tree.leaves(before), strict=True):
        assert (new.shape, new.dtype) == (old.shape, old.dtype)
    assert {"recycled_neurons", "pruned_neurons"} & set(metrics)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_can_be_asked_for(kind):
    assert_checks(kind=kind)


def test_an_intervention_may_note_only_the_layers_that_it_recycles():
    before = track(0.1).init({"a": jnp.zeros((1, 3)), "b": jnp.zeros((1, 2))})
    before = before._replace(recycled={"b": jnp.array([True, False])})
    after = before._replace(
        dormant={"a": jnp.ones(3, bool), "b": jnp.ones(2, bool)},
        recycled={"b": jnp.array([True, True])},
    )
    # Of the one neuron that the check before recycled, one is dormant again.
    assert count_neurons("mine", [(before, after)]) == {
        "recycled_neurons": 2,
        "previously_recycled_neurons": 1,
        "redormant_neurons": 1,
    }


@pytest.mark.parametrize("select", ["below", "lowest", "highest", "random"])
@pytest.mark.parametrize("score", ["activation", "gradient", "utility"])
def test_every_choice_of_neurons_can_be_asked_for(select, score):
    assert_checks(kind="redo", select=select, score=score, end_gradient_step=10_000)


@dataclasses.dataclass(frozen=True)
class Watched(InterventionSpec):
    """Notes which of its fields somebody looks at."""

    def __getattribute__(self, name):
        LOOKED_AT.add(name)
        return super().__getattribute__(name)


LOOKED_AT: set[str] = set()
OF_ALL = {field.name for field in dataclasses.fields(InterventionSpec)}


@pytest.mark.parametrize(
    ("kind", "select"),
    [*((kind, "below") for kind in KINDS), ("redo", "lowest"), ("redo", "random")],
)
def test_what_is_told_to_be_idle_is_looked_at_by_nobody_and_all_else_is(kind, select):
    spec = Watched(kind=kind, select=select, end_gradient_step=10_000)
    idle = set(spec.idle)
    LOOKED_AT.clear()
    build_learner(dataclasses.replace(RUN, intervention=spec), ACTIONS)
    # When checks are due, and on what, is the loop's business.
    of_its_own = OF_ALL - {"kind", "tau", "target_copy", "probe_batch_size"}
    of_its_own -= {"period_gradient_steps", "clock_offset_gradient_steps", "end_gradient_step"}
    # By which score, is looked up before chance decides.
    assert not LOOKED_AT & idle - {"score"}
    assert of_its_own - idle <= LOOKED_AT


def test_rescaled_incoming_weights_are_as_long_as_the_others_are():
    """Of a network whose weights have grown to three times their size: fresh ones stay short."""
    norms = {}
    for incoming in ("fresh", "rescaled"):
        half = {"select": "random", "share": 0.5, "share_schedule": "constant"}
        built = compiled(learner(kind="redo", incoming=incoming, **half), "intervene")
        state = built.init(jax.random.key(0))
        grown = jax.tree.map(lambda values: 3 * values, state.agent.params)
        state = LearnerState(state.agent.replace(params=grown), state.intervention)
        after, _ = intervene(built, state)
        recycled = np.asarray(after.intervention.recycled["Dense_0"])
        kernel = np.asarray(after.agent.params["Dense_0"]["kernel"])
        # Weights from recycled neurons below are 0 and shorten every norm alike.
        lengths = np.linalg.norm(kernel, axis=0)
        norms[incoming] = lengths[recycled].mean() / lengths[~recycled].mean()
    assert norms["fresh"] == pytest.approx(1 / 3, rel=0.1)
    assert norms["rescaled"] == pytest.approx(1, rel=0.1)


def test_the_share_falls_with_the_clock_of_the_run():
    """A clock that is 2,000 steps ahead is at the third check what another is at the first."""
    schedule = {"kind": "redo", "select": "lowest", "share": 0.5, "end_gradient_step": 9_000}
    built = learner(**schedule, clock_offset_gradient_steps=2_000)
    state = built.init(jax.random.key(0))
    state, metrics = intervene(built, state)
    third = 0.5 * np.cos(np.pi / 2 * 3_000 / 9_000)
    sizes = [mask.size for mask in jax.tree.leaves(state.intervention.recycled)]
    assert metrics["recycled_neurons"] == sum(max(1, round(size * third)) for size in sizes)


@pytest.mark.parametrize("select", ["lowest", "random"])
def test_all_that_tie_are_recycled_where_the_official_code_is_asked_for(select):
    """Of a network in which a layer is wholly silent, but for one neuron of it."""
    counts = {}
    for ties in ("exact", "threshold"):
        built = learner(kind="redo", select=select, share=0.1, share_schedule="constant", ties=ties)
        state = built.init(jax.random.key(0))
        silent = jax.tree.map(jnp.zeros_like, state.agent.params["Dense_0"])
        silent["bias"] = silent["bias"].at[5].set(1)
        params = state.agent.params | {"Dense_0": silent}
        after, _ = intervene(built, state.replace(agent=state.agent.replace(params=params)))
        counts[ties] = int(after.intervention.recycled["Dense_0"].sum())
    neurons = silent["bias"].size
    assert counts == {"exact": round(0.1 * neurons), "threshold": neurons - 1}


def test_gradients_choose_what_the_loss_does_not_move():
    """ReGraMa on the loss of the probe batch: a neuron without readers gets no gradient."""
    built = compiled(learner(kind="redo", score="gradient", tau=0.0), "intervene")
    state = built.init(jax.random.key(0))
    params = state.agent.params
    layers = list(params)
    head = next(name for name in layers if params[name]["kernel"].shape[-1] == ACTIONS)
    cut = {"kernel": params[head]["kernel"].at[3].set(0), "bias": params[head]["bias"]}
    state = state.replace(agent=state.agent.replace(params=params | {head: cut}))
    after, _ = intervene(built, state)
    recycled = after.intervention.recycled["Dense_0"]
    assert recycled[3]
    assert not recycled.all()


def test_a_share_that_falls_needs_an_end():
    with pytest.raises(UserError, match="end_gradient_step"):
        learner(kind="redo", select="lowest")
    assert_checks(kind="redo", select="lowest", share_schedule="constant")


def test_choices_that_are_not_made_are_no_part_of_a_run_id():
    plain = dataclasses.replace(RUN, intervention=InterventionSpec(kind="redo"))
    said = dataclasses.replace(
        RUN, intervention=InterventionSpec(kind="redo", select="below", score="activation")
    )
    other = dataclasses.replace(RUN, intervention=InterventionSpec(kind="redo", score="gradient"))
    assert plain.run_id == said.run_id != other.run_id


def test_nothing_recycled_is_a_number_too():
    before = track(0.1).init({"a": jnp.zeros((1, 3))})
    counted = count_neurons("redo", [(before, before)])["recycled_neurons"]
    assert (counted, counted.dtype) == (0, jnp.float32)


@pytest.mark.parametrize(
    ("kind", "target_copy"), [("redo", "after"), ("reset", "before"), ("reset", "after")]
)
def test_the_target_network_is_copied_before_or_after_a_check(kind, target_copy):
    """At a gradient step at which both are due, and at a check at which no copy is."""
    intervention = InterventionSpec(
        kind=kind, tau=0.1, period_gradient_steps=20, target_copy=target_copy
    )
    agent = dataclasses.replace(TRAINED.agent, target_period_gradient_steps=40)
    spec = dataclasses.replace(TRAINED, agent=agent, intervention=intervention)
    same = {}
    for event in train(spec):
        if isinstance(event, (Border, Snapshot)) and event.gradient_step in (20, 40):
            taken = event.snapshot() if isinstance(event, Border) else event
            agent = taken.state["learner"]["agent"]
            pairs = zip(
                *map(jax.tree.leaves, (agent["params"], agent["target_params"])), strict=True
            )
            same[event.gradient_step] = all(np.array_equal(*pair) for pair in pairs)
        if event.gradient_step > 40:
            break
    assert same == {20: False, 40: target_copy == "after"}
