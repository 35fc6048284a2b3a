"""A table of networks: what is wired in each, and why the rest is not.

Small in every dimension, so that each weight can be looked at by itself.
"""

from collections.abc import Callable
import dataclasses
from typing import Any, NamedTuple

import flax.linen as nn
import jax
import jax.numpy as jnp

VECTORS = jax.random.normal(jax.random.key(11), (6, 5))
IMAGES = jax.random.normal(jax.random.key(12), (2, 8, 8, 2))
SEQUENCES = jax.random.normal(jax.random.key(13), (3, 4, 5))


class Network(NamedTuple):
    """A network and what is expected of its wiring.

    Attributes:
      apply: (params, inputs) -> (outputs, activations).
      init: key -> params.
      inputs: a batch.
      wired: layers whose neurons can be recycled, in order of depth.
      refused: other recorded layer -> pattern of the reason.
    """

    apply: Callable[[Any, Any], tuple[Any, Any]]
    init: Callable[[Any], Any]
    inputs: Any
    wired: tuple[str, ...] = ()
    refused: dict[str, str] = {}  # noqa: RUF012


def linen(
    call: Callable[[nn.Module, Any], Any], inputs: Any = VECTORS, wired=(), **refused: str
) -> Network:
    """A Flax network from the body of its `__call__`."""
    return of_module(
        type("Net", (nn.Module,), {"__call__": nn.compact(call)})(), inputs, wired, refused
    )


def of_module(module: nn.Module, inputs: Any, wired, refused) -> Network:
    def init(key):
        return module.init({"params": key, "dropout": key}, inputs)["params"]

    def others():
        keys = {"params": jax.random.key(0), "dropout": jax.random.key(0)}
        return {n: tree for n, tree in module.init(keys, inputs).items() if n != "params"}

    # Few have any: compiling what makes them for all would take longer than the tests do.
    others = jax.jit(others)() if jax.eval_shape(others) else {}

    def apply(params, x):
        return module.apply({"params": params, **others}, x, rngs={"dropout": jax.random.key(1)})

    return Network(apply, jax.jit(init), inputs, tuple(wired), refused)


def plain(apply, shapes: dict[str, tuple[int, ...]], inputs=VECTORS, wired=(), **refused: str):
    """A network in plain JAX from the shapes of its parameters."""

    def init(key):
        keys = jax.random.split(key, len(shapes))
        return {
            name: jax.random.normal(k, shape) / max(1, shape[0]) ** 0.5
            for (name, shape), k in zip(shapes.items(), keys, strict=True)
        }

    return Network(apply, jax.jit(init), inputs, tuple(wired), refused)


def dense(x, width, name):
    return nn.Dense(width, name=name, bias_init=nn.initializers.normal(0.1))(x)


def head(x):
    return dense(x, 2, "out")


# Wired.


class Impala(nn.Module):
    """Stacks of convolution, pooling and two residual blocks (Espeholt et al. 2018)."""

    widths: tuple[int, ...] = (3, 4)
    blocks: int = 2
    units: int = 6

    @nn.compact
    def __call__(self, x):
        recorded = {}
        for stack, width in enumerate(self.widths):

            def conv(y, name, width=width, stack=stack):
                return nn.Conv(width, (3, 3), name=f"stack_{stack}_{name}")(y)

            x = nn.max_pool(conv(x, "first"), (3, 3), (2, 2), padding="SAME")
            for block in range(self.blocks):
                entrance = nn.relu(x)
                inner = nn.relu(conv(entrance, f"inner_{block}"))
                x = x + conv(inner, f"outer_{block}")
                recorded[f"{stack}/{block}/entrance"] = entrance
                recorded[f"{stack}/{block}/inner"] = inner
        flat = nn.relu(x).reshape(x.shape[0], -1)
        recorded["dense"] = hidden = nn.relu(dense(flat, self.units, "dense"))
        return head(hidden), recorded


