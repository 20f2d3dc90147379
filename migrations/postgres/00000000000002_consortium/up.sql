CREATE TABLE consortia (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  created_at TIMESTAMP NOT NULL,
  updated_at TIMESTAMP NOT NULL,
  version BIGINT NOT NULL
);

CREATE TABLE members (
  id TEXT PRIMARY KEY,
  consortium_id TEXT NOT NULL CONSTRAINT members_consortium_fk REFERENCES consortia (id),
  municipality_code TEXT NOT NULL CONSTRAINT members_code_check CHECK (length(municipality_code) = 6),
  name TEXT NOT NULL,
  kana TEXT NOT NULL,
  kind TEXT NOT NULL,
  population BIGINT NOT NULL CONSTRAINT members_population_check CHECK (population >= 0),
  member_class TEXT NOT NULL CONSTRAINT members_class_check CHECK (member_class IN ('full', 'associate')),
  is_lead BOOLEAN NOT NULL,
  joined_on DATE NOT NULL,
  left_on DATE,
  created_at TIMESTAMP NOT NULL,
  updated_at TIMESTAMP NOT NULL,
  version BIGINT NOT NULL
);
CREATE UNIQUE INDEX members_consortium_id_key ON members (consortium_id, id);
CREATE UNIQUE INDEX members_code_key ON members (consortium_id, municipality_code);
CREATE UNIQUE INDEX members_lead_key ON members (consortium_id) WHERE is_lead;

CREATE TABLE grants (
  id TEXT PRIMARY KEY,
  user_id TEXT NOT NULL CONSTRAINT grants_user_fk REFERENCES users (id),
  role TEXT NOT NULL CONSTRAINT grants_role_check CHECK (role IN ('admin', 'lead', 'contact', 'learner', 'auditor')),
  consortium_id TEXT CONSTRAINT grants_consortium_fk REFERENCES consortia (id),
  member_id TEXT,
  granted_by TEXT CONSTRAINT grants_granted_by_fk REFERENCES users (id),
  created_at TIMESTAMP NOT NULL,
  revoked_at TIMESTAMP,
  CONSTRAINT grants_member_fk FOREIGN KEY (consortium_id, member_id) REFERENCES members (consortium_id, id),
  CONSTRAINT grants_scope_check CHECK (
    (role = 'admin' AND consortium_id IS NULL AND member_id IS NULL)
    OR (role = 'auditor' AND consortium_id IS NOT NULL AND member_id IS NULL)
    OR (role IN ('lead', 'contact', 'learner') AND consortium_id IS NOT NULL AND member_id IS NOT NULL))
);
CREATE INDEX grants_user_idx ON grants (user_id);
CREATE INDEX grants_member_idx ON grants (consortium_id, member_id);
CREATE UNIQUE INDEX grants_active_key ON grants (user_id, role, consortium_id, member_id) WHERE revoked_at IS NULL;
