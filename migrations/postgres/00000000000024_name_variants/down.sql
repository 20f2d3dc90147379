-- As the release before made them: its application fills what is empty.
UPDATE users SET name_key = '';
