-- The rowid of inbox has this order already. The migration keeps both dialects at one number.
SELECT 1;
