-- Nothing new to keep: what was there is found in other ways.

UPDATE notifications SET last_error = last_error;
