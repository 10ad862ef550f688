# SPDX-License-Identifier: Apache-2.0
#
# Needs Go and GNU make. A target that needs more says so in its help.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

# The program needs no C library. Without one it is the same on every machine.
export CGO_ENABLED := 0

# For all, so that dependencies are compiled once for the programs and for their tests.
export GOFLAGS := -trimpath

# The directories with sources. Others may hold a user's files, and go.mod ignores node_modules.
folders := handlers infra local openapi runtime
packages := $(folders:%=./%/...)

# suite builds the program for the tests, runs go test, prints its progress, and at the end which tests took longest and
# which were skipped and why. The time limits only end what hangs.
suite := go run ./local/e2e/suite
# With RACE=1 the tests run with the race detector, which needs gcc.
race := $(filter-out 0,$(RACE))
openapi := go run ./local/tempskv openapi
# Without the package comment of the generated file: client.go has one.
goclient := go tool oapi-codegen -config openapi/goclient/oapi-codegen.yaml bin/openapi-3.0.json | sed -e 1,2d -e 3G
# The tests that check the sources.
directions := ^Test(WhatPackagesReach|WhoImportsWhat|TopLevelHoldsWhatDesignAllows|EveryGoFileNamesItsLicence)$$
# The slow tests and their packages, that of the faults first since it takes longest. The quick tests in the same
# packages run only in make test.
# Without those of make clients, which download much.
slow_files = $(shell grep -srl --include='*_test.go' '^//go:build e2e' local infra runtime handlers | grep -v ^local/e2e/generators/)
slow_packages = $(addprefix ./,$(sort $(dir $(slow_files))))
slow = $(filter %/faults/,$(slow_packages)) $(filter-out %/faults/,$(slow_packages))
name_of_test := s/^func (Test[A-Z0-9]\w*)\(.*/\1/p
slow_tests = ^($(shell sed -nE '$(name_of_test)' $(slow_files) | sort -u | paste -sd '|'))$$

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z0-9]+:.*## / { printf "make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: run
run: build ## build and start a server for development, its data in .tempskv
	bin/tempskv serve --dev --data .tempskv

.PHONY: build
build: ## build bin/tempskv
	go build -o bin/tempskv ./local/tempskv

# SAM's BuildMethod makefile calls these with ARTIFACTS_DIR set, for the two functions of template.yaml: one program.
bootstrap = GOOS=linux GOARCH=arm64 go build -trimpath -tags lambda.norpc -ldflags '-s -w' -o '$(1)/bootstrap' \
	./runtime/lambda/bootstrap

.PHONY: build-DataFunction build-ManagementFunction
build-DataFunction build-ManagementFunction:
	$(call bootstrap,$(or $(ARTIFACTS_DIR),$(error ARTIFACTS_DIR is not set: sam build sets it; to build by hand, use make lambda)))

.PHONY: lambda
lambda: ## build bin/lambda/bootstrap, the AWS Lambda function for arm64 (provided.al2023)
	$(call bootstrap,bin/lambda)
	@ls -l bin/lambda/bootstrap

.PHONY: test
test: ## build and run the quick tests (RACE=1: with the race detector); those that need a missing program are skipped
	$(if $(race),CGO_ENABLED=1 )$(suite) -program bin/tempskv -timeout 20m $(if $(race),-race -parallel 8 )$(packages)

# Those that measure time: they run one by one when the others have ended.
timed_tests := ^Test(Lighthouse|FirstPaint|DashboardHoldsAMillionKeys)$$
timed := ./local/e2e/dashboard

# Three packages at a time: those that use podman take turns (see podmantest.Start) and mostly wait.
.PHONY: e2e
e2e: ## run the slow tests: whole processes, Sentinel, Cluster, containers, faults, browsers (needs redis-server, podman, node, chromium)
	$(suite) -program bin/tempskv -tags e2e -count=1 -timeout 60m -p 3 -parallel 6 -run '$(slow_tests)' -skip '$(timed_tests)' $(slow)
	$(suite) -program bin/tempskv -tags e2e -count=1 -timeout 20m -parallel 1 -run '$(timed_tests)' $(timed)

