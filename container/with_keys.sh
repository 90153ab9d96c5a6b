#!/bin/sh
# Starts a service. The key of the pseudonyms comes from its file, where the service has it. Airflow reads its own secrets from files itself
# (the settings that end in _CMD), so that `docker compose exec` has them too.
set -eu
key=/run/workforce/keys/pseudonym_key
if [ -s "$key" ]; then
    WORKFORCE_PSEUDONYM_KEY=$(cat "$key")
    export WORKFORCE_PSEUDONYM_KEY
fi
exec "$@"
