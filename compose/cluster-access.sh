#!/bin/sh
# Gives the controller an account in a cluster, with the rules of its Helm chart, and writes a kubeconfig for it.
# Usage: cluster-access.sh <administrator's kubeconfig> <URL of the API server> <folder of the rules> <file to write>
set -eu
admin=$1 server=$2 rules=$3 file=$4
name=nublado-compose
namespace=nublado

as_admin() {
  kubectl --kubeconfig="$admin" --server="$server" --namespace="$namespace" "$@"
}

# Usage: role <kind> <file of rules>
role() {
  cat << EOD
---
apiVersion: rbac.authorization.k8s.io/v1
kind: $1Binding
metadata: { name: $name }
roleRef: { apiGroup: rbac.authorization.k8s.io, kind: $1, name: $name }
subjects: [{ kind: ServiceAccount, name: $name, namespace: $namespace }]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: $1
metadata: { name: $name }
rules:
EOD
  cat "$rules/$2"
}

{
  cat << EOD
apiVersion: v1
kind: Namespace
metadata: { name: $namespace }
---
apiVersion: v1
kind: ServiceAccount
metadata: { name: $name }
---
# A token that does not expire.
apiVersion: v1
kind: Secret
metadata: { name: $name-token, annotations: { kubernetes.io/service-account.name: $name } }
type: kubernetes.io/service-account-token
EOD
  role ClusterRole controller-rules.yaml
  role Role controller-namespace-rules.yaml
} | as_admin apply --filename=-
as_admin wait --for=jsonpath='{.data.token}' --timeout=60s "secret/$name-token"

# Usage: secret <key>
secret() {
  as_admin get "secret/$name-token" --output=go-template="{{index .data \"$1\" | base64decode}}"
}

config() {
  kubectl --kubeconfig="$file.new" config "$@"
}

umask 022
rm -f "$file.new"
secret ca.crt > "$file.ca"
config set-cluster k3s --server="$server" --certificate-authority="$file.ca" --embed-certs
config set-credentials "$name" --token="$(secret token)"
config set-context "$name" --cluster=k3s --user="$name" --namespace="$namespace"
config use-context "$name"
# The controller runs as another user.
chmod 644 "$file.new"
mv "$file.new" "$file"
rm "$file.ca"
