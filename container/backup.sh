#!/bin/sh
# A backup at each start and then every day: Airflow's database, and the data root without what the next run makes anew. Old ones are removed.
# The ledger is copied first: each entry is written after what it names, so that no entry of a backup lacks its original.
# The keys are not in it. They belong elsewhere than the data that they protect.
set -eu
umask 077
keep=${BACKUPS_KEPT:-14}
once=${1:-}
export PGPASSWORD="$(cat /run/workforce/database/postgres_password)"
while true; do
    now=$(date -u +%Y-%m-%dT%H%M%SZ)
    part=/srv/backup/.$now.part
    rm -rf /srv/backup/.*.part
    mkdir "$part"
    pg_dump --host postgres --username airflow --format custom --file "$part/airflow.dump" airflow
    cd /srv/data
    for folder in ledger landing raw identity rejected quality alerts config; do
        [ ! -d "$folder" ] || tar --create --gzip --file "$part/$folder.tar.gz" --exclude '*.part' "$folder"
    done
    [ ! -f layout.json ] || cp layout.json "$part/"
    # What is being written begins with a dot.
    tar --create --gzip --file "$part/published.tar.gz" --exclude 'published/.*' --exclude 'published/*/.*' published
    (cd /srv/config && tar --create --gzip --file "$part/council_config.tar.gz" .)
    (cd "$part" && sha256sum -- * > SHA256SUMS)
    mv "$part" "/srv/backup/$now"
    touch /srv/backup/.latest
    echo "Backup $now is complete: $(du -sh "/srv/backup/$now" | cut -f1)"
    ls -1d /srv/backup/2* | head -n "-$keep" | while read -r old; do
        rm -rf "$old"
        echo "Backup $(basename "$old") is removed: $keep are kept"
    done
    [ "$once" != once ] || exit 0
    sleep 86400 &
    wait $!
done
