//go:build tools

// Package tools pins the two major versions of Helm that the stack builds.
package tools

import (
	_ "helm.sh/helm/v3/cmd/helm"
	_ "helm.sh/helm/v4/cmd/helm"
)
