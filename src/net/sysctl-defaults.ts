// Generated from facts/net-sysctls.txt by scripts/renew-net.mjs; do not edit.

/** The knobs under /proc/sys/net, by Linux's names; numbers in Linux's units. */
export interface NetSysctl extends Partial<ShownSysctl> {
  /** net.core.optmem_max */
  optmem_max: number
  /** net.core.rmem_default */
  rmem_default: number
  /** net.core.rmem_max */
  rmem_max: number
  /** net.core.somaxconn */
  somaxconn: number
  /** net.core.txrehash */
  txrehash: number
  /** net.core.wmem_default */
  wmem_default: number
  /** net.core.wmem_max */
  wmem_max: number
  /** net.ipv4.icmp_echo_ignore_all */
  icmp_echo_ignore_all: number
  /** net.ipv4.icmp_echo_ignore_broadcasts */
  icmp_echo_ignore_broadcasts: number
  /** net.ipv4.icmp_errors_use_inbound_ifaddr */
  icmp_errors_use_inbound_ifaddr: number
  /** net.ipv4.icmp_msgs_burst */
  icmp_msgs_burst: number
  /** net.ipv4.icmp_msgs_per_sec */
  icmp_msgs_per_sec: number
  /** net.ipv4.icmp_ratelimit */
  icmp_ratelimit: number
  /** net.ipv4.icmp_ratemask */
  icmp_ratemask: number
  /** net.ipv4.ip_autobind_reuse */
  ip_autobind_reuse: number
  /** net.ipv4.ip_default_ttl */
  ip_default_ttl: number
  /** net.ipv4.ip_forward */
  ip_forward: number
  /** net.ipv4.ip_local_port_range */
  ip_local_port_range: [number, number]
  /** net.ipv4.ip_local_reserved_ports */
  ip_local_reserved_ports: string
  /** net.ipv4.ip_no_pmtu_disc */
  ip_no_pmtu_disc: number
  /** net.ipv4.ip_nonlocal_bind */
  ip_nonlocal_bind: number
  /** net.ipv4.ip_unprivileged_port_start */
  ip_unprivileged_port_start: number
  /** net.ipv4.ipfrag_high_thresh */
  ipfrag_high_thresh: number
  /** net.ipv4.ipfrag_time */
  ipfrag_time: number
  /** net.ipv4.ping_group_range */
  ping_group_range: [number, number]
  /** net.ipv4.tcp_abort_on_overflow */
  tcp_abort_on_overflow: number
  /** net.ipv4.tcp_app_win */
  tcp_app_win: number
  /** net.ipv4.tcp_available_congestion_control */
  tcp_available_congestion_control: string
  /** net.ipv4.tcp_base_mss */
  tcp_base_mss: number
  /** net.ipv4.tcp_challenge_ack_limit */
  tcp_challenge_ack_limit: number
  /** net.ipv4.tcp_comp_sack_delay_ns */
  tcp_comp_sack_delay_ns: number
  /** net.ipv4.tcp_comp_sack_nr */
  tcp_comp_sack_nr: number
  /** net.ipv4.tcp_congestion_control */
  tcp_congestion_control: string
  /** net.ipv4.tcp_dsack */
  tcp_dsack: number
  /** net.ipv4.tcp_early_retrans */
  tcp_early_retrans: number
  /** net.ipv4.tcp_ecn */
  tcp_ecn: number
  /** net.ipv4.tcp_ecn_fallback */
  tcp_ecn_fallback: number
  /** net.ipv4.tcp_fastopen */
  tcp_fastopen: number
  /** net.ipv4.tcp_fastopen_blackhole_timeout_sec */
  tcp_fastopen_blackhole_timeout_sec: number
  /** net.ipv4.tcp_fastopen_key */
  tcp_fastopen_key: string
  /** net.ipv4.tcp_fin_timeout */
  tcp_fin_timeout: number
  /** net.ipv4.tcp_frto */
  tcp_frto: number
  /** net.ipv4.tcp_invalid_ratelimit */
  tcp_invalid_ratelimit: number
  /** net.ipv4.tcp_keepalive_intvl */
  tcp_keepalive_intvl: number
  /** net.ipv4.tcp_keepalive_probes */
  tcp_keepalive_probes: number
  /** net.ipv4.tcp_keepalive_time */
  tcp_keepalive_time: number
  /** net.ipv4.tcp_max_orphans */
  tcp_max_orphans: number
  /** net.ipv4.tcp_max_reordering */
  tcp_max_reordering: number
  /** net.ipv4.tcp_max_syn_backlog */
  tcp_max_syn_backlog: number
  /** net.ipv4.tcp_max_tw_buckets */
  tcp_max_tw_buckets: number
  /** net.ipv4.tcp_mem */
  tcp_mem: [number, number, number]
  /** net.ipv4.tcp_min_rtt_wlen */
  tcp_min_rtt_wlen: number
  /** net.ipv4.tcp_min_snd_mss */
  tcp_min_snd_mss: number
  /** net.ipv4.tcp_min_tso_segs */
  tcp_min_tso_segs: number
  /** net.ipv4.tcp_moderate_rcvbuf */
  tcp_moderate_rcvbuf: number
  /** net.ipv4.tcp_mtu_probe_floor */
  tcp_mtu_probe_floor: number
  /** net.ipv4.tcp_mtu_probing */
  tcp_mtu_probing: number
  /** net.ipv4.tcp_no_metrics_save */
  tcp_no_metrics_save: number
  /** net.ipv4.tcp_no_ssthresh_metrics_save */
  tcp_no_ssthresh_metrics_save: number
  /** net.ipv4.tcp_notsent_lowat */
  tcp_notsent_lowat: number
  /** net.ipv4.tcp_orphan_retries */
  tcp_orphan_retries: number
  /** net.ipv4.tcp_pacing_ca_ratio */
  tcp_pacing_ca_ratio: number
  /** net.ipv4.tcp_pacing_ss_ratio */
  tcp_pacing_ss_ratio: number
  /** net.ipv4.tcp_pingpong_thresh */
  tcp_pingpong_thresh: number
  /** net.ipv4.tcp_probe_interval */
  tcp_probe_interval: number
  /** net.ipv4.tcp_probe_threshold */
  tcp_probe_threshold: number
  /** net.ipv4.tcp_recovery */
  tcp_recovery: number
  /** net.ipv4.tcp_reflect_tos */
  tcp_reflect_tos: number
  /** net.ipv4.tcp_reordering */
  tcp_reordering: number
  /** net.ipv4.tcp_retrans_collapse */
  tcp_retrans_collapse: number
  /** net.ipv4.tcp_retries1 */
  tcp_retries1: number
  /** net.ipv4.tcp_retries2 */
  tcp_retries2: number
  /** net.ipv4.tcp_rfc1337 */
  tcp_rfc1337: number
  /** net.ipv4.tcp_rmem */
  tcp_rmem: [number, number, number]
  /** net.ipv4.tcp_rto_max_ms */
  tcp_rto_max_ms: number
  /** net.ipv4.tcp_rto_min_us */
  tcp_rto_min_us: number
  /** net.ipv4.tcp_sack */
  tcp_sack: number
  /** net.ipv4.tcp_shrink_window */
  tcp_shrink_window: number
  /** net.ipv4.tcp_slow_start_after_idle */
  tcp_slow_start_after_idle: number
  /** net.ipv4.tcp_stdurg */
  tcp_stdurg: number
  /** net.ipv4.tcp_syn_linear_timeouts */
  tcp_syn_linear_timeouts: number
  /** net.ipv4.tcp_syn_retries */
  tcp_syn_retries: number
  /** net.ipv4.tcp_synack_retries */
  tcp_synack_retries: number
  /** net.ipv4.tcp_syncookies */
  tcp_syncookies: number
  /** net.ipv4.tcp_thin_linear_timeouts */
  tcp_thin_linear_timeouts: number
  /** net.ipv4.tcp_timestamps */
  tcp_timestamps: number
  /** net.ipv4.tcp_tso_rtt_log */
  tcp_tso_rtt_log: number
  /** net.ipv4.tcp_tso_win_divisor */
  tcp_tso_win_divisor: number
  /** net.ipv4.tcp_tw_reuse */
  tcp_tw_reuse: number
  /** net.ipv4.tcp_tw_reuse_delay */
  tcp_tw_reuse_delay: number
  /** net.ipv4.tcp_window_scaling */
  tcp_window_scaling: number
  /** net.ipv4.tcp_wmem */
  tcp_wmem: [number, number, number]
  /** net.ipv4.tcp_workaround_signed_windows */
  tcp_workaround_signed_windows: number
  /** net.ipv4.udp_hash_entries */
  udp_hash_entries: number
  /** net.ipv6.bindv6only */
  bindv6only: number
  /** net.ipv6.conf.all.forwarding */
  ip6_forward: number
  /** net.ipv6.ip6frag_high_thresh */
  ip6frag_high_thresh: number
  /** net.ipv6.ip6frag_time */
  ip6frag_time: number
  /** net.ipv6.ip_nonlocal_bind */
  ip6_nonlocal_bind: number
  /** net.unix.max_dgram_qlen */
  max_dgram_qlen: number
}

