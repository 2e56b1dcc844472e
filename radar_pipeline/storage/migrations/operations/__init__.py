"""Alembic's folder for the operations store: the tables as they are now, and the steps to them."""
