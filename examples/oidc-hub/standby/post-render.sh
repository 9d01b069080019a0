#!/bin/sh
# Changes what Helm renders for the hub's chart, by kustomize of kubectl.
set -e
folder=$(mktemp -d)
trap 'rm -r "$folder"' EXIT
cp "$(dirname "$0")"/*.yaml "$folder"
cat > "$folder/rendered.yaml"
kubectl kustomize "$folder"
