-- Who is locked is counted each minute, and listed.
CREATE INDEX tickets_by_locked_until ON tickets (locked_until) WHERE locked_until IS NOT NULL;
