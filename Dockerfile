# syntax=docker/dockerfile:1
# The image of every Airflow service in docker-compose.yml. Two more targets are below: `sftp`, where councils drop extracts, and nothing else.
# The base is pinned by its tag. To pin its digest too: --build-arg BASE_DIGEST=@sha256:...
ARG BASE_IMAGE=python:3.11-slim-bookworm
ARG BASE_DIGEST=
ARG SFTP_BASE_IMAGE=debian:bookworm-slim
ARG SFTP_BASE_DIGEST=

FROM ${BASE_IMAGE}${BASE_DIGEST} AS packages
SHELL ["/bin/bash", "-o", "pipefail", "-c"]
# A council's own root certificates, for a proxy that reads what passes through it. Without any, nothing changes.
COPY container/certificates/ /usr/local/share/ca-certificates/
RUN update-ca-certificates
ENV SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt \
    PIP_CERT=/etc/ssl/certs/ca-certificates.crt \
    PIP_DISABLE_PIP_VERSION_CHECK=1
COPY requirements.lock /build/
# uv itself comes from the lock, hash and all; it then installs the rest.
RUN python3.11 -m venv /opt/venv \
    && sed -n '/^uv==/,/[^\\]$/p' /build/requirements.lock > /build/uv.lock \
    && /opt/venv/bin/python -m pip install --quiet --no-cache-dir --require-hashes --no-deps --requirement /build/uv.lock \
    && /opt/venv/bin/uv pip sync --quiet --no-cache --require-hashes --compile-bytecode --python /opt/venv/bin/python /build/requirements.lock

FROM ${BASE_IMAGE}${BASE_DIGEST} AS warehouse
COPY container/certificates/ /usr/local/share/ca-certificates/
RUN update-ca-certificates \
    && useradd --uid 50000 --gid 0 --home-dir /home/airflow --create-home --shell /usr/sbin/nologin airflow
COPY --from=packages /opt/venv /opt/venv
COPY . /opt/workforce
# Airflow writes a configuration with keys of its own where it finds none; the empty file keeps it from that. The folders belong to the
# user, so that the volumes do that are mounted there.
RUN mkdir -p /opt/airflow/logs /srv/backup /srv/config /srv/data/published /srv/drop /run/workforce \
    && mkdir -m 0700 /run/workforce/accounts /run/workforce/keys /run/workforce/secrets /srv/mail \
    && mkdir -m 0755 /run/workforce/database \
    && touch /opt/airflow/airflow.cfg \
    && chown -R 50000:0 /opt/airflow /srv/backup /srv/data /srv/mail /run/workforce \
    && /opt/venv/bin/python -m compileall -q /opt/workforce
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONPATH=/opt/workforce \
    PYTHONUNBUFFERED=1 \
    AIRFLOW_HOME=/opt/airflow \
    AIRFLOW__CORE__DAGS_FOLDER=/opt/workforce/dags \
    AIRFLOW__CORE__PLUGINS_FOLDER=/opt/workforce/dags/plugins \
    SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt \
    REQUESTS_CA_BUNDLE=/etc/ssl/certs/ca-certificates.crt
WORKDIR /opt/workforce
USER 50000:0
ENTRYPOINT ["/opt/workforce/container/with_keys.sh"]
CMD ["airflow", "version"]

# OpenSSH, one account for each council; see container/sftp_drop.sh.
FROM ${SFTP_BASE_IMAGE}${SFTP_BASE_DIGEST} AS sftp
# Debian keeps only the newest version of a package, so a pinned one would be gone after the next security update.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends libnss-extrausers openssh-server \
    && rm -rf /var/lib/apt/lists/* /etc/ssh/ssh_host_* \
    && sed -i -E 's/^(passwd|group):.*/\1: files extrausers/' /etc/nsswitch.conf \
    && mkdir -p /drop /keys /host_keys /run/sshd /var/lib/extrausers
COPY container/sshd_config container/sftp_drop.sh /opt/sftp/
EXPOSE 2222
CMD ["/opt/sftp/sftp_drop.sh"]
