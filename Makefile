# Targets install what they need. Required: Node.js >= 20 with npm, Go >= 1.26.

SHELL := /bin/bash
ONESHOT ?=
ARGS ?=
NODE_IMAGE ?=
IMAGE ?= nublado-temporal
K8S_HUB_IMAGE ?=
HUB_IMAGE ?= nublado-hub

.DEFAULT_GOAL := help
.PHONY: help demo test hub bench versus bench-webdav scale crash crash-hub check build stack format clean sbom audit image hub-image

## help: list the targets
help:
	@sed -n 's/^## /  /p' $(MAKEFILE_LIST)

## demo: start everything and show where to open it in a browser (ONESHOT=1: start a lab, check, exit); `docker compose up` in containers
demo: build
	@npm run --silent demo -- $(if $(ONESHOT),--oneshot)

## test: install what is missing, then every check and every test
test: build
	@npm run --silent test:all

## hub: check and test JupyterHub's plugins alone, with every supported release
hub: node_modules/.installed
	@npm run --silent hub

## bench: measure spawns and, for comparison, the same objects by plain API requests (ARGS="--sizes 1,20 --json FILE"; --help)
bench: build
	@npm run --silent bench -- $(ARGS)

## versus: measure this controller beside the original one (ARGS="--reference-python FILE --rounds 3"; --help)
versus: build
	@npm run --silent versus -- $(ARGS)

## bench-webdav: measure the file server beside x/net's, rclone and Apache (ARGS="--rounds 3 --large --json FILE"; --help)
bench-webdav: build
	@npm run --silent bench:webdav -- $(ARGS)

## scale: measure with thousands of running labs (ARGS="--labs 1000 --json FILE"; --help)
scale: build
	@npm run --silent scale -- $(ARGS)

## crash: kill processes during bursts of spawns, count lost labs and measure what it adds (ARGS="--part worker --rounds 10"; --help)
crash: build
	@npm run --silent crash -- $(ARGS)

## crash-hub: kill JupyterHub while it starts and stops labs and count the outcomes (ARGS="--hub 5"; --help)
crash-hub: build
	@npm run --silent crash:hub -- $(ARGS)

## check: format, lint, layers, types and the tests that need no server
check: node_modules/.installed
	@npm run --silent check

## build: compile and bundle the workflows into dist/
build: node_modules/.installed
	@echo "== compiling"
	@npm run --silent build

## stack: build the programs of the stack (Temporal, Kubernetes and others) into .cache/
stack: node_modules/.installed
	@npm run --silent stack -- build

## format: format and fix what can be fixed
format: node_modules/.installed
	@npm run --silent format

## clean: remove build results, but not the cached programs of the stack
clean:
	rm -rf dist coverage

## sbom: list every package that the product ships, as CycloneDX and SPDX, into dist/
sbom: node_modules/.installed
	@mkdir -p dist
	@for format in cyclonedx spdx; do \
	  npm sbom --silent --omit=dev --package-lock-only --sbom-format $$format > dist/sbom.$$format.json || exit 1; \
	  echo "dist/sbom.$$format.json"; \
	done

## audit: list known vulnerabilities of the product's packages; fails if the registry cannot be reached
audit: node_modules/.installed
	@npm run --silent audit

## image: build the release's container image (NODE_IMAGE="node:24-bookworm-slim@sha256:..." IMAGE=name:tag)
image:
	@[[ "$(NODE_IMAGE)" =~ @sha256:[0-9a-f]{64}$$ ]] || { \
	  echo 'make image: give NODE_IMAGE by digest; docs/development.md, "Releases", says how to find it' >&2; exit 1; }
	docker build --build-arg NODE_IMAGE="$(NODE_IMAGE)" --tag "$(IMAGE)" .

## hub-image: build JupyterHub's image with the plugins (K8S_HUB_IMAGE="quay.io/jupyterhub/k8s-hub:4.4.0@sha256:..." HUB_IMAGE=name:tag)
hub-image:
	@[[ "$(K8S_HUB_IMAGE)" =~ @sha256:[0-9a-f]{64}$$ ]] || { \
	  echo 'make hub-image: give K8S_HUB_IMAGE by digest; docs/development.md, "Releases", says how to find it' >&2; exit 1; }
	docker build --build-arg K8S_HUB_IMAGE="$(K8S_HUB_IMAGE)" --tag "$(HUB_IMAGE)" hub

node_modules/.installed: package.json package-lock.json .npmrc
	@echo "== installing packages"
	@npm ci --no-progress --loglevel=error
	@touch $@
