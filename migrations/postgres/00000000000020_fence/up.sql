-- The second fence between consortia: a statement sees and writes rows of the consortia that its transaction has named in
-- yui.consortia (ids parted by commas; '*' for the whole service), the owner's statements too. Nobody named: no rows.
-- Rows that belong to no consortium are behind no fence. Whoever adds a table with a consortium calls this for it.
-- The subselects make the server read the setting once for each statement, not for each row.
CREATE FUNCTION put_behind_fence(fenced regclass, belongs_to name) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', fenced);
  EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', fenced);
  EXECUTE format($policy$
    CREATE POLICY fence ON %1$s USING (
      %2$I = ANY ((SELECT string_to_array(current_setting('yui.consortia', true), ','))::text[])
      OR (SELECT current_setting('yui.consortia', true) = '*')
      OR %2$I IS NULL)$policy$, fenced, belongs_to);
END $$;

SELECT put_behind_fence('consortia', 'id');
SELECT put_behind_fence(attrelid::regclass, attname)
FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
WHERE attname = 'consortium_id' AND relkind = 'r' AND relnamespace = current_schema()::regnamespace
ORDER BY relname;
