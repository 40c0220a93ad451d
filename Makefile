# Two commands are enough to begin: make run, make test.
#
#   make build     bin/basalt, one static binary
#   make run       builds and starts the server on 127.0.0.1:6379, data in ./data
#   make test      every test with assertions compiled in, then without them
#                  those that this changes, and the finished binary
#   make race      the same under the race detector
#   make soak      the random tests with SOAK fresh seeds each
#   make crash     kills the server CRASHES times in each test of crashes
#   make fuzz      every fuzz target for FUZZTIME each
#   make lint      gofmt, go vet, staticcheck and the house rules
#   make bench     Go benchmarks, COUNT runs each, summarised by benchstat
#   make profile   profiles the path of a command for the compiler
#   make compare   side by side with redis-server; QUICK=1 takes about eight
#                  minutes, ONLY=persistence runs what has that in its name

GO       ?= go
FUZZTIME ?= 30s
COUNT    ?= 6
BENCH    ?= .
RESULTS  ?= bench/results
PACKAGES ?= ./...

# The platforms that are vetted besides the one at hand, and those that are
# built too: no file is for one system and one processor at once, so each of
# theirs is vetted already.
CROSS       := darwin/arm64 freebsd/amd64 linux/arm64
CROSS_BUILD := darwin/amd64 freebsd/arm64

# Where the tag for assertions chooses files.
INVARIANTS := ./internal/invariants ./db/arena ./db/table

export CGO_ENABLED ?= 0

# Only what is shipped is compiled by the profile: it changes no behaviour, and
# compiling everything twice takes its time.
export GOFLAGS := -pgo=off $(GOFLAGS)

.PHONY: all build run test race race-short soak crash fuzz lint cross bench compare references compiler profile clean

all: build

build:
	$(GO) build -pgo=auto -trimpath -ldflags '-s -w' -o bin/basalt .

run: build
	mkdir -p data
	bin/basalt --bind 127.0.0.1 --port 6379 --dir ./data

references:
	@sh test/references.sh redis
	@sh test/references.sh node
	@sh test/references.sh haproxy
	@sh test/references.sh prometheus
	@sh test/references.sh chromium

compiler:
	@sh test/references.sh cc

# Without assertions db and resp are other code, and they and what executes on
# them must not allocate; elsewhere the tag changes nothing. The long histories
# have been seen by then. The server itself is the one that ships: stripped, and
# compiled by the profile.
UNASSERTED := ./db/... ./resp ./command
test: references build
	$(GO) test -tags invariants -timeout 10m $(PACKAGES)
	$(GO) test -short -timeout 10m $(UNASSERTED)
	$(GO) test -timeout 10m ./test -basalt $(CURDIR)/bin/basalt

# The race detector needs cgo, the server never does.
race: references compiler
	CGO_ENABLED=1 $(GO) test -race -timeout 20m $(PACKAGES)

# The packages in which threads meet, without the long histories.
RACE_SHORT := ./netpoll/... ./ringbuf/... ./server/... ./internal/...
race-short: compiler
	CGO_ENABLED=1 $(GO) test -race -short -timeout 5m $(RACE_SHORT)

# Elsewhere random tests take the seeds that follow from their names.
SOAK ?= 20
soak: references
	BASALT_TEST_SEED=random $(GO) test -tags invariants -timeout 60m -count $(SOAK) $(PACKAGES) -run 'Random|Crowd|Reference|Model|History'

# Every policy of syncing, form of the base and thread mode is a test of its own.
CRASHES ?= 200
crash: references
	BASALT_TEST_SEED=random $(GO) test -tags invariants -timeout 120m ./test -run 'TestCrash|TestChildKilled|TestLogSwitched|TestSnapshotUnderLoad' -crashes $(CRASHES)

fuzz:
	@set -e; for package in $$($(GO) list $(PACKAGES)); do \
		for target in $$($(GO) test -list '^Fuzz' $$package | grep '^Fuzz' || true); do \
			echo "== $$package $$target"; \
			$(GO) test -tags invariants -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) $$package; \
		done; \
	done

lint:
	@unformatted=$$(gofmt -l .); if [ -n "$$unformatted" ]; then \
		echo "gofmt would change:"; echo "$$unformatted"; exit 1; fi
	$(GO) vet $(PACKAGES)
	$(GO) vet -tags invariants $(INVARIANTS)
	$(GO) tool staticcheck $(PACKAGES)
	$(GO) test ./internal/lint/

cross:
	@set -e; for platform in $(CROSS); do \
		echo "== vet $$platform"; \
		GOOS=$${platform%/*} GOARCH=$${platform#*/} $(GO) vet $(PACKAGES); \
	done; \
	for platform in $(CROSS_BUILD); do \
		echo "== build $$platform"; \
		GOOS=$${platform%/*} GOARCH=$${platform#*/} $(GO) build -o /dev/null .; \
	done

bench:
	mkdir -p $(RESULTS)
	$(GO) test -pgo=$(CURDIR)/default.pgo -run '^$$' -bench '$(BENCH)' -benchmem -count $(COUNT) -timeout 60m $(PACKAGES) | tee $(RESULTS)/bench.txt
	$(GO) tool benchstat $(RESULTS)/bench.txt

compare: build references
	$(GO) run ./bench/compare -basalt bin/basalt -out $(RESULTS) $(if $(QUICK),-quick) $(if $(ONLY),-only '$(ONLY)')

clean:
	rm -rf bin data $(RESULTS)

# default.pgo tells the compiler which calls are hot; go build reads it by
# itself. Made anew after changes to the path of a command.
profile:
	$(GO) test -run '^$$' -bench 'Path/.*/=100000$$|Mixed' -benchtime 3s -cpuprofile $(CURDIR)/default.pgo -o $(shell mktemp -u) ./server
