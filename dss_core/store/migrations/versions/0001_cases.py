"""Table of the saved cases."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the table and its indexes."""
    op.create_table(
        "cases",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("label", sa.String(80), nullable=False),
        sa.Column("label_folded", sa.Text, nullable=False),
        sa.Column("created", sa.String(32), nullable=False),
        sa.Column("updated", sa.String(32), nullable=False),
        sa.Column("weights_id", sa.Text, nullable=False),
        sa.Column("egfr", sa.Float),
        sa.Column("pdl1", sa.Float),
        sa.Column("withheld", sa.Text),
        sa.Column("verdict", sa.Text),
        sa.Column("kept", sa.String(16), nullable=False),
        sa.Column("kept_until", sa.String(32)),
        sa.Column("images_digest", sa.String(64), nullable=False),
        sa.Column("study_key", sa.String(64), nullable=False),
        sa.Column("images_file", sa.Text),
        sa.Column("images_sha256", sa.String(64)),
        sa.Column("record", sa.Text, nullable=False),
    )
    for name in ("created", "kept_until", "images_digest", "study_key"):
        op.create_index(f"ix_cases_{name}", "cases", [name])
