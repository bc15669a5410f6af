#!/bin/bash
# Runs one packetdrill script against src/net and exits as packetdrill does.
#
#   run.sh PACKETDRILL SCRIPT [ipv4|ipv4-mapped-ipv6|ipv6]
#
# The script's shell lines act on a network namespace of their own with a device tun0; the stack takes its settings from there.
# Needs Linux, node, a C compiler, ip (iproute2) and the right to make network namespaces. PACKETDRILL_FLAGS adds options.
set -u
[ $# -ge 2 ] || { sed -n '2,7s/^# \{0,1\}//p' "$0" >&2; exit 2; }
here=$(cd "$(dirname "$(readlink -f "$0")")" && pwd)

if [ -z "${PACKETDRILL_NAMESPACE:-}" ]; then
  node "$here/build.mjs" || exit 2
  export PACKETDRILL_NAMESPACE=1
  if [ "$(id -u)" = 0 ]; then exec unshare -n -m "$0" "$@"; else exec unshare -r -n -m "$0" "$@"; fi
fi

packetdrill=$(readlink -f "$1") script=$(readlink -f "$2") version=${3:-}
[ -x "$packetdrill" ] || { echo "run.sh: no packetdrill at $1" >&2; exit 2; }
[ -r "$script" ] || { echo "run.sh: no script at $2" >&2; exit 2; }

# what the script itself sets wins over what this command would set
own() { sed -n "s/^--$1=\([^ ]*\).*/\1/p" "$script" | head -1; }
if [ -z "$version" ]; then version=$(own ip_version); fi
version=${version:-ipv4}
case $version in
  ipv4) local_ip=192.168.0.1 gateway_ip=192.168.0.1 remote_ip=192.0.2.1 mtu=1500 level=SOL_IP type=IP_RECVERR cookie=3021b9d889017eeb ;;
  ipv4-mapped-ipv6) local_ip=192.168.0.1 gateway_ip=192.168.0.1 remote_ip=192.0.2.1 mtu=1500 level=SOL_IPV6 type=IPV6_RECVERR cookie=3021b9d889017eeb ;;
  ipv6) local_ip=fd3d:0a0b:17d6::1 gateway_ip=fd3d:0a0b:17d6:8888::1 remote_ip=fd3d:fa7b:d17d::1 mtu=1520 level=SOL_IPV6 type=IPV6_RECVERR cookie=c1d1e9742a47a9bc ;;
  *) echo "run.sh: ip_version: expected ipv4, ipv4-mapped-ipv6 or ipv6, got $version" >&2; exit 2 ;;
esac
options=(--ip_version="$version")
take() { # name default: the script's value, or the default as an option
  local value
  value=$(own "$1")
  if [ -n "$value" ]; then printf -v "$1" %s "$value"; else options+=("--$1=$2"); fi
}
take local_ip "$local_ip"
take gateway_ip "$gateway_ip"
take remote_ip "$remote_ip"
if [ "$version" = ipv6 ]; then bits=48 prefix=128; take mtu "$mtu"; else bits=16 prefix=32; take netmask_ip 255.255.0.0; mtu=$(own mtu); mtu=${mtu:-1500}; fi
options+=(-D "TFO_COOKIE=$cookie" -D CODE=host_unreachable -D "CMSG_LEVEL_IP=$level" -D "CMSG_TYPE_RECVERR=$type")

work=$(mktemp -d)
trap 'kill "$server" 2>/dev/null; rm -rf "$work"' EXIT

[ -w /proc/sys/net ] || mount -t proc proc /proc
ip link set lo up
ip tuntap add dev tun0 mode tun 2>/dev/null || ip link add tun0 type dummy || exit 2
ip link set tun0 mtu "$mtu" up
ip addr add "${local_ip%/*}/$bits" dev tun0 nodad 2>/dev/null || ip addr add "${local_ip%/*}/$bits" dev tun0
case $remote_ip in */*) ;; *) remote_ip=$remote_ip/$prefix ;; esac
ip route add "$remote_ip" dev tun0 2>/dev/null

# nstat of a script's shell lines shows the stack's counters
export PROC_NET_SNMP=$work/snmp PROC_NET_NETSTAT=$work/netstat PROC_NET_SNMP6=$work/snmp6 NSTAT_HISTORY=$work/history
# /bin/sh of the scripts' shell lines must know &>
if [ "$(readlink -f /bin/sh)" != "$(readlink -f /bin/bash)" ]; then mount --bind /bin/bash "$(readlink -f /bin/sh)" 2>/dev/null; fi

# commands of shell lines that ask the kernel about what is the stack's: ip tcp_metrics flush, and grep in /proc/net/tcp
mkdir "$work/bin"
cat > "$work/bin/ip" << END
#!/bin/bash
if [ "\$1" = tcp_metrics ]; then touch "$work/flush"; else exec "$(command -v ip)" "\$@"; fi
END
cat > "$work/bin/grep" << END
#!/bin/bash
exec "$(command -v grep)" "\${@/#\/proc\/net\/tcp/$work/tcp}"
END
chmod +x "$work"/bin/*

build=$here/../../build/packetdrill
mss=$(own mss)
node "$build/server.mjs" "$work" "${local_ip%/*}" "${mss:-0}" &
server=$!
for _ in $(seq 500); do [ -S "$work/stack" ] && break; kill -0 $server 2>/dev/null || exit 2; sleep 0.01; done

cd "$(dirname "$script")" || exit 2
PATH=$work/bin:$PATH LD_PRELOAD=$build/shim.so "$packetdrill" "${options[@]}" ${PACKETDRILL_FLAGS:-} --so_filename="$build/shim.so" --so_flags="$work/stack" "$(basename "$script")"
