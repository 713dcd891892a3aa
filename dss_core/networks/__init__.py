"""The published network, the engines that run it, and networks imported from Keras files."""
