# shellcheck shell=bash
# SPDX-License-Identifier: BSD-3-Clause
# scripts/lab.sh, sourced by scripts/quickstart and the tests: a private network, processes that
# are waited for by what they do and never by sleeping, and streams sent and checked by the probe.
#
# The caller starts with `lab_enter "$@"`. Where the machine grants it, that puts the script into
# its own network, mount and process namespaces, so that ports and interface names are free and
# the kernel removes everything at the end, however it ends. $LAB says how far it came:
#   root   namespaces as root
#   user   namespaces of an ordinary user (no raw access to the machine, af_xdp does not load)
#   none   neither: only loopback sockets and memif remain; LAB=none asks for that
# Files lie in $DIR, which goes at the end; after a failure the logs are printed first.

TOP=${TOP:-$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)}
BUILD=${BUILD:-$TOP/build}
PROBE=$BUILD/app/probe/ristgate-probe
LINK=$BUILD/app/link/ristgate-link
GATE=$BUILD/app/ristgate/ristgate

lab_enter() {
	if [ -z "${LAB:-}" ]; then
		local inside=(--net --mount --pid --fork --kill-child --propagation private)
		if [ "$(id -u)" = 0 ] && unshare "${inside[@]}" true 2>/dev/null; then
			LAB=root exec unshare "${inside[@]}" "$0" "$@"
		elif unshare --user --map-root-user "${inside[@]}" true 2>/dev/null; then
			LAB=user exec unshare --user --map-root-user "${inside[@]}" "$0" "$@"
		fi
		LAB=none
	fi
	DIR=$(mktemp -d "${TMPDIR:-/tmp}/ristgate.XXXXXX")
	declare -gA pids=()
	trap lab_leave EXIT
	trap 'exit 130' INT TERM
	[ "$LAB" != none ] || return 0
	mount -t proc proc /proc
	mkdir -p /run/netns && mount -t tmpfs tmpfs /run/netns
	ip link set lo up
	ip route add 224.0.0.0/4 dev lo
	ip -6 route add ff00::/8 dev lo table local 2>/dev/null || true
	sysctl -qw net.ipv6.conf.default.accept_dad=0
	# libRIST 0.2.7 cannot listen on an IPv6 literal (it loses the bracket), but on a name it can.
	printf '127.0.0.1 localhost\n::1 localhost6\n' >"$DIR/hosts"
	mount --bind "$DIR/hosts" /etc/hosts
}

lab_leave() {
	local status=$? name
	trap - EXIT INT TERM
	for name in "${!pids[@]}"; do kill "${pids[$name]}" 2>/dev/null || true; done
	until_true 3 all_ended || for name in "${!pids[@]}"; do kill -KILL "${pids[$name]}" 2>/dev/null || true; done
	wait
	if [ "$status" != 0 ] && [ "$status" != 77 ]; then
		tail -n 12 "$DIR"/*.log 2>/dev/null | cut -c 1-400
		tail -n 1 "$DIR"/*.out "$DIR"/*.json 2>/dev/null | cut -c 1-4000
	fi
	rm -rf "$DIR"
	exit "$status"
}

all_ended() {
	[ -z "$(jobs -pr)" ]
}

# lab_needs root|net WHAT: skips the test where the machine grants less.
lab_needs() {
	case $1/$LAB in
	*/root | net/user) ;;
	*)
		echo "needs $2, which this machine does not grant"
		exit 77
		;;
	esac
}

fail() {
	echo "FAIL: $*" >&2
	exit 1
}

# until_true SECONDS COMMAND...: waits for a condition, looking every 50 ms.
until_true() {
	local end=$((SECONDS + $1))
	shift
	until "$@"; do
		[ "$SECONDS" -lt "$end" ] || return 1
		sleep 0.05
	done
}

# spawn NAME COMMAND...: in the background; $DIR/NAME.out and NAME.log are its stdout and stderr.
# In namespace $NS if that is set.
spawn() {
	local name=$1
	shift
	${NS:+ip netns exec "$NS"} "$@" >"$DIR/$name.out" 2>"$DIR/$name.log" </dev/null &
	pids[$name]=$!
}

# finish NAME: waits for its own end and returns its exit status.
finish() {
	local status=0
	wait "${pids[$1]}" || status=$?
	unset "pids[$1]"
	return "$status"
}

# stop NAME...: ends them in order as Ctrl-C would; returns the first bad exit status.
stop() {
	local name status=0
	for name in "$@"; do
		kill -INT "${pids[$name]}" 2>/dev/null || true
		finish "$name" || status=$?
	done
	return "$status"
}

alive() {
	kill -0 "${pids[$1]}" 2>/dev/null
}

# has_udp PORT: somebody holds that UDP port.
has_udp() {
	local hex
	hex=$(printf ':%04X ' "$1")
	grep -q "^ *[0-9]*: [0-9A-F]*$hex" /proc/net/udp /proc/net/udp6
}

listens_or_ended() {
	has_udp "$2" || ! alive "$1"
}