# Prints the tables in local/docs/faults.md at the end. Nothing else runs next to a test: it measures.
.PHONY: faults
faults: ## kill, freeze, fill and cut off its Redis, disk and processes under load, and print what was lost (needs podman, redis-server; root, to fill disks)
	@mkdir -p bin && rm -f bin/faults.md bin/faults-hostile.md
	@code=0; TEMPSKV_FAULTS='$(CURDIR)/bin/faults.md' $(suite) -tags e2e -count=1 -timeout 20m -p 1 -run '^Test(Faults|Hostile)$$' \
		./local/e2e/faults ./local/e2e/hostile || code=$$?; \
	cat bin/faults.md bin/faults-hostile.md; exit $$code

# Runs only the tests that check the sources. make test runs the others.
.PHONY: check
check: ## format, vet, staticcheck, go.mod, generated files, import directions
	@files=$$(find $(folders) -name node_modules -prune -o -name '*.go' -print | xargs gofmt -l); test -z "$$files" || { echo "not in gofmt's form: $$files" >&2; exit 1; }
	go vet -tags e2e $(packages)
	go tool staticcheck -tags e2e $(packages)
	go mod tidy -diff
	$(openapi) | diff -u openapi/openapi.yaml -
	@mkdir -p bin
	$(openapi) --3.0 >bin/openapi-3.0.json
	$(goclient) | diff -u openapi/goclient/generated.go -
	@$(MAKE) --no-print-directory dashboard-fresh
	go run ./local/docs/build -check
	go test -run '$(directions)' ./local/e2e/checkout

.PHONY: generate
generate: ## write openapi/openapi.yaml from the handlers, and the clients for Go and TypeScript from that
	@mkdir -p bin openapi
	$(openapi) >bin/openapi.yaml
	$(openapi) --3.0 >bin/openapi-3.0.json
	mv bin/openapi.yaml openapi/openapi.yaml
	$(goclient) >bin/generated.go
	mv bin/generated.go openapi/goclient/generated.go
	@if command -v npm >/dev/null; then \
		cd openapi/typescript && npm ci --silent --ignore-scripts && npm run --silent generate; \
	else \
		echo "skipped: openapi/typescript/src/openapi.ts, which needs npm (Debian: apt install nodejs npm)" >&2; \
	fi

# The oldest Node that vite supports.
node := node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 20 || a === 20 && b >= 19 ? 0 : 1)'
build_dashboard := cd local/dashboard && npm ci --silent --ignore-scripts && npm run --silent build --

.PHONY: dashboard
dashboard: ## build the dashboard that the program embeds (needs Node 20.19 or newer, and npm)
	$(build_dashboard) dist

# Builds the dashboard again and compares.
.PHONY: dashboard-fresh
dashboard-fresh:
	@mkdir -p bin
	@if $(node) 2>/dev/null && command -v npm >/dev/null; then \
		$(build_dashboard) "$(CURDIR)/bin/dashboard" && node pack.js --compare "$(CURDIR)/bin/dashboard"; \
	else \
		echo "skipped: the check that local/dashboard/dist is up to date, which needs Node 20.19 or newer, and npm" >&2; \
		test -z "$${TEMPSKV_REQUIRE_ALL:-}"; \
	fi

.PHONY: pictures
pictures: build ## write a picture of each page of the dashboard in each state, in both themes and two widths, into bin/pictures (needs chromium, redis-server)
	@rm -rf bin/pictures && mkdir -p bin/pictures
	TEMPSKV_REQUIRE_ALL=1 TEMPSKV_TEST_PROGRAM="$(CURDIR)/bin/tempskv" TEMPSKV_PICTURES="$(CURDIR)/bin/pictures" \
		go test -tags e2e -count=1 -timeout 20m -run '^TestPictures' ./local/e2e/dashboard

# What make clients depends on. Its run that passed writes the sums, which are committed.
clients_sums = git ls-files openapi/openapi.yaml local/e2e/workshop.go local/e2e/clients/generators_test.go \
	local/e2e/clients/testdata/generators local/e2e/generators ':!$(clients_passed)' | xargs sha256sum
clients_passed := local/e2e/generators/passed.sum

.PHONY: clients
clients: build ## generate clients with each generator of local/docs/sdk.md, use them, and lint the document (needs npm, python3 with venv, Java, Maven, cargo, mcs)
	TEMPSKV_REQUIRE_ALL=1 $(suite) -program bin/tempskv -tags e2e -count=1 -timeout 40m -p 1 -parallel 2 \
		-run '^Test(GeneratedClients|OpenAPIGenerator|Ogen|Progenitor)$$' ./local/e2e/clients ./local/e2e/generators
	$(clients_sums) >$(clients_passed)

