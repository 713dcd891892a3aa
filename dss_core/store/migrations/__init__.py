"""Migrations of the database's schema, one file each; `dss_core.store.schema` runs them."""
