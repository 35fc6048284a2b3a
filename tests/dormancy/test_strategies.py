"""What is special about single interventions: values by hand over several checks."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

import dormancy
from dormancy import derive_wiring, regenerative_regularization, share_neurons
from tests.dormancy.networks import CASES

OPTIMIZER = optax.sgd(0.1, momentum=0.9)
INPUTS = jnp.eye(4)


def apply(params, x):
    hidden = jnp.maximum(x @ params["w"], 0)
    return hidden @ params["v"], {"h": hidden}


def init_params(key):
    return {"v": jnp.ones((3, 2)), "w": jax.random.uniform(key, (4, 3), minval=1)}


PARAMS = {"v": jnp.ones((3, 2)), "w": jnp.array([[1.0, 2.0, 4.0]] * 4)}
WIRING = derive_wiring(apply, PARAMS, INPUTS)


def run(intervention, rows, params=PARAMS):
    """States after checks whose activations are these rows, one neuron a column."""
    state = intervention.init({"h": jnp.zeros((1, 3))})
    opt_state, states = OPTIMIZER.init(params), []
    for number, row in enumerate(rows):
        activations = {"h": jnp.array([row], jnp.float32)}
        params, opt_state, state = intervention.update(
            jax.random.key(number), params, opt_state, activations, state
        )
        states.append(state)
    return params, states


def test_continual_backprop_by_hand():
    """Ages, averages with decay 0.5, an account that fills by 3/4 of a neuron a check."""
    backprop = dormancy.continual_backprop(
        WIRING, init_params, OPTIMIZER, replacement_rate=0.25, maturity=1, decay=0.5
    )
    _, states = run(backprop, [[1, 2, 4], [3, 2, 4], [1, 2, 4]])
    # Utilities are activations times the sum of the outgoing weights, 2.
    first, second, third = (state.memory for state in states)
    assert first["age"]["h"].tolist() == [1, 1, 1]
    assert first["utility"]["h"].tolist() == [1, 2, 4]
    # Nobody is older than one check.
    assert first["account"]["h"] == 0
    assert second["utility"]["h"].tolist() == [3.5, 3, 6]
    assert second["account"]["h"] == 0.75
    # 1.5 are due now; the second neuron is the least useful: (3.5 + 2) / 2 and (3 + 4) / 2.
    assert third["account"]["h"] == 0.5
    assert states[2].recycled["h"].tolist() == [True, False, False]
    assert third["utility"]["h"].tolist() == [0, 3.5, 7]
    assert third["age"]["h"].tolist() == [0, 3, 3]


def test_young_neurons_are_compared_without_the_bias_of_their_short_average():
    """Recycled at the third and at the fourth check, two are mature again at the sixth."""
    backprop = dormancy.continual_backprop(
        *(WIRING, lambda key: PARAMS, OPTIMIZER),
        replacement_rate=0.25,
        maturity=1,
        decay=0.5,
        # Otherwise they would have no reader, and be useless however active they are.
        options=dormancy.RecycleOptions(outgoing="random"),
    )
    rows = [[1, 2, 9], [1, 2, 9], [1, 2, 9], [3, 2, 9], [3, 3.2, 9], [3, 3.2, 9]]
    _, states = run(backprop, rows)
    assert states[2].recycled["h"].tolist() == [True, False, False]
    # 0.5 at the third, + 2/4 at the fourth: one is due, and only the old ones are eligible.
    assert states[3].recycled["h"].tolist() == [False, True, False]
    # Averages of 7/8 of 3 and 3/4 of 3.2, of which the second is lower: 3 is less than 3.2.
    assert states[4].recycled["h"].tolist() == [False, False, False]
    assert states[5].recycled["h"].tolist() == [True, False, False]


def test_regrama_recycles_below_a_hundredth_of_the_layers_gradient():
    regrama = dormancy.regrama(WIRING, init_params, OPTIMIZER)
    gradients = {"v": jnp.zeros((3, 2)), "w": jnp.tile(jnp.array([0.009, 0.02, 2.971]), (4, 1))}
    observed = dormancy.Observed({"h": jnp.ones((1, 3))}, gradients)
    state = regrama.init(observed.activations)
    opt_state = OPTIMIZER.init(PARAMS)
    *_, state = regrama.update(jax.random.key(0), PARAMS, opt_state, observed, state)
    assert state.recycled["h"].tolist() == [True, False, False]


def test_self_normalized_resets_by_hand():
    """Thresholds after two checks; the silent neuron is recycled when its own is reached."""
    resets = dormancy.self_normalized_resets(
        WIRING, init_params, OPTIMIZER, rejection=np.exp(-2.0), threshold_period=4,
        first_threshold=3,
    )  # fmt: skip
    rows = [[1, 0, 1], [1, 1, 0], [1, 0, 0], [1, 0, 0], [1, 0, 1], [1, 0, 1]]
    _, states = run(resets, rows)
    assert [s.memory["silence"]["h"].tolist() for s in states] == [
        [0, 1, 0], [0, 0, 1], [0, 1, 2], [0, 2, 0], [0, 3, 0], [0, 4, 0],
    ]  # fmt: skip
    # Three checks without firing: the third neuron at the fourth check. The second's threshold
    # has grown by the time that it has been silent as long.
    assert [s.recycled["h"].tolist() for s in states] == [
        [False, False, False], [False, False, False], [False, False, False],
        [False, False, True], [False, False, False], [False, False, False],
    ]  # fmt: skip
    before, renewed = states[2].memory, states[3].memory
    assert before["sum"]["h"].tolist() == [4, 3, 2]
    assert before["count"]["h"].tolist() == [4, 2, 2]
    # Twice the mean silence: 2 * 5/5 = 2 contracts; 2 * 3/2 = 3 and 2 * 5/3 do not, so 3 doubles.
    assert renewed["threshold"]["h"].tolist() == [2, 6, 6]
    assert renewed["sum"]["h"].tolist() == renewed["count"]["h"].tolist() == [1, 1, 1]


def test_reborn_deals_no_more_than_the_most_and_recycles_the_rest():
    many = 12
    layer = dormancy.LayerWiring(
        many,
        (dormancy.Slot(1, 1, np.arange(many)),),
        (),
        (dormancy.Slot(0, 0, np.arange(many)),),
    )
    params = {"v": jnp.ones((many, 2)), "w": jnp.full((4, many), 2.0)}
    wiring = dormancy.Wiring({"h": layer}, {}, jax.eval_shape(lambda: params))
    reborn = dormancy.reborn(
        0.0, wiring, lambda key: {"v": jnp.ones((many, 2)), "w": jnp.full((4, many), 9.0)},
        OPTIMIZER, over_active=3.0, most_copies=4, scale=(0.5, 0.5),
    )  # fmt: skip
    activations = {"h": jnp.array([[0.0] * 9 + [9.0, 9.0, 0.5]])}
    state = reborn.init(activations)
    new, _, state = reborn.update(
        jax.random.key(0), params, OPTIMIZER.init(params), activations, state
    )
    assert state.recycled["h"].tolist() == [True] * 9 + [False] * 3
    incoming = new["w"][0]
    assert sorted(incoming[:9].tolist()) == [1.0] * 8 + [9.0]
    assert incoming[9:].tolist() == [2.0, 2.0, 2.0]
    alone = int(jnp.argmax(incoming))
    assert new["v"][alone].tolist() == [0, 0]
    # All that the two over-active ones put out is still put out, by them and their copies.
    work = jnp.where(jnp.arange(many) < 9, 0.5, 1.0)[:, None] * new["v"]
    np.testing.assert_allclose(work[:11].sum(axis=0), [2, 2], rtol=1e-5)
    assert new["v"][11].tolist() == [1, 1]


@pytest.mark.parametrize("name", ["dueling", "transposed"])
def test_sharing_leaves_the_outputs_of_convolutions_too(name):
    """A silent channel becomes a copy of another, whose rows of the next layer they share."""
    case = CASES[name]
    params = case.init(jax.random.key(0))
    conv = {"kernel": params["conv"]["kernel"].at[..., 1].set(0), "bias": params["conv"]["bias"]}
    params = params | {"conv": conv}
    wiring = derive_wiring(case.apply, params, case.inputs)
    optimizer = optax.adam(1e-3)
    before = case.apply(params, case.inputs)
    neurons = before[1]["conv"].shape[-1]
    sources = {"conv": jnp.arange(neurons).at[1].set(2)}
    new, _ = share_neurons(
        jax.random.key(1), params, optimizer.init(params), sources, wiring, optimizer
    )
    after = case.apply(new, case.inputs)
    np.testing.assert_allclose(after[0], before[0], rtol=1e-4, atol=1e-5)
    ratio = new["conv"]["kernel"][..., 1] / params["conv"]["kernel"][..., 2]
    assert 0.3 <= float(ratio.min()) <= float(ratio.max()) <= 0.8
    np.testing.assert_allclose(ratio, ratio.ravel()[0], rtol=1e-5)


def test_sharing_forgets_what_changed_and_nothing_else():
    optimizer = optax.sgd(0.1, momentum=0.9)
    opt_state = jax.tree.map(jnp.ones_like, optimizer.init(PARAMS))
    _, after = share_neurons(
        jax.random.key(0), PARAMS, opt_state, {"h": jnp.array([2, 1, 2])}, WIRING, optimizer
    )
    trace = after[0].trace
    assert trace["w"].tolist() == [[0, 1, 1]] * 4
    assert trace["v"].tolist() == [[0, 0], [1, 1], [0, 0]]


def test_sharing_leaves_the_outputs_behind_scales_and_slopes():
    def learned(params, x):
        scaled = (x @ params["w"]) * params["s"] + params["b"]
        hidden = jnp.where(scaled > 0, scaled, params["slope"] * scaled)
        return hidden @ params["v"], {"h": hidden}

    keys = jax.random.split(jax.random.key(0), 5)
    shapes = {"w": (4, 3), "s": (1, 3), "b": (1, 3), "slope": (1, 3), "v": (3, 2)}
    params = {
        name: jax.random.normal(key, shape)
        for key, (name, shape) in zip(keys, shapes.items(), strict=True)
    }
    params |= {name: params[name].at[:, 0].set(0) for name in ("w", "b")}
    wiring = derive_wiring(learned, params, INPUTS)
    new, _ = share_neurons(
        jax.random.key(1),
        params,
        OPTIMIZER.init(params),
        {"h": jnp.array([1, 1, 2])},
        wiring,
        OPTIMIZER,
    )
    for name in ("s", "slope"):
        assert new[name].tolist() == params[name].at[:, 0].set(params[name][:, 1]).tolist()
    assert (new["w"][:, 0] != params["w"][:, 1]).all()
    before, after = (learned(each, INPUTS)[0] for each in (params, new))
    np.testing.assert_allclose(after, before, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("rejection", [0, 1, -0.1, 2])
def test_a_rejection_that_makes_no_sense_is_refused(rejection):
    with pytest.raises(ValueError, match="above 0 and below 1"):
        dormancy.self_normalized_resets(WIRING, init_params, OPTIMIZER, rejection)


def test_layers_that_cannot_share_are_refused():
    uneven = dormancy.LayerWiring(
        *(2, (dormancy.Slot(1, 1, np.array([0, 0, 1])),), ()),
        (dormancy.Slot(0, 0, np.arange(2)),),
        interchangeable=False,
    )
    wiring = dormancy.Wiring({"h": uneven}, {"sum": "it is a residual sum"}, PARAMS)
    sources = jnp.array([1, 1])
    with pytest.raises(dormancy.WiringError, match="read the same"):
        share_neurons(
            jax.random.key(0), PARAMS, OPTIMIZER.init(PARAMS), {"h": sources}, wiring, OPTIMIZER
        )
    with pytest.raises(dormancy.WiringError, match="residual sum"):
        share_neurons(
            jax.random.key(0), PARAMS, OPTIMIZER.init(PARAMS), {"sum": sources}, wiring, OPTIMIZER
        )


def test_shrink_and_perturb_by_hand():
    mixed = dormancy.shrink_and_perturb(
        0.5, 2.0, lambda key: jax.tree.map(jnp.ones_like, PARAMS), OPTIMIZER,
        chosen={"v": False, "w": True},
    )  # fmt: skip
    params, _ = run(mixed, [[1, 1, 1]])
    np.testing.assert_allclose(params["w"], 0.5 * PARAMS["w"] + 2)
    np.testing.assert_array_equal(params["v"], PARAMS["v"])


def test_regenerative_regularization_is_the_gradient_of_the_penalty():
    initial = {"w": jnp.array([1.0, -2.0]), "b": jnp.array([0.5])}
    params = jax.tree.map(lambda leaf: 3 * leaf + 1, initial)
    pull = regenerative_regularization(0.01)
    state = pull.init(initial)

    def penalty(params):
        parts = jax.tree.map(lambda a, b: jnp.sum((a - b) ** 2), params, initial)
        return 0.01 * sum(jax.tree.leaves(parts))

    zeros = jax.tree.map(jnp.zeros_like, params)
    found, _ = pull.update(zeros, state, params)
    jax.tree.map(np.testing.assert_allclose, found, jax.grad(penalty)(params))


def test_regenerative_regularization_brings_weights_back():
    optimizer = optax.chain(regenerative_regularization(0.5), optax.sgd(0.1))
    params = {"w": jnp.array([1.0])}
    state = optimizer.init(params)
    params = {"w": jnp.array([3.0])}
    for _ in range(100):
        updates, state = optimizer.update({"w": jnp.zeros(1)}, state, params)
        params = optax.apply_updates(params, updates)
    assert params["w"][0] == pytest.approx(1, abs=1e-4)
    with pytest.raises(ValueError, match="needs the parameters"):
        optimizer.update({"w": jnp.zeros(1)}, state)