.PHONY: clients-passed
clients-passed: ## fail if the document or the tests of make clients changed since it passed
	@$(clients_sums) | diff $(clients_passed) - || { echo 'run make clients, and commit $(clients_passed)' >&2; exit 1; }

.PHONY: pages
pages: ## build the documentation that the programs embed, from the Markdown in local/docs
	go run ./local/docs/build

.PHONY: swagger
swagger: version := 5.35.0
swagger: ## download the swagger-ui of /docs/api, in the version named here (needs npm)
	@dir=$$(mktemp -d); trap 'rm -rf "$$dir"' EXIT; cd "$$dir"; \
	npm pack --silent swagger-ui-dist@$(version) | xargs tar -xzf; \
	to='$(CURDIR)/local/docs/swagger-ui'; rm -f "$$to"/*.gz; \
	gzip -9nc package/swagger-ui-bundle.js >"$$to/swagger-ui-bundle-$(version).js.gz"; \
	gzip -9nc package/swagger-ui.css >"$$to/swagger-ui-$(version).css.gz"; \
	cp package/LICENSE "$$to/LICENSE"

# How long each fuzz target runs, and the histories on each store (all stores at the same time).
FUZZTIME ?= 20s

.PHONY: fuzz
fuzz: ## run each fuzz target, and random histories on every store, for FUZZTIME (20s) each (needs redis-server)
	TEMPSKV_METAMORPHIC=$(FUZZTIME) go test -count=1 -timeout 0 -v ./infra/storetest/metamorphic
	@grep -srEo --include='*_test.go' '^func Fuzz\w+' handlers infra runtime local | \
	while IFS=: read -r file target; do \
		echo "$$file $${target#func }"; \
		go test -run '^$$' -fuzz "^$${target#func }$$" -fuzztime $(FUZZTIME) "./$$(dirname "$$file")" </dev/null; \
	done

# Exit code 3: vulnerabilities were found.
.PHONY: vulncheck
vulncheck: ## look for known vulnerabilities in the code that the programs call (needs https://vuln.go.dev, or VULNDB=URL of a copy)
	@code=0; go tool govulncheck $(if $(VULNDB),-db '$(VULNDB)') $(packages) || code=$$?; \
	if [ $$code -ne 0 ] && [ $$code -ne 3 ]; then \
		echo "unknown: govulncheck failed; it needs $(or $(VULNDB),https://vuln.go.dev (VULNDB=URL names a copy of it))" >&2; \
	fi; exit $$code

.PHONY: release
release: ## make dist/ from the commit: archives for linux and darwin, amd64 and arm64, bills of materials, checksums (needs git)
	rm -rf dist
	go run ./local/packaging/release -out dist
	cd dist && sha256sum -c SHA256SUMS

# Releases are compiled for what is done most. That takes minutes where nothing was compiled that way before, so make build does not.
optimized := -pgo=local/tempskv/release.pgo

.PHONY: profile
profile: build ## record where the processors go, for the compiler of releases: local/tempskv/release.pgo (needs wrk, redis-server)
	go run ./local/e2e/load -profile local/tempskv/release.pgo

# The sections are described in the package comment of local/e2e/load.
.PHONY: bench
bench: ## measure next to webdis and a no-op, and write bin/bench.md; ONLY=goals: a part, GOALS=set,mset: of the goals, QUICK=1: try it out (needs wrk, redis-server; webdis to compare with)
	go build $(optimized) -o bin/tempskv ./local/tempskv
	go run ./local/e2e/load -only '$(ONLY)' -goals '$(GOALS)' $(if $(filter-out 0,$(QUICK)),-quick) $(if $(filter-out 0,$(HUGE)),-huge)

.PHONY: benchmarks
benchmarks: ## run the Go benchmarks
	go test -run '^$$' -bench . -benchmem $(packages)

.PHONY: clean
clean: ## delete all build results
	rm -rf bin dist local/dashboard/node_modules local/e2e/dashboard/lighthouse/node_modules openapi/typescript/build openapi/typescript/dist openapi/typescript/node_modules
