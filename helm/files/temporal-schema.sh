#!/bin/sh
# Creates the databases and schemas of Temporal, or brings them up to this version. SQL_* says where, as for
# temporal-sql-tool; SQL_PASSWORD_FILE may name a file with the password.
set -eu
if [ -n "${SQL_PASSWORD_FILE:-}" ]; then
  SQL_PASSWORD=$(cat "$SQL_PASSWORD_FILE")
  export SQL_PASSWORD
fi

# Usage: set_up <database> <name of its schema>
set_up() {
  export SQL_DATABASE="$1"
  temporal-sql-tool create-database
  temporal-sql-tool setup-schema --version 0.0
  temporal-sql-tool update-schema --schema-name "postgresql/v12/$2"
}

set_up temporal temporal
set_up temporal_visibility visibility