def tiled(self, x):
    """Repeated in space, and taken apart into single neurons and put together again."""
    a = nn.relu(dense(x, 4, "a"))
    repeated = jnp.tile(a[:, None], (1, 3, 1)).mean(1)
    b = nn.relu(dense(repeated, 3, "b"))
    backwards = jnp.stack(jnp.unstack(b, axis=1)[::-1], axis=1)
    return head(jnp.tile(backwards, (1, 2))), {"a": a, "b": b}


def of_places(self, x):
    """A bias for each place, made by the convolution of a map that is the same for all inputs."""
    ramp = jnp.linspace(0.5, 1.5, x.shape[1])[None, :, None, None] * jnp.ones((1, *x.shape[1:3], 1))
    conv = nn.Conv(4, (3, 3), name="conv")(x / 255)
    maps = nn.relu(conv + nn.Conv(4, (3, 3), use_bias=False, name="places")(ramp))
    hidden = nn.relu(dense(maps.reshape(len(x), -1), 5, "dense"))
    return head(hidden), {"maps": maps, "dense": hidden}


def two_streams(self, x):
    """A dueling head with a dense layer for each stream; the mean advantage is subtracted."""
    shared = nn.relu(dense(x, 6, "shared"))
    value = nn.relu(dense(shared, 4, "value_hidden"))
    advantage = nn.relu(dense(shared, 5, "advantage_hidden"))
    v, a = dense(value, 1, "value"), dense(advantage, 3, "advantage")
    return v + a - a.mean(-1, keepdims=True), {
        "shared": shared,
        "value": value,
        "advantage": advantage,
    }


def critic(self, x):
    hidden = nn.relu(dense(x, 4, "hidden"))
    return head(hidden), hidden


Critic = type("Critic", (nn.Module,), {"__call__": nn.compact(critic)})


def ensemble(self, x):
    members = nn.vmap(
        Critic, variable_axes={"params": 0}, split_rngs={"params": True}, in_axes=None, axis_size=3
    )
    q, hidden = members()(x)
    return q, {"hidden": hidden}


def convolutional_ensemble(self, x):
    class Member(nn.Module):
        @nn.compact
        def __call__(self, x):
            maps = nn.relu(nn.Conv(3, (3, 3), (2, 2))(x))
            return head(maps.reshape(x.shape[0], -1)), maps

    members = nn.vmap(
        Member, variable_axes={"params": 0}, split_rngs={"params": True}, in_axes=None, axis_size=2
    )
    q, maps = members()(x)
    return q, {"maps": maps}


def twins(self, x):
    first, h1 = Critic(name="q1")(x)
    second, h2 = Critic(name="q2")(x)
    return (first, second), {"q1": h1, "q2": h2}


class NoisyDense(nn.Module):
    """Factorised noise as in Fortunato et al. 2018, with fixed noise."""

    width: int

    @nn.compact
    def __call__(self, x):
        normal = nn.initializers.normal(0.5)
        shape = (x.shape[-1], self.width)
        mu, sigma = self.param("mu", normal, shape), self.param("sigma", normal, shape)
        bias, spread = (self.param(n, normal, shape[1:]) for n in ("bias_mu", "bias_sigma"))
        left, right = (
            jnp.sign(e) * jnp.sqrt(jnp.abs(e))
            for e in (
                jax.random.normal(self.make_rng("dropout"), shape[:1]),
                jax.random.normal(self.make_rng("dropout"), shape[1:]),
            )
        )
        weights = mu + sigma * left[:, None] * right[None]
        return x @ weights + (bias + spread * right)[None]


def noisy(self, x):
    a = nn.relu(NoisyDense(4, name="a")(x))
    b = nn.relu(NoisyDense(3, name="b")(a))
    return NoisyDense(2, name="out")(b), {"a": a, "b": b}


def gated(self, x):
    hidden = nn.glu(dense(x, 8, "both"))
    swish = nn.swish(dense(hidden, 5, "gate")) * dense(hidden, 5, "up")
    return head(swish), {"glu": hidden, "swiglu": swish}


