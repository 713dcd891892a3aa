"""Every Keras layer that can be imported exactly, by the class name Keras files use."""

from dss_core.scoring import keras_layers as plain
from dss_core.scoring import keras_windows as windows
from dss_core.scoring.keras_layers import KerasLayer

LAYERS: dict[str, type[KerasLayer]] = {
    "Activation": plain.Activation,
    "ActivityRegularization": plain.Identity,
    "Add": plain.Add,
    "AlphaDropout": plain.Identity,
    "Average": plain.Average,
    "AveragePooling2D": windows.AveragePooling2D,
    "BatchNormalization": plain.BatchNormalization,
    "BatchNormalizationV1": plain.BatchNormalization,
    "Concatenate": plain.Concatenate,
    "Conv2D": windows.Conv2D,
    "Cropping2D": windows.Cropping2D,
    "Dense": plain.Dense,
    "DepthwiseConv2D": windows.DepthwiseConv2D,
    "Dropout": plain.Identity,
    "ELU": plain.ELU,
    "Flatten": plain.Flatten,
    "GaussianDropout": plain.Identity,
    "GaussianNoise": plain.Identity,
    "GlobalAveragePooling2D": windows.GlobalAveragePooling2D,
    "GlobalMaxPooling2D": windows.GlobalMaxPooling2D,
    "LeakyReLU": plain.LeakyReLU,
    "MaxPooling2D": windows.MaxPooling2D,
    "Maximum": plain.Maximum,
    "Minimum": plain.Minimum,
    "Multiply": plain.Multiply,
    "PReLU": plain.PReLU,
    "Permute": plain.Permute,
    "ReLU": plain.ReLU,
    "Reshape": plain.Reshape,
    "SeparableConv2D": windows.SeparableConv2D,
    "Softmax": plain.Softmax,
    "SpatialDropout2D": plain.Identity,
    "Subtract": plain.Subtract,
    "ThresholdedReLU": plain.ThresholdedReLU,
    "UpSampling2D": windows.UpSampling2D,
    "ZeroPadding2D": windows.ZeroPadding2D,
}