/** Knobs that nothing here looks at: the owner of /proc/sys adds them for programs that read them. */
export interface ShownSysctl {
  /** net.core.default_qdisc */
  default_qdisc: string
  /** net.core.netdev_max_backlog */
  netdev_max_backlog: number
  /** net.core.tstamp_allow_data */
  tstamp_allow_data: number
  /** net.ipv4.icmp_echo_enable_probe */
  icmp_echo_enable_probe: number
  /** net.ipv4.icmp_ignore_bogus_error_responses */
  icmp_ignore_bogus_error_responses: number
  /** net.ipv4.inet_peer_maxttl */
  inet_peer_maxttl: number
  /** net.ipv4.inet_peer_minttl */
  inet_peer_minttl: number
  /** net.ipv4.inet_peer_threshold */
  inet_peer_threshold: number
  /** net.ipv4.ipfrag_low_thresh */
  ipfrag_low_thresh: number
  /** net.ipv4.ipfrag_max_dist */
  ipfrag_max_dist: number
  /** net.ipv4.tcp_adv_win_scale */
  tcp_adv_win_scale: number
  /** net.ipv4.tcp_allowed_congestion_control */
  tcp_allowed_congestion_control: string
  /** net.ipv4.tcp_autocorking */
  tcp_autocorking: number
  /** net.ipv4.tcp_backlog_ack_defer */
  tcp_backlog_ack_defer: number
  /** net.ipv4.tcp_comp_sack_slack_ns */
  tcp_comp_sack_slack_ns: number
  /** net.ipv4.tcp_ecn_option */
  tcp_ecn_option: number
  /** net.ipv4.tcp_ecn_option_beacon */
  tcp_ecn_option_beacon: number
  /** net.ipv4.tcp_ehash_entries */
  tcp_ehash_entries: number
  /** net.ipv4.tcp_fack */
  tcp_fack: number
  /** net.ipv4.tcp_limit_output_bytes */
  tcp_limit_output_bytes: number
  /** net.ipv4.udp_mem */
  udp_mem: [number, number, number]
  /** net.ipv4.udp_rmem_min */
  udp_rmem_min: number
  /** net.ipv4.udp_wmem_min */
  udp_wmem_min: number
  /** net.ipv6.auto_flowlabels */
  auto_flowlabels: number
  /** net.ipv6.flowlabel_consistency */
  flowlabel_consistency: number
  /** net.ipv6.flowlabel_reflect */
  flowlabel_reflect: number
  /** net.ipv6.flowlabel_state_ranges */
  flowlabel_state_ranges: number
  /** net.ipv6.ip6frag_low_thresh */
  ip6frag_low_thresh: number
}

