-- The rowid of inbox is this order already: the step only keeps the numbers of both dialects alike.
SELECT 1;
