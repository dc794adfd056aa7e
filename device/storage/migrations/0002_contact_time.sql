-- The contact time as the document has it, so that a document comes back to the last digit.

ALTER TABLE steps ADD COLUMN contact_time_s REAL;
