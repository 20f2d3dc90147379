CREATE TABLE rounds (
  id TEXT PRIMARY KEY,
  consortium_id TEXT NOT NULL CONSTRAINT rounds_consortium_fk REFERENCES consortia (id),
  title TEXT NOT NULL,
  product TEXT NOT NULL,
  fiscal_year BIGINT NOT NULL CONSTRAINT rounds_fiscal_year_check CHECK (fiscal_year BETWEEN 2000 AND 2100),
  contract_mode TEXT NOT NULL CONSTRAINT rounds_contract_mode_check CHECK (contract_mode IN ('lead_contract', 'individual_contract')),
  census_year BIGINT NOT NULL,
  seats_counted_on DATE NOT NULL,
  stage TEXT NOT NULL CONSTRAINT rounds_stage_check CHECK (stage IN ('draft', 'surveying', 'quoting', 'finalised', 'contracted', 'allocated', 'closed')),
  created_at TIMESTAMP NOT NULL,
  updated_at TIMESTAMP NOT NULL,
  version BIGINT NOT NULL
);
CREATE UNIQUE INDEX rounds_consortium_id_key ON rounds (consortium_id, id);

CREATE TABLE round_members (
  round_id TEXT NOT NULL,
  member_id TEXT NOT NULL,
  consortium_id TEXT NOT NULL,
  created_at TIMESTAMP NOT NULL,
  PRIMARY KEY (round_id, member_id),
  CONSTRAINT round_members_round_fk FOREIGN KEY (consortium_id, round_id) REFERENCES rounds (consortium_id, id),
  CONSTRAINT round_members_member_fk FOREIGN KEY (consortium_id, member_id) REFERENCES members (consortium_id, id)
);
CREATE INDEX round_members_member_idx ON round_members (member_id);

CREATE TABLE surveys (
  id TEXT PRIMARY KEY,
  consortium_id TEXT NOT NULL,
  round_id TEXT NOT NULL,
  kind TEXT NOT NULL CONSTRAINT surveys_kind_check CHECK (kind IN ('intent', 'binding')),
  title TEXT NOT NULL,
  note TEXT NOT NULL,
  deadline_on DATE NOT NULL,
  state TEXT NOT NULL CONSTRAINT surveys_state_check CHECK (state IN ('draft', 'open', 'closed')),
  opened_at TIMESTAMP,
  closed_at TIMESTAMP,
  created_at TIMESTAMP NOT NULL,
  updated_at TIMESTAMP NOT NULL,
  version BIGINT NOT NULL,
  CONSTRAINT surveys_round_fk FOREIGN KEY (consortium_id, round_id) REFERENCES rounds (consortium_id, id)
);
CREATE UNIQUE INDEX surveys_consortium_id_key ON surveys (consortium_id, id);
CREATE INDEX surveys_round_idx ON surveys (round_id);

CREATE TABLE survey_answers (
  id TEXT PRIMARY KEY,
  consortium_id TEXT NOT NULL,
  survey_id TEXT NOT NULL,
  member_id TEXT NOT NULL,
  state TEXT NOT NULL CONSTRAINT survey_answers_state_check CHECK (state IN ('draft', 'submitted', 'returned', 'fixed')),
  low_seats BIGINT NOT NULL,
  base_seats BIGINT NOT NULL,
  high_seats BIGINT NOT NULL,
  minimum_seats BIGINT NOT NULL,
  budget_cap_yen BIGINT CONSTRAINT survey_answers_budget_check CHECK (budget_cap_yen >= 0),
  price_points TEXT NOT NULL,
  reason TEXT NOT NULL,
  return_reason TEXT,
  submitted_at TIMESTAMP,
  submitted_by TEXT CONSTRAINT survey_answers_submitted_by_fk REFERENCES users (id),
  created_at TIMESTAMP NOT NULL,
  updated_at TIMESTAMP NOT NULL,
  version BIGINT NOT NULL,
  CONSTRAINT survey_answers_range_check CHECK (0 <= low_seats AND low_seats <= base_seats AND base_seats <= high_seats AND 0 <= minimum_seats AND minimum_seats <= high_seats),
  CONSTRAINT survey_answers_survey_fk FOREIGN KEY (consortium_id, survey_id) REFERENCES surveys (consortium_id, id),
  CONSTRAINT survey_answers_member_fk FOREIGN KEY (consortium_id, member_id) REFERENCES members (consortium_id, id)
);
CREATE UNIQUE INDEX survey_answers_member_key ON survey_answers (survey_id, member_id);
CREATE INDEX survey_answers_member_idx ON survey_answers (member_id);

