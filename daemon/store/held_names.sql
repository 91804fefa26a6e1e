-- Whose a held name was: that account may take it back.
ALTER TABLE held_names ADD COLUMN owner INTEGER NOT NULL DEFAULT 0;
