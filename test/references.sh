#!/bin/sh
# Makes sure that what the tests need besides Go is on this machine, and
# installs what is missing with apt-get, as root or through sudo.
#
#   references.sh redis       the reference server and its tools, which the tests
#                             compare with and have nothing to say without
#   references.sh node        Node and npm, whose client libraries are tried
#   references.sh prometheus  Prometheus and promtool, which read the metrics
#   references.sh chromium    the browser that the page for people is tried in
#   references.sh haproxy     the load balancer that connections come through
#   references.sh cc          a C compiler, which the race detector is linked by
set -u

case "${1:-redis}" in
redis)
	tools="redis-server redis-cli redis-benchmark"
	packages="redis-server redis-tools"
	;;
node)
	tools="node npm"
	packages="nodejs npm"
	;;
haproxy)
	tools="haproxy"
	packages="haproxy"
	;;
prometheus)
	tools="prometheus promtool"
	packages="prometheus"
	;;
chromium)
	tools="chromium"
	packages="chromium"
	;;
cc)
	tools="cc"
	packages="gcc libc6-dev"
	;;
*)
	echo "references.sh: redis, node, haproxy, prometheus, chromium or cc, not '$1'" >&2
	exit 2
	;;
esac

missing=
for tool in $tools; do
	command -v "$tool" >/dev/null 2>&1 || missing="$missing $tool"
done
[ -z "$missing" ] && exit 0

refuse() {
	echo "missing on this machine:$missing" >&2
	echo "$1" >&2
	echo "    apt-get install $packages" >&2
	exit 1
}

command -v apt-get >/dev/null 2>&1 ||
	refuse "there is no apt-get here; install what these Debian packages hold and try again:"

asRoot=
if [ "$(id -u)" -ne 0 ]; then
	sudo -n true 2>/dev/null ||
		refuse "run as root, or allow sudo without a password, or install it yourself:"
	asRoot="sudo -n"
fi

# RUNLEVEL=1 asks the package's scripts not to start a service on port 6379.
echo "installing $packages (missing:$missing)"
for attempt in 1 2 3; do
	if $asRoot apt-get update -qq &&
		$asRoot env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 \
			apt-get install -y -qq --no-install-recommends $packages; then
		exit 0
	fi
	sleep $((attempt * 5))
done
refuse "apt-get failed; try by hand:"
