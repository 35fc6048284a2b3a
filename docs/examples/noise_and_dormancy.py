"""A figure of one's own, outside the project.

python -m figures noise_and_dormancy --plugin noise_and_dormancy --preset smoke
"""

from figures.drawing.captions import definition, late_levels, treatments
from figures.drawing.curve_panels import curve_picture, share_of
from figures.drawing.picture import Picture
from figures.reading.data import Results

EXPERIMENT = "noisy_dense"


def render(store: Results, tau: float = 0.1) -> Picture:
    """Dormant neurons without and with noise.

    Args:
      store: where the runs are.
      tau: a neuron is dormant if its score is at most this.
    """
    experiment = store.experiment(EXPERIMENT)
    share = share_of(experiment, "noise_and_dormancy", tau, None, 1)
    sentences = late_levels(share.shown, "dormant share in the last quarter", "%")
    caption = [definition(tau, 1, experiment), treatments(experiment)]
    return curve_picture([share], "Noise and dormant neurons", caption, sentences)
