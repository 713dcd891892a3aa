"""Legacy Keras HDF5 files without TensorFlow: read, flattened, built as torch, put in a bundle.

The way of a file: `hdf5` (bounded reading) -> `config` (the model as Keras describes it) ->
`flatten` (one straight program, weights placed) -> `architecture` and tensors, all that a bundle
keeps -> `graph` (the torch module, made of the layers in `table`) -> `network` (the place of our
own network taken).
"""
