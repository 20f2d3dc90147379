DO $$
DECLARE fenced regclass;
BEGIN
  FOR fenced IN SELECT polrelid::regclass FROM pg_policy WHERE polname = 'fence' ORDER BY 1 LOOP
    EXECUTE format('DROP POLICY fence ON %s', fenced);
    EXECUTE format('ALTER TABLE %s NO FORCE ROW LEVEL SECURITY', fenced);
    EXECUTE format('ALTER TABLE %s DISABLE ROW LEVEL SECURITY', fenced);
  END LOOP;
END $$;
DROP FUNCTION put_behind_fence(regclass, name);
