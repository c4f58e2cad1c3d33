-- Where an instance keeps files, so that one that keeps them elsewhere than the others does not work on any.

ALTER TABLE instances ADD COLUMN files TEXT;