# listening NAME PORT: NAME runs and the port is held. ffmpeg begins late where much else runs.
listening() {
	until_true 60 listens_or_ended "$1" "$2" || true
	has_udp "$2" || fail "$1 does not listen on UDP port $2"
	alive "$1" || fail "$1 ended early"
}

# ready NAME: one of our own programs runs: the link says so, a gateway writes statistics.
ready() {
	until_true 20 is_ready "$1" && alive "$1" || fail "$1 does not get ready"
}

is_ready() {
	grep -qs ready "$DIR/$1.log" || [ -s "$DIR/$1.json" ] || ! alive "$1"
}

# json FILE EXPRESSION: a Python expression over d, the last JSON object of the file that is not
# about the host, and all, the list of all. A true or false result is the exit status; anything else is printed.
json() {
	python3 - "$@" <<-'END'
		import json, sys
		all = []
		for line in open(sys.argv[1]):
		    try:
		        all.append(json.loads(line))
		    except ValueError:
		        pass
		d = next((o for o in reversed(all) if "host" not in o), {})
		try:
		    r = eval(sys.argv[2])
		except (KeyError, IndexError, TypeError):
		    sys.exit(1)
		if isinstance(r, bool):
		    sys.exit(0 if r else 1)
		print(r)
	END
}

# crossed PATH DIRECTION N: the link forwarded N datagrams that way.
crossed() {
	json "$DIR/link.out" "d['paths'][$1]['$2']['forwarded'] >= $3"
}

# link A B OPTION...: ristgate-link between two ends, Simple's port pair by default.
link() {
	local a=$1 b=$2
	shift 2
	spawn link "$LINK" --a "$a" --b "$b" --ports 2 --stats 0.1 --seed 1 "$@"
	ready link
}

# gate NAME ARGUMENT...: a gateway with statistics every 200 ms in $DIR/NAME.json.
gate() {
	local name=$1
	shift
	spawn "$name" "$GATE" "$@" --stats 0.2 --stats-file "$DIR/$name.json"
	ready "$name"
}

# sink FROM [OPTION...]: the probe that counts, numbers 0 to $COUNT - 1.
sink() {
	spawn sink "$PROBE" recv --from "$1" --count "$COUNT" --expect "$COUNT" --seconds 45 "${@:2}"
}

# source_to URL [OPTION...]: sends $COUNT numbered packets and returns when they are out.
source_to() {
	"$PROBE" send --to "$1" --packets "$COUNT" --rate "${RATE:-5}" "${@:2}" >"$DIR/source.out" 2>"$DIR/source.log" ||
		fail "the source could not send"
}

# all_arrived: the sink got everything once, in order, with the bytes that were sent.
all_arrived() {
	finish sink || fail "not everything arrived: $(cat "$DIR/sink.out")"
	[ "$(json "$DIR/source.out" "d['sha256']")" = "$(json "$DIR/sink.out" "d['sha256']")" ] ||
		fail "the bytes differ: $(cat "$DIR/source.out" "$DIR/sink.out")"
	json "$DIR/sink.out" "'%d packets arrived, bit-exact, latency %.1f ms' % (d['delivered'], d['latency_us']['p50'] / 1000)"
}

# veth NS1 IF1 NS2 IF2: a pair between two namespaces. The kernel leaves the checksum of what it
# sends into a veth to a NIC that is not there; off, so that the peer sees what a wire would carry.
veth() {
	ip link add "$2" netns "$1" type veth peer name "$4" netns "$3"
	local ns=$1 dev=$2
	for _ in 1 2; do
		ip netns exec "$ns" sysctl -qw "net.ipv6.conf.$dev.accept_dad=0" "net.ipv6.conf.$dev.accept_ra=0"
		ip netns exec "$ns" ethtool -K "$dev" tx off >/dev/null
		ip -n "$ns" link set "$dev" up
		ns=$3 dev=$4
	done
}

# dpdk NAME PROGRAM [EAL ARGUMENT...] -- ARGUMENT...: a program on DPDK without huge pages or PCI,
# on one lcore that may run on any CPU we have, unless the arguments say --lcores.
dpdk() {
	local name=$1 program=$2 lcores=() args=("${@:3}") i
	shift 2
	# An ordinary user may lock a few megabytes only, and af_packet locks its rings.
	for i in "${!args[@]}"; do
		[[ $LAB != user || ${args[i]} != --vdev=net_af_packet* ]] || args[i]+=,framecnt=512
	done
	[[ " $* " == *" --lcores"* ]] ||
		lcores=(--lcores "0@($(sed -n 's/^Cpus_allowed_list:\t//p' /proc/self/status))")
	spawn "$name" env RUNTIME_DIRECTORY="$DIR" "$program" --no-huge --no-pci --no-shconf --no-telemetry --iova-mode=va -m "${MEMORY:-256}" \
		--file-prefix "$(basename "$DIR")-$name" "${lcores[@]}" "${args[@]}"
}
