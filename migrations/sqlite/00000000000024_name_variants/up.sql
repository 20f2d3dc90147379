-- Names are searched for without regard to variants of characters (髙 and 高): the application makes every key anew.
UPDATE users SET name_key = '';
