"""What Keras layers compute, written slowly and plainly in numpy from their documentation.

Channels last, float64, loops over positions: nothing here is shared with the importer.
"""

import math

import numpy as np


def padded_axis(size, window, stride, dilation, padding):
    """Start of every window on an axis, in pixels of the unpadded image."""
    reach = (window - 1) * dilation + 1
    if padding == "valid":
        return [k * stride for k in range((size - reach) // stride + 1)]
    positions = math.ceil(size / stride)
    total = max((positions - 1) * stride + reach - size, 0)
    return [k * stride - total // 2 for k in range(positions)]


def windows(x, window, strides, dilation, padding):
    """For every output position: (row, column, [(kernel row, kernel column, pixel), ...])."""
    rows = padded_axis(x.shape[1], window[0], strides[0], dilation[0], padding)
    columns = padded_axis(x.shape[2], window[1], strides[1], dilation[1], padding)
    for i, top in enumerate(rows):
        for j, left in enumerate(columns):
            inside = []
            for a in range(window[0]):
                for b in range(window[1]):
                    r, c = top + a * dilation[0], left + b * dilation[1]
                    if 0 <= r < x.shape[1] and 0 <= c < x.shape[2]:
                        inside.append((a, b, x[:, r, c, :]))
            yield i, j, inside, (len(rows), len(columns))


def conv(x, kernel, bias=None, strides=(1, 1), dilation=(1, 1), padding="valid"):
    out = None
    for i, j, inside, shape in windows(x, kernel.shape[:2], strides, dilation, padding):
        out = np.zeros((len(x), *shape, kernel.shape[3])) if out is None else out
        for a, b, pixel in inside:
            out[:, i, j, :] += pixel @ kernel[a, b]
    return out if bias is None else out + bias


def depthwise(x, kernel, bias=None, strides=(1, 1), dilation=(1, 1), padding="valid"):
    """Output channel `c * multiplier + m` is input channel c under multiplier m."""
    multiplier = kernel.shape[3]
    out = None
    for i, j, inside, shape in windows(x, kernel.shape[:2], strides, dilation, padding):
        out = np.zeros((len(x), *shape, x.shape[3] * multiplier)) if out is None else out
        for a, b, pixel in inside:
            for c in range(x.shape[3]):
                for m in range(multiplier):
                    out[:, i, j, c * multiplier + m] += pixel[:, c] * kernel[a, b, c, m]
    return out if bias is None else out + bias


def pool(x, window, strides, padding, how):
    """`how` is max or mean over the pixels of the window that lie inside the image."""
    out = None
    for i, j, inside, shape in windows(x, window, strides, (1, 1), padding):
        out = np.zeros((len(x), *shape, x.shape[3])) if out is None else out
        out[:, i, j, :] = how([pixel for _, _, pixel in inside], axis=0)
    return out


def batch_norm(x, axis, epsilon, mean, variance, gamma=None, beta=None):
    moved = np.moveaxis(x, axis, -1)
    y = (moved - mean) / np.sqrt(variance + epsilon)
    y = y if gamma is None else y * gamma
    y = y if beta is None else y + beta
    return np.moveaxis(y, -1, axis)


def softmax(x, axis=-1):
    e = np.exp(x - x.max(axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def relu(x):
    return np.where(x > 0, x, 0.0)


SELU_SCALE, SELU_ALPHA = 1.0507009873554805, 1.6732632423543772

ACTIVATIONS = {
    "linear": lambda x: x,
    "relu": relu,
    "relu6": lambda x: np.minimum(relu(x), 6),
    "elu": lambda x: np.where(x > 0, x, np.exp(x) - 1),
    "selu": lambda x: SELU_SCALE * np.where(x > 0, x, SELU_ALPHA * (np.exp(x) - 1)),
    "softplus": lambda x: np.log(1 + np.exp(x)),
    "softsign": lambda x: x / (1 + np.abs(x)),
    "tanh": np.tanh,
    "sigmoid": sigmoid,
    "hard_sigmoid": lambda x: np.minimum(np.maximum(0.2 * x + 0.5, 0), 1),
    "exponential": np.exp,
    "swish": lambda x: x * sigmoid(x),
    "softmax": softmax,
}
