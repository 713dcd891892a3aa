"""Store of saved cases: records in a database, images as files beside it."""
