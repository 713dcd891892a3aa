"""The migrations make the very table that the program uses, on both databases."""

from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from dss_core.store.case_store import CaseStore
from dss_core.store.schema import MIGRATIONS, known_revisions
from dss_core.store.tables import METADATA


def test_migrations_and_tables_agree(any_database: str) -> None:
    store = CaseStore.open()
    with store.database.read() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, METADATA) == []


def test_revisions_are_one_line_in_the_order_of_their_names() -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    walked = [s.revision for s in ScriptDirectory.from_config(config).walk_revisions()]
    assert tuple(reversed(walked)) == known_revisions()
