#!/bin/sh
# A backup at each start and then every day: Airflow's database, and the data root without what the next run makes anew. Old ones are removed.
# The ledger is copied first: each entry is written after what it names, so that no entry of a backup lacks its original. Ledger, publications and
# the chains that say what they should hold are of one moment: they are copied again if something was written meanwhile.
# The keys are not in it. They belong elsewhere than the data that they protect.
set -eu
umask 077
keep=${BACKUPS_KEPT:-14}
once=${1:-}
chains() {
    [ ! -d chains ] || find chains -type f -exec cksum {} + | sort
}
copy() {
    [ ! -d "$1" ] || tar --create --gzip --file "$part/$1.tar.gz" --exclude '*.part' "$1"
}
export PGPASSWORD="$(cat /run/workforce/database/postgres_password)"
while true; do
    now=$(date -u +%Y-%m-%dT%H%M%SZ)
    part=/srv/backup/.$now.part
    rm -rf /srv/backup/.*.part
    mkdir "$part"
    pg_dump --host postgres --username airflow --format custom --file "$part/airflow.dump" airflow
    cd /srv/data
    before=copying
    while [ "$before" != "$(chains)" ]; do
        before=$(chains)
        copy chains
        copy ledger
        # What is being written begins with a dot.
        tar --create --gzip --file "$part/published.tar.gz" --exclude 'published/.*' --exclude 'published/*/.*' published
    done
    for folder in landing raw identity rejected withdrawn quality alerts config; do
        copy "$folder"
    done
    [ ! -f layout.json ] || cp layout.json "$part/"
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