def depthwise(self, x):
    first = nn.relu(nn.Conv(4, (3, 3), name="first")(x))
    each = nn.relu(nn.Conv(8, (3, 3), feature_group_count=4, name="each")(first))
    mixed = nn.relu(nn.Conv(3, (1, 1), name="mixed")(each))
    return head(mixed.mean((1, 2))), {"first": first, "each": each, "mixed": mixed}


def recurrent(cell) -> Callable:
    def call(self, x):
        hidden = nn.RNN(cell(3, name="cell"))(nn.relu(x))
        return head(hidden), {"hidden": hidden}

    return call


class Step(nn.Module):
    @nn.compact
    def __call__(self, carry, _):
        hidden = nn.relu(dense(carry, 5, "hidden"))
        return hidden, hidden


def scanned_layers(self, x):
    """Three layers of one shape whose weights are stacked."""
    layers = nn.scan(Step, variable_axes={"params": 0}, split_rngs={"params": True}, length=3)
    last, _ = layers(name="layers")(x, None)
    hidden = nn.relu(dense(last, 4, "after"))
    return head(hidden), {"after": hidden}


def weight_norm(self, x):
    hidden = nn.relu(nn.WeightNorm(nn.Dense(4, name="dense"))(x))
    return head(hidden), {"hidden": hidden}


def transformer(self, x):
    stream = dense(x, 4, "embed")
    normed = nn.LayerNorm(name="norm")(stream)
    stream = stream + nn.MultiHeadDotProductAttention(2, name="attention")(normed, normed)
    hidden = nn.gelu(dense(nn.LayerNorm(name="norm2")(stream), 6, "up"))
    return head(stream + dense(hidden, 4, "down")), {"stream": stream, "hidden": hidden}


def general(self, x):
    heads = nn.relu(nn.DenseGeneral((2, 3), name="heads")(x))
    return nn.DenseGeneral(2, axis=(-2, -1), name="out")(heads), {"heads": heads}


def batch_norm(self, x):
    a = nn.relu(nn.BatchNorm(use_running_average=True, name="running")(dense(x, 4, "a")))
    z = dense(a, 3, "b")
    b = nn.relu((z - z.mean(0, keepdims=True)) / jnp.sqrt(z.var(0, keepdims=True) + 1e-5))
    return head(b), {"a": a, "b": b}


def many_functions(self, x):
    """Activation functions that are 0 at 0, a learned scale, dropout, remat, a recorded cast."""
    a = nn.gelu(nn.PReLU(name="prelu")(dense(x, 4, "a")))
    scaled = (
        nn.Dropout(0.5, deterministic=False)(a)
        * self.param("scale", nn.initializers.normal(), (4,))[None]
    )
    b = nn.leaky_relu(nn.remat(nn.Dense)(5, name="b")(nn.elu(nn.tanh(scaled)))).astype(jnp.bfloat16)
    return head(jnp.where(b > 0, b, b**3)), {"a": a, "b": b.astype(jnp.float32)}


def skip_by_concatenation(self, x):
    a = nn.relu(dense(x, 4, "a"))
    b = nn.relu(dense(jnp.concatenate([x, a], -1), 3, "b"))
    return head(jnp.concatenate([a, b, x], -1)), {"a": a, "b": b}


@jax.tree_util.register_dataclass
@dataclasses.dataclass
class Linear:
    """A layer as Equinox writes it: parameters are the pytree, one example at a time."""

    weight: Any  # (outputs, inputs)
    bias: Any

    def __call__(self, x):
        return self.weight @ x + self.bias


def like_equinox() -> Network:
    def apply(layers, xs):
        def one(x):
            a = jax.nn.relu(layers[0](x))
            b = jax.nn.relu(layers[1](a))
            return layers[2](b), (a, b)

        out, (a, b) = jax.vmap(one)(xs)
        return out, {"b_comes_first": a, "a_comes_last": b}

    def init(key):
        keys = jax.random.split(key, 6)
        widths = (5, 4, 3, 2)
        return [
            Linear(
                jax.random.normal(keys[i], (widths[i + 1], widths[i])),
                jax.random.normal(keys[3 + i], widths[i + 1 : i + 2]),
            )
            for i in range(3)
        ]

    return Network(apply, init, VECTORS, ("b_comes_first", "a_comes_last"))


