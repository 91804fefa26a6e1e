-- Whose account comes to its end is looked for each minute.
CREATE INDEX users_by_expires ON users (expires) WHERE expires IS NOT NULL;
