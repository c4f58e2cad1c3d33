//! What only SQLite can be asked: its settings, its files, its disk, rows spoilt by hand, and its migrations.

mod append_only;
mod corrupt;
mod disk;
mod file;
mod schema;
