-- Versions lie in files beside a SQLite store. The migration keeps both dialects at one number.
SELECT 1;
