-- The starting point of both trees; it holds nothing, so that either database can be reverted to empty.
SELECT 1;
