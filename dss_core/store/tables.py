"""Table of the saved cases: the record as JSON, and what lists and searches need as columns.

A changed table needs a new file under `migrations/versions`; a test holds both together.
"""

from sqlalchemy import Column, Float, Integer, MetaData, String, Table, Text

METADATA = MetaData()

CASES = Table(
    "cases",
    METADATA,
    Column("id", String(36), primary_key=True),
    Column("version", Integer, nullable=False),
    Column("label", String(80), nullable=False),
    Column("label_folded", Text, nullable=False),
    Column("created", String(32), nullable=False, index=True),
    Column("updated", String(32), nullable=False),
    Column("weights_id", Text, nullable=False),
    Column("egfr", Float),
    Column("pdl1", Float),
    Column("withheld", Text),
    Column("verdict", Text),
    Column("kept", String(16), nullable=False),
    Column("kept_until", String(32), index=True),
    Column("images_digest", String(64), nullable=False, index=True),
    Column("study_key", String(64), nullable=False, index=True),
    Column("images_file", Text),
    Column("images_sha256", String(64)),
    Column("record", Text, nullable=False),
)
"""Times are UTC in ISO 8601 of one length, so that their text sorts as they do.

`images_file` names a file in the case's folder, `images_sha256` is the digest of its bytes; both
are empty where no images are kept.
"""