def einsum(p, x):
    heads = jax.nn.relu(jnp.einsum("bi,hoi->bho", x, p["w"]))
    return jnp.einsum("bho,hoc->bc", heads, p["v"]), {"heads": heads}


def without_units(p, x):
    """A layer that an ablation has set to width 0, and its readers."""
    a = jax.nn.relu(x @ p["w"])
    nobody = jax.nn.relu(a @ p["none"])
    b = jax.nn.relu(jnp.concatenate([a, nobody], -1) @ p["u"] + nobody @ p["of_none"])
    return b @ p["v"], {"a": a, "b": b}


def column_major(p, x):
    """Each example flattened with its channels slowest, and weights that are read so."""
    maps = jax.nn.relu(jnp.einsum("byxi,io->byxo", x, p["w"]))
    flat = jax.vmap(lambda example: example.ravel(order="F"))(maps)
    hidden = jax.nn.relu(flat @ p["u"].reshape(12, 4, order="F"))
    return hidden @ p["v"], {"maps": maps, "hidden": hidden}


def masked(p, x):
    """A part of the input that the network hides, in pieces."""
    visible = x * jnp.array([1, 0, 1, 1, 0, 1])[None]
    hidden = jax.nn.relu(jnp.einsum("bij,ijo->bo", visible.reshape(-1, 2, 3), p["w"]))
    return hidden @ p["v"], {"hidden": hidden}


def whole_batch_column_major(p, x):
    maps = jax.nn.relu(jnp.einsum("byxi,io->byxo", x, p["w"]))
    return maps.reshape(len(maps), -1, order="F") @ p["v"], {"maps": maps}


def column_major_view(p, x):
    """Recorded is a view in another order of axes than what the network goes on with."""
    heads = jax.nn.relu(jnp.einsum("bi,ihc->bhc", x, p["w"]))
    view = jax.vmap(lambda example: jax.lax.reshape(example, (6, 2), (1, 0)))(heads)
    return jnp.einsum("bhc,hco->bo", heads, p["v"]), {"view": view}


WIRED = {
    "impala": of_module(
        Impala(),
        IMAGES,
        ("0/0/inner", "0/1/inner", "1/0/inner", "1/1/inner", "dense"),
        {
            f"{s}/{b}/entrance": "add mixes|single layer|before it is"
            for s in (0, 1)
            for b in (0, 1)
        },
    ),
    "tiled": linen(tiled, wired=("a", "b")),
    "of places": linen(of_places, IMAGES, ("maps", "dense")),
    "two streams": linen(two_streams, wired=("shared", "value", "advantage")),
    "ensemble": linen(ensemble, wired=("hidden",)),
    "convolutional ensemble": linen(convolutional_ensemble, IMAGES, ("maps",)),
    "twins": linen(twins, wired=("q1", "q2")),
    "noisy": linen(noisy, wired=("a", "b")),
    "gated": linen(gated, wired=("glu", "swiglu")),
    "depthwise": linen(depthwise, IMAGES, ("first", "each", "mixed")),
    "rnn": linen(recurrent(nn.SimpleCell), SEQUENCES, ("hidden",)),
    "lstm": linen(recurrent(nn.OptimizedLSTMCell), SEQUENCES, ("hidden",)),
    "gru": linen(recurrent(nn.GRUCell), SEQUENCES, ("hidden",)),
    "scanned layers": linen(scanned_layers, wired=("after",)),
    "weight norm": linen(weight_norm, wired=("hidden",)),
    "transformer": linen(
        transformer, SEQUENCES, ("hidden",), stream="reduce_sum couples|add mixes"
    ),
    "several axes": linen(general, wired=("heads",)),
    "batch norm": linen(batch_norm, wired=("a", "b")),
    "many functions": linen(many_functions, wired=("a", "b")),
    "concatenation": linen(skip_by_concatenation, wired=("a", "b")),
    "like equinox": like_equinox(),
    "einsum": plain(einsum, {"w": (2, 3, 5), "v": (2, 3, 2)}, wired=("heads",)),
    "without units": plain(
        without_units,
        {"w": (5, 4), "none": (4, 0), "u": (4, 3), "of_none": (0, 3), "v": (3, 2)},
        wired=("a", "b"),
    ),
    "column-major": plain(
        column_major,
        {"w": (2, 3), "u": (4, 12), "v": (4, 2)},
        IMAGES[:, ::4, ::4],
        wired=("maps", "hidden"),
    ),
    "masked": plain(masked, {"w": (2, 3, 4), "v": (4, 2)}, VECTORS.T, wired=("hidden",)),
    "batch in column-major order": plain(
        whole_batch_column_major,
        {"w": (2, 3), "v": (12, 2)},
        IMAGES[:, ::4, ::4],
        wired=("maps",),
    ),
    "column-major view": plain(
        column_major_view, {"w": (5, 4, 3), "v": (4, 3, 2)}, wired=("view",)
    ),
}


