#!/bin/sh
# Run once by the image, when the server's data folder is made: Yui's role and its database. The role owns its tables and is
# no superuser, so that the policies between the consortia hold for it.
set -eu
# Read by the shell, which stops when it cannot: psql would go on and make a role that nobody can sign in as.
file=${YUI_PASSWORD_FILE:-/run/secrets/yui_password}
YUI_PASSWORD=$(cat "$file")
[ -n "$YUI_PASSWORD" ] || { echo "$file is empty" >&2; exit 1; }
export YUI_PASSWORD
psql --set ON_ERROR_STOP=1 --username postgres --dbname postgres <<'SQL'
\getenv password YUI_PASSWORD
CREATE ROLE yui LOGIN NOSUPERUSER NOBYPASSRLS PASSWORD :'password';
CREATE DATABASE yui OWNER yui TEMPLATE template0 LOCALE 'C.UTF-8' ENCODING 'UTF8';
SQL
