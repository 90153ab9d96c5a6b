#!/bin/sh
# Prints a secret without the end of its line, for Airflow's settings that end in _CMD.
set -eu
printf %s "$(cat "/run/workforce/secrets/$1")"
