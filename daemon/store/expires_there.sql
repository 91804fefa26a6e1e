-- When an account ends by what its directory server says; the host's own end stands beside it.
ALTER TABLE users ADD COLUMN expires_there INTEGER;
CREATE INDEX users_by_expires_there ON users (expires_there) WHERE expires_there IS NOT NULL;
