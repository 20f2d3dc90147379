#!/bin/sh
# Run once by the image, when the server's data folder is made: Yui's role and its database. The role owns its tables and is
# no superuser, so that the policies between the consortia hold for it.
set -eu
psql --set ON_ERROR_STOP=1 --username postgres --dbname postgres <<'SQL'
\set password `cat "${YUI_PASSWORD_FILE:-/run/secrets/yui_password}"`
CREATE ROLE yui LOGIN NOSUPERUSER NOBYPASSRLS PASSWORD :'password';
CREATE DATABASE yui OWNER yui TEMPLATE template0 LOCALE 'C.UTF-8' ENCODING 'UTF8';
SQL
