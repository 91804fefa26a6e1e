-- What was the host's before it was ours: accounts of /etc/passwd, keys of google-authenticator. While a row is not
-- settled, both have it, and the host's lines are no stranger's.
CREATE TABLE adoptions (
    user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    what TEXT NOT NULL,              -- passwd or authenticator
    state TEXT NOT NULL,             -- taking, taken or returning
    at INTEGER NOT NULL,             -- when the state began
    PRIMARY KEY (user_id, what)
) STRICT, WITHOUT ROWID;
CREATE INDEX adoptions_by_what ON adoptions (what, state);
