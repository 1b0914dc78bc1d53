"""What alembic runs: the migrations, inside the transaction that `messaging.store.migrating` opened."""

from alembic import context

from messaging.store.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=False,  # one transaction around all of it is open already
)
with context.begin_transaction():
    context.run_migrations()
