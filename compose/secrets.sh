#!/bin/sh
# Makes what is missing of keys, tokens and passwords below a folder; what is there stays.
# Usage: secrets.sh <folder>
set -eu
cd "$1"
mkdir -p controller/sealing-keys database hub

make() {
  [ -s "$1" ] && return
  nublado generate-key > "$1.new"
  mv "$1.new" "$1"
}

make controller/sealing-keys/first
make controller/hub-token
make database/password
make hub/cookie-secret
make hub/proxy-token
make hub/spawner-token
# The hub knows the controller's token.
cp controller/hub-token hub/controller-token