# Refused.


def crelu(self, x):
    z = dense(x, 4, "a")
    pos, neg = nn.relu(z), nn.relu(-z)
    return head(jnp.concatenate([pos, neg], -1)), {"pos": pos, "neg": neg}


def fourier(self, x):
    z = dense(x, 4, "a")
    features = jnp.concatenate([jnp.sin(z), jnp.cos(z)], -1)
    return head(features), {"features": features}


def followed_by(function) -> Callable:
    """One hidden layer with something between the recording and its reader."""

    def call(self, x):
        hidden = nn.relu(dense(x, 4, "a"))
        return head(function(hidden)), {"hidden": hidden}

    return call


def preceded_by(function) -> Callable:
    """One hidden layer with something between its weights and the recording."""

    def call(self, x):
        hidden = nn.relu(function(dense(x, 4, "a")))
        return head(hidden), {"hidden": hidden}

    return call


def recorded(record) -> Callable:
    """Two hidden layers and what a function of (x, z, first, second, out) records of them."""

    def call(self, x):
        z = dense(x, 4, "a")
        first = nn.relu(z)
        second = nn.relu(dense(first, 3, "b"))
        out = head(second)
        return out, record(x, z, first, second, out)

    return call


def spectral_norm(self, x):
    hidden = nn.relu(nn.SpectralNorm(nn.Dense(4, name="a"))(x, update_stats=False))
    return head(hidden), {"hidden": hidden}


def weight_normed_reader(self, x):
    hidden = nn.relu(dense(x, 4, "a"))
    return nn.WeightNorm(nn.Dense(2, name="out"))(hidden), {"hidden": hidden}


def used_twice(self, x):
    layer = nn.Dense(5, name="shared")
    first = nn.relu(layer(x))
    second = nn.relu(layer(first))
    return head(second), {"first": first, "second": second}


def values(self, x):
    heads = nn.DenseGeneral((2, 3), name="query")(x), nn.DenseGeneral((2, 3), name="key")(x)
    values = nn.relu(nn.DenseGeneral((2, 3), name="value")(x))
    attended = nn.dot_product_attention(*heads, values)
    return nn.DenseGeneral(2, axis=(-2, -1), name="out")(attended), {"values": values}


def carried_out(self, x):
    carry, hidden = nn.RNN(nn.SimpleCell(3), return_carry=True)(x)
    return (head(hidden), carry), {"hidden": hidden}


def unused(self, x):
    return head(x), {"hidden": nn.relu(dense(x, 4, "a"))}


def read_twice(self, x):
    z = dense(x, 4, "a")
    return head(nn.relu(z)) + dense(z, 2, "other"), {"hidden": nn.relu(z)}