/** A new set of knobs with the defaults of Linux 6.18. */
export function defaultNetSysctl(): NetSysctl {
  return {
    optmem_max: 131072,
    rmem_default: 212992,
    rmem_max: 4194304,
    somaxconn: 4096,
    txrehash: 1,
    wmem_default: 212992,
    wmem_max: 4194304,
    icmp_echo_ignore_all: 0,
    icmp_echo_ignore_broadcasts: 1,
    icmp_errors_use_inbound_ifaddr: 0,
    icmp_msgs_burst: 50,
    icmp_msgs_per_sec: 1000,
    icmp_ratelimit: 1000,
    icmp_ratemask: 6168,
    ip_autobind_reuse: 0,
    ip_default_ttl: 64,
    ip_forward: 0,
    ip_local_port_range: [32768, 60999],
    ip_local_reserved_ports: '',
    ip_no_pmtu_disc: 0,
    ip_nonlocal_bind: 0,
    ip_unprivileged_port_start: 1024,
    ipfrag_high_thresh: 4194304,
    ipfrag_time: 30,
    ping_group_range: [1, 0],
    tcp_abort_on_overflow: 0,
    tcp_app_win: 31,
    tcp_available_congestion_control: 'reno cubic',
    tcp_base_mss: 1024,
    tcp_challenge_ack_limit: 2147483647,
    tcp_comp_sack_delay_ns: 1000000,
    tcp_comp_sack_nr: 44,
    tcp_congestion_control: 'cubic',
    tcp_dsack: 1,
    tcp_early_retrans: 3,
    tcp_ecn: 2,
    tcp_ecn_fallback: 1,
    tcp_fastopen: 1,
    tcp_fastopen_blackhole_timeout_sec: 0,
    tcp_fastopen_key: '00000000-00000000-00000000-00000000',
    tcp_fin_timeout: 60,
    tcp_frto: 2,
    tcp_invalid_ratelimit: 500,
    tcp_keepalive_intvl: 75,
    tcp_keepalive_probes: 9,
    tcp_keepalive_time: 7200,
    tcp_max_orphans: 131072,
    tcp_max_reordering: 300,
    tcp_max_syn_backlog: 2048,
    tcp_max_tw_buckets: 131072,
    tcp_mem: [287901, 383869, 575802],
    tcp_min_rtt_wlen: 300,
    tcp_min_snd_mss: 48,
    tcp_min_tso_segs: 2,
    tcp_moderate_rcvbuf: 1,
    tcp_mtu_probe_floor: 48,
    tcp_mtu_probing: 0,
    tcp_no_metrics_save: 0,
    tcp_no_ssthresh_metrics_save: 1,
    tcp_notsent_lowat: 4294967295,
    tcp_orphan_retries: 0,
    tcp_pacing_ca_ratio: 120,
    tcp_pacing_ss_ratio: 200,
    tcp_pingpong_thresh: 1,
    tcp_probe_interval: 600,
    tcp_probe_threshold: 8,
    tcp_recovery: 1,
    tcp_reflect_tos: 0,
    tcp_reordering: 3,
    tcp_retrans_collapse: 1,
    tcp_retries1: 3,
    tcp_retries2: 15,
    tcp_rfc1337: 0,
    tcp_rmem: [4096, 131072, 33554432],
    tcp_rto_max_ms: 120000,
    tcp_rto_min_us: 200000,
    tcp_sack: 1,
    tcp_shrink_window: 0,
    tcp_slow_start_after_idle: 1,
    tcp_stdurg: 0,
    tcp_syn_linear_timeouts: 4,
    tcp_syn_retries: 6,
    tcp_synack_retries: 5,
    tcp_syncookies: 1,
    tcp_thin_linear_timeouts: 0,
    tcp_timestamps: 1,
    tcp_tso_rtt_log: 9,
    tcp_tso_win_divisor: 3,
    tcp_tw_reuse: 2,
    tcp_tw_reuse_delay: 1000,
    tcp_window_scaling: 1,
    tcp_wmem: [4096, 16384, 4194304],
    tcp_workaround_signed_windows: 0,
    udp_hash_entries: 16384,
    bindv6only: 0,
    ip6_forward: 0,
    ip6frag_high_thresh: 4194304,
    ip6frag_time: 60,
    ip6_nonlocal_bind: 0,
    max_dgram_qlen: 10,
  }
}

