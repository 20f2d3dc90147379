-- Mails that were given up keep the text of their one-time link no longer; the service erases it itself from now on.
UPDATE outbox SET body = '（リンクを含むため、本文を消去しました。）'
WHERE state = 'parked' AND kind IN ('invite', 'password_reset', 'acknowledgement_requested');
