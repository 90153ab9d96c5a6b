#!/bin/sh
# One account for each file <council>.pub in /keys, which holds the council's public keys. Its files go to /drop/<council>/in, and it sees
# no other council's. All accounts write as the user of the pipeline, so that it can read what they bring.
set -eu
user=50000
[ -s /host_keys/ssh_host_ed25519_key ] || ssh-keygen -q -t ed25519 -N '' -f /host_keys/ssh_host_ed25519_key
chown root:root /drop
chmod 0755 /drop
: > /var/lib/extrausers/passwd
for key in /keys/*.pub; do
    [ -e "$key" ] || continue
    council=$(basename "$key" .pub)
    case $council in
        *[!a-z0-9_]* | [!a-z]*)
            echo "$key: the name has to be the council's id in small letters, digits and _. It is left out"
            continue
            ;;
    esac
    echo "$council:*:$user:$user::/in:/usr/sbin/nologin" >> /var/lib/extrausers/passwd
    mkdir -p "/drop/$council/in"
    chown root:root "/drop/$council"
    chmod 0755 "/drop/$council"
    chown $user:0 "/drop/$council/in"
    chmod 0700 "/drop/$council/in"
    echo "$council may drop extracts"
done
[ -s /var/lib/extrausers/passwd ] || echo "There is no key in the folder of keys yet, so nobody can log in"
exec /usr/sbin/sshd -D -e -f /opt/sftp/sshd_config