/** The same of those that are only shown. */
export function defaultShownSysctl(): ShownSysctl {
  return {
    default_qdisc: 'pfifo_fast',
    netdev_max_backlog: 1000,
    tstamp_allow_data: 1,
    icmp_echo_enable_probe: 0,
    icmp_ignore_bogus_error_responses: 1,
    inet_peer_maxttl: 600,
    inet_peer_minttl: 120,
    inet_peer_threshold: 65664,
    ipfrag_low_thresh: 3145728,
    ipfrag_max_dist: 64,
    tcp_adv_win_scale: 1,
    tcp_allowed_congestion_control: 'reno cubic',
    tcp_autocorking: 1,
    tcp_backlog_ack_defer: 1,
    tcp_comp_sack_slack_ns: 100000,
    tcp_ecn_option: 2,
    tcp_ecn_option_beacon: 3,
    tcp_ehash_entries: 262144,
    tcp_fack: 0,
    tcp_limit_output_bytes: 4194304,
    udp_mem: [575802, 767738, 1151604],
    udp_rmem_min: 4096,
    udp_wmem_min: 4096,
    auto_flowlabels: 1,
    flowlabel_consistency: 1,
    flowlabel_reflect: 0,
    flowlabel_state_ranges: 0,
    ip6frag_low_thresh: 3145728,
  }
}

/** Knobs by folder of /proc/sys/net, but those of ipv4. */
const FOLDERS = [
  ['core', 'default_qdisc netdev_max_backlog optmem_max rmem_default rmem_max somaxconn tstamp_allow_data txrehash wmem_default wmem_max'],
  ['ipv6', 'auto_flowlabels bindv6only flowlabel_consistency flowlabel_reflect flowlabel_state_ranges ip6frag_high_thresh ip6frag_low_thresh ip6frag_time'],
  ['unix', 'max_dgram_qlen'],
] as const

/** Where a knob lies under /proc/sys/net. */
export function sysctlPath(name: string): string {
  if (name === 'ip6_nonlocal_bind') return 'ipv6/ip_nonlocal_bind'
  if (name === 'ip6_forward') return 'ipv6/conf/all/forwarding'
  const folder = FOLDERS.find(([, knobs]) => knobs.split(' ').includes(name))?.[0] ?? 'ipv4'
  return `${folder}/${name}`
}
