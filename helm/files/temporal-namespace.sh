#!/bin/sh
# Creates a namespace in Temporal, unless it is there, and waits until it can be used. TEMPORAL_ADDRESS says where.
# Usage: temporal-namespace.sh <namespace>
set -eu
temporal operator namespace describe --namespace "$1" > /dev/null 2>&1 ||
  temporal operator namespace create --namespace "$1" --retention 336h

tries=60
until temporal operator search-attribute list --namespace "$1" > /dev/null; do
  tries=$((tries - 1))
  [ "$tries" -gt 0 ] || exit 1
  sleep 1
done
