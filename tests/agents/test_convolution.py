"""The convolution of matrix products against XLA's own."""

from hypothesis import given, settings, strategies as st
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from agents.networks.convolution import convolve_by_matmul

LAYOUT = ("NHWC", "HWIO", "NHWC")


@given(st.integers(5, 21), st.integers(1, 5), st.integers(1, 4), st.sampled_from(["SAME", "VALID"]))
@settings(max_examples=20, deadline=None)
def test_equal_for_every_size_kernel_and_stride(size, side, stride, padding):
    rng = np.random.default_rng(0)
    inputs = jnp.asarray(rng.normal(size=(2, size, size + 1, 3)), jnp.float32)
    kernel = jnp.asarray(rng.normal(size=(side, side, 3, 4)), jnp.float32)
    ours = convolve_by_matmul(inputs, kernel, (stride, stride), padding)
    theirs = jax.lax.conv_general_dilated(
        inputs, kernel, (stride, stride), padding, dimension_numbers=LAYOUT
    )
    np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-4)


def test_what_it_cannot_do_is_refused():
    inputs, kernel = jnp.zeros((1, 8, 8, 2)), jnp.zeros((3, 3, 2, 2))
    with pytest.raises(ValueError, match="neither dilation nor groups"):
        convolve_by_matmul(inputs, kernel, (1, 1), "SAME", rhs_dilation=(2, 2))
    with pytest.raises(ValueError, match="neither dilation nor groups"):
        convolve_by_matmul(inputs, kernel, (1, 1), "SAME", feature_group_count=2)