def embedded(self, x):
    hidden = nn.Embed(7, 4, name="table")(jnp.int32(jnp.abs(x[:, 0])))
    return head(hidden), {"hidden": hidden}


def part_recorded(self, x):
    hidden = nn.relu(dense(x, 4, "a"))
    return head(hidden), {"half": hidden[:, :2]}


def autoencoder(p, x):
    code = jax.nn.relu(x @ p["w"])
    return code @ p["w"].T, {"code": code}


REFUSED = {
    "CReLU": linen(crelu, pos="also form the neurons of 'neg'", neg="also form .* 'pos'"),
    "Fourier features": linen(fourier, features="several neurons share"),
    "relu and tanh of one layer": linen(
        recorded(lambda x, z, first, second, out: {"relu": first, "tanh": jnp.tanh(z)}),
        relu="also form the neurons of 'tanh'",
        tanh="also form the neurons of 'relu'",
    ),
    "batch norm after": linen(
        lambda self, x: followed_by(nn.BatchNorm(use_running_average=True, name="norm"))(self, x),
        hidden=r"still contributes.*architectures.py:\d+.*exact=False",
    ),
    "layer norm after": linen(
        lambda self, x: followed_by(nn.LayerNorm(name="norm"))(self, x), hidden="couples it"
    ),
    "sigmoid after": linen(followed_by(nn.sigmoid), hidden="still contributes"),
    "exponential after": linen(followed_by(jnp.exp), hidden="still contributes"),
    "constant after": linen(followed_by(lambda h: h + 1), hidden="still contributes"),
    "cosine after": linen(followed_by(jnp.cos), hidden="still contributes"),
    "softmax after": linen(followed_by(nn.softmax), hidden="reduce_max couples it"),
    "sorted": linen(
        followed_by(lambda h: jnp.sort(h, -1)),
        hidden=r"sort cannot be followed \(architectures.py:\d+\)",
    ),
    "filled beyond its end": linen(
        followed_by(lambda h: h.at[:, jnp.array([0, 1, 2, 3, 9])].get(mode="fill", fill_value=1.0)),
        hidden="gather reads beyond an array",
    ),
    "layer norm before": linen(
        lambda self, x: preceded_by(nn.LayerNorm(name="norm"))(self, x), hidden="couples it"
    ),
    "softmax before": linen(preceded_by(nn.softmax), hidden="couples it"),
    "spectral norm": linen(spectral_norm, hidden="normalised together"),
    "reader with weight norm": linen(weight_normed_reader, hidden="norm over several of them"),
    "layer used twice": linen(
        used_twice, first="serve elsewhere too", second="serve elsewhere too"
    ),
    "tied weights": plain(autoencoder, {"w": (5, 3)}, code="serve elsewhere too"),
    "attention": linen(values, SEQUENCES, values="two data arrays"),
    "carry returned": linen(carried_out, SEQUENCES, hidden="reaches the output"),
    "unused": linen(unused, hidden="nothing reads it"),
    "read before": linen(read_twice, hidden="read by a weight before it is recorded"),
    "embedding": linen(embedded, hidden="not formed by a single layer"),
    "a part": linen(part_recorded, half="read by a weight before"),
    "pre-activation": linen(
        recorded(lambda x, z, first, second, out: {"z": z, "first": first, "second": second}),
        wired=("first", "second"),
        z="recorded again, .* as 'first'",
    ),
    "inputs and outputs": linen(
        recorded(lambda x, z, first, second, out: {"first": first, "x": x, "out": out}),
        wired=("first",),
        x="it is an input",
        out="reaches the output",
    ),
    "two names": linen(
        recorded(lambda x, z, first, second, out: {"b": first, "a": first, "c": second}),
        wired=("b", "c"),
        a="same array as 'b'",
    ),
    "constants": linen(
        recorded(lambda x, z, first, second, out: {"a": first, "one": jnp.ones((2, 3))}),
        wired=("a",),
        one="not formed by a single layer",
    ),
}
