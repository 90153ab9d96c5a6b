#!/bin/sh
# Restores a backup into an empty data root and an empty database of Airflow: restore.sh 2026-11-30T123737Z
set -eu
umask 027
name=${1:-}
backup=/srv/backup/$name
if [ -z "$name" ] || [ ! -f "$backup/SHA256SUMS" ]; then
    echo "Name one of these backups: $(cd /srv/backup && ls -d 2* 2>/dev/null | tr '\n' ' ')"
    exit 2
fi
if [ -e /srv/data/ledger ] || [ -e /srv/data/landing ]; then
    echo "The data root is not empty, so nothing is restored. Keep what is there elsewhere and remove its volumes first: docs/running_on_a_server.md"
    exit 1
fi
if ! (cd "$backup" && sha256sum --quiet --check SHA256SUMS); then
    echo "The backup $name is damaged, so nothing is restored. Take another"
    exit 1
fi
export PGPASSWORD="$(cat /run/workforce/database/postgres_password)"
pg_restore --host postgres --username airflow --dbname airflow --clean --if-exists --exit-on-error "$backup/airflow.dump"
cd /srv/data
for archive in "$backup"/*.tar.gz; do
    case $archive in
        */published.tar.gz | */council_config.tar.gz | */ledger.tar.gz) ;;
        *) tar --extract --gzip --preserve-permissions --file "$archive" ;;
    esac
done
tar --extract --gzip --preserve-permissions --no-overwrite-dir --file "$backup/published.tar.gz"
[ ! -f "$backup/layout.json" ] || cp "$backup/layout.json" .
# Last, so that a restore that was broken off is not taken for a data root.
[ ! -f "$backup/ledger.tar.gz" ] || tar --extract --gzip --preserve-permissions --file "$backup/ledger.tar.gz"
echo "The backup $name is restored. Start the services again; the next run builds and publishes as before"
