"""Pooled features of a patient: mean activation of the network's last layer.

For the SResCNN 256 numbers: the last residual activation, averaged over space and over slices.
Each network of an ensemble has features of its own, which do not line up with another's.

References
----------
Mu et al., Nat Commun 11:5228 (2020), Fig. 3a.
"""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from dss_core.networks.response import respond


def pooled_features(x: NDArray[np.float32], network: nn.Module) -> NDArray[np.float64]:
    """Features (channels,) of one patient's images.

    Parameters
    ----------
    x : float32 array (n, channels, 64, 64)
        Of every slice, as in `NetworkInput`.
    network : nn.Module
        In evaluation mode.

    Raises
    ------
    WeightsError
        If the network is of a kind whose last activation is not known.
    """
    activation = respond(network, torch.from_numpy(np.ascontiguousarray(x))).activation
    return np.asarray(activation.double().mean(dim=(0, 2, 3)).numpy())
