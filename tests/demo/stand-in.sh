#!/bin/sh
# Stands in for the `grafana` executable: writes down how it was called, and as a server stays alive.
# It can fetch no plugin, like a Grafana without a network.
set -eu
into=$ORIEL_STAND_IN/$1
for argument in "$@"; do printf '%s\n' "$argument"; done >"$into.part"
env -0 >"$into.env"
mv "$into.part" "$into.arguments"
[ "$1" = server ] || exit 1
echo $$ >"$ORIEL_STAND_IN/pid"
echo "stand-in is up"
exec tail -f /dev/null
