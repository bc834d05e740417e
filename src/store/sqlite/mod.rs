//! The store in SQLite: one writer thread, some readers, numbered migrations. The only room that names rusqlite.
