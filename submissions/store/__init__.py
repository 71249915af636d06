"""All SQL, a file a subject: frozen dataclasses in and out, append-only migrations, nothing else knows SQLite."""