CREATE TABLE survey_reminders (
  id TEXT PRIMARY KEY,
  consortium_id TEXT NOT NULL,
  survey_id TEXT NOT NULL,
  member_id TEXT NOT NULL,
  sent_by TEXT NOT NULL CONSTRAINT survey_reminders_sent_by_fk REFERENCES users (id),
  sent_at TIMESTAMP NOT NULL,
  CONSTRAINT survey_reminders_survey_fk FOREIGN KEY (consortium_id, survey_id) REFERENCES surveys (consortium_id, id),
  CONSTRAINT survey_reminders_member_fk FOREIGN KEY (consortium_id, member_id) REFERENCES members (consortium_id, id)
);
CREATE INDEX survey_reminders_survey_idx ON survey_reminders (survey_id);

CREATE TABLE quotes (
  id TEXT PRIMARY KEY,
  consortium_id TEXT NOT NULL,
  round_id TEXT NOT NULL,
  vendor TEXT NOT NULL,
  title TEXT NOT NULL,
  valid_until_on DATE NOT NULL,
  schedule TEXT NOT NULL,
  tax_rate TEXT NOT NULL,
  tax_included BOOLEAN NOT NULL,
  note TEXT NOT NULL,
  created_at TIMESTAMP NOT NULL,
  updated_at TIMESTAMP NOT NULL,
  version BIGINT NOT NULL,
  CONSTRAINT quotes_round_fk FOREIGN KEY (consortium_id, round_id) REFERENCES rounds (consortium_id, id)
);
CREATE UNIQUE INDEX quotes_consortium_id_key ON quotes (consortium_id, id);
CREATE INDEX quotes_round_idx ON quotes (round_id);

CREATE TABLE scenarios (
  id TEXT PRIMARY KEY,
  consortium_id TEXT NOT NULL,
  round_id TEXT NOT NULL,
  quote_id TEXT NOT NULL,
  name TEXT NOT NULL,
  state TEXT NOT NULL CONSTRAINT scenarios_state_check CHECK (state IN ('draft', 'finalised')),
  inputs TEXT NOT NULL,
  result TEXT NOT NULL,
  input_hash TEXT NOT NULL,
  result_hash TEXT NOT NULL,
  rule_versions TEXT NOT NULL,
  seats BIGINT NOT NULL CONSTRAINT scenarios_seats_check CHECK (seats >= 0),
  total_yen BIGINT NOT NULL CONSTRAINT scenarios_total_check CHECK (total_yen >= 0),
  finalised_at TIMESTAMP,
  finalised_by TEXT CONSTRAINT scenarios_finalised_by_fk REFERENCES users (id),
  created_at TIMESTAMP NOT NULL,
  updated_at TIMESTAMP NOT NULL,
  version BIGINT NOT NULL,
  CONSTRAINT scenarios_round_fk FOREIGN KEY (consortium_id, round_id) REFERENCES rounds (consortium_id, id),
  CONSTRAINT scenarios_quote_fk FOREIGN KEY (consortium_id, quote_id) REFERENCES quotes (consortium_id, id),
  CONSTRAINT scenarios_finalised_check CHECK ((state = 'finalised') = (finalised_at IS NOT NULL))
);
CREATE UNIQUE INDEX scenarios_consortium_id_key ON scenarios (consortium_id, id);
CREATE UNIQUE INDEX scenarios_finalised_key ON scenarios (round_id) WHERE state = 'finalised';
CREATE INDEX scenarios_round_idx ON scenarios (round_id);
CREATE INDEX scenarios_quote_idx ON scenarios (quote_id);
CREATE TRIGGER scenarios_frozen BEFORE UPDATE OR DELETE ON scenarios
  FOR EACH ROW WHEN (OLD.state = 'finalised') EXECUTE FUNCTION refuse_change('scenarios_frozen');

