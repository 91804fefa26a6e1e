-- Who has a word of their own on one-time codes: few, and asked for often.
CREATE INDEX users_by_mfa ON users (mfa) WHERE mfa <> 'inherit';
CREATE INDEX groups_by_mfa ON groups (mfa) WHERE mfa <> 'inherit';
