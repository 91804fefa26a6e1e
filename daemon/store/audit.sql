-- Migration 3: where the chain of the audit trail begins and ends, its days, and the wrong tries that are summed.

CREATE TABLE audit_chain (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    head_seq INTEGER NOT NULL,       -- the last row that was written
    head_hash BLOB NOT NULL,
    dropped_seq INTEGER NOT NULL,    -- the last row that was dropped for age or size; 0: none
    dropped_hash BLOB NOT NULL
) STRICT;
INSERT INTO audit_chain SELECT 1,
    COALESCE((SELECT max(seq) FROM audit), (SELECT value FROM meta WHERE key = 'audit_dropped_seq'), 0),
    COALESCE((SELECT hash FROM audit ORDER BY seq DESC LIMIT 1), (SELECT value FROM meta WHERE key = 'audit_dropped_hash'),
             zeroblob(32)),
    COALESCE((SELECT value FROM meta WHERE key = 'audit_dropped_seq'), 0),
    COALESCE((SELECT value FROM meta WHERE key = 'audit_dropped_hash'), zeroblob(32));
DELETE FROM meta WHERE key IN ('audit_dropped_seq', 'audit_dropped_hash');

-- Rows in a run, of one day. A clock that is set back begins another run: the order is that of the numbers.
CREATE TABLE audit_days (
    first_seq INTEGER PRIMARY KEY,
    last_seq INTEGER NOT NULL,
    day INTEGER NOT NULL,            -- days since 1970 UTC
    bytes INTEGER NOT NULL           -- what the rows take, about
) STRICT;
INSERT INTO audit_days
    SELECT min(seq), max(seq), max(time) / 86400000000,
           sum(160 + length(actor) + length(origin) + length(action) + length(subject) + length(detail))
    FROM audit GROUP BY 1 = 1;

-- Of one account (0: nobody's) and one source, while its ten minutes last: the first few wrong tries have rows of their
-- own, the rest are counted here, in the transaction of their verdict, and become one row at the end.
CREATE TABLE audit_sums (
    subject_id INTEGER NOT NULL,
    source TEXT NOT NULL,            -- a /24 or /64, local, or * when there are too many
    action TEXT NOT NULL,
    began INTEGER NOT NULL,
    rows INTEGER NOT NULL,           -- that were written
    count INTEGER NOT NULL DEFAULT 0,   -- that were not: the sum
    first INTEGER,                   -- of the sum
    last INTEGER,
    actor TEXT NOT NULL DEFAULT '',  -- of its last one, down to detail
    origin TEXT NOT NULL DEFAULT '',
    subject TEXT NOT NULL DEFAULT '',
    reason TEXT NOT NULL DEFAULT '',
    attempt TEXT NOT NULL DEFAULT '',
    detail TEXT NOT NULL DEFAULT '{}',
    reasons TEXT NOT NULL DEFAULT '{}',     -- JSON: how many of each
    attempts TEXT NOT NULL DEFAULT '[]',    -- JSON: the last few references
    PRIMARY KEY (subject_id, source, action)
) STRICT, WITHOUT ROWID;