CREATE TABLE contracts (
  id TEXT PRIMARY KEY,
  consortium_id TEXT NOT NULL,
  round_id TEXT NOT NULL,
  scenario_id TEXT NOT NULL,
  number TEXT NOT NULL,
  vendor TEXT NOT NULL,
  starts_on DATE NOT NULL,
  ends_on DATE NOT NULL,
  seats BIGINT NOT NULL CONSTRAINT contracts_seats_check CHECK (seats > 0),
  ex_tax_yen BIGINT NOT NULL CONSTRAINT contracts_ex_tax_check CHECK (ex_tax_yen >= 0),
  tax_yen BIGINT NOT NULL CONSTRAINT contracts_tax_check CHECK (tax_yen >= 0),
  total_yen BIGINT NOT NULL,
  state TEXT NOT NULL CONSTRAINT contracts_state_check CHECK (state IN ('active', 'closed')),
  signed_on DATE NOT NULL,
  created_at TIMESTAMP NOT NULL,
  updated_at TIMESTAMP NOT NULL,
  version BIGINT NOT NULL,
  CONSTRAINT contracts_total_check CHECK (total_yen = ex_tax_yen + tax_yen),
  CONSTRAINT contracts_period_check CHECK (starts_on <= ends_on),
  CONSTRAINT contracts_round_fk FOREIGN KEY (consortium_id, round_id) REFERENCES rounds (consortium_id, id),
  CONSTRAINT contracts_scenario_fk FOREIGN KEY (consortium_id, scenario_id) REFERENCES scenarios (consortium_id, id)
);
CREATE UNIQUE INDEX contracts_consortium_id_key ON contracts (consortium_id, id);
CREATE UNIQUE INDEX contracts_round_key ON contracts (round_id);

CREATE TABLE contract_amendments (
  id TEXT PRIMARY KEY,
  consortium_id TEXT NOT NULL,
  contract_id TEXT NOT NULL,
  seats BIGINT NOT NULL,
  ex_tax_yen BIGINT NOT NULL,
  tax_yen BIGINT NOT NULL,
  reason TEXT NOT NULL,
  effective_on DATE NOT NULL,
  created_by TEXT NOT NULL CONSTRAINT contract_amendments_created_by_fk REFERENCES users (id),
  created_at TIMESTAMP NOT NULL,
  CONSTRAINT contract_amendments_contract_fk FOREIGN KEY (consortium_id, contract_id) REFERENCES contracts (consortium_id, id)
);
CREATE INDEX contract_amendments_contract_idx ON contract_amendments (contract_id);
CREATE TRIGGER contract_amendments_append_only BEFORE UPDATE OR DELETE ON contract_amendments
  FOR EACH ROW EXECUTE FUNCTION refuse_change('contract_amendments_append_only');
CREATE TRIGGER contract_amendments_no_truncate BEFORE TRUNCATE ON contract_amendments
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change('contract_amendments_append_only');

-- What each member owes of the contract, exactly as the finalised scenario put it.
CREATE TABLE shares (
  id TEXT PRIMARY KEY,
  consortium_id TEXT NOT NULL,
  contract_id TEXT NOT NULL,
  member_id TEXT NOT NULL,
  seats BIGINT NOT NULL CONSTRAINT shares_seats_check CHECK (seats >= 0),
  share_yen BIGINT NOT NULL CONSTRAINT shares_share_check CHECK (share_yen >= 0),
  remainder_yen BIGINT NOT NULL,
  stand_alone_yen BIGINT NOT NULL,
  reason TEXT NOT NULL,
  created_at TIMESTAMP NOT NULL,
  CONSTRAINT shares_contract_fk FOREIGN KEY (consortium_id, contract_id) REFERENCES contracts (consortium_id, id),
  CONSTRAINT shares_member_fk FOREIGN KEY (consortium_id, member_id) REFERENCES members (consortium_id, id)
);
CREATE UNIQUE INDEX shares_member_key ON shares (contract_id, member_id);
CREATE TRIGGER shares_append_only BEFORE UPDATE OR DELETE ON shares
  FOR EACH ROW EXECUTE FUNCTION refuse_change('shares_append_only');
CREATE TRIGGER shares_no_truncate BEFORE TRUNCATE ON shares
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change('shares_append_only');
