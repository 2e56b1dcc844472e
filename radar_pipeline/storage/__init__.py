"""The five stores. Only here are LanceDB, DuckDB and SQLAlchemy known, each to one module."""
