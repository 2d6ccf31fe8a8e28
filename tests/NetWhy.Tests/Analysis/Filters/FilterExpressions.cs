namespace NetWhy.Tests.Analysis.Filters;

/// <summary>Filters, good and bad, whose meaning Wireshark decides.</summary>
internal static class FilterExpressions
{
    /// <summary>For a capture of web pages over IPv4 and IPv6.</summary>
    internal static IReadOnlyList<string> Web { get; } = Lines("""
        tcp
        tcp.port == 80
        tcp.port == "x"
        ip.addr#2 == 1.2.3.4
        @ip.src
        tcp xor udp
        tcp ^^ udp
        .tcp.port == 80
        tcp.port == :80
        tcp.port == <80>
        eth.src[0] == .eth.dst[0]
        tcp.port == .80
        all tcp.port in {80, 443}
        any tcp.port in {80 443}
        tcp.port in {80,443}
        tcp.port in {80 443}
        tcp.port not in {80,443}
        tcp.port in {}
        tcp.port in {80..90}
        tcp.port in {80 .. 90}
        tcp.port in {80 ..90}
        not tcp.port in {80}
        tcp.port == 0b1010000
        tcp.port == 0120
        tcp.port == 0x50
        tcp.port == '\x50'
        tcp.port == 'P'
        tcp.port == 99999
        tcp.port == -1
        tcp.port > 65535
        tcp.srcport == tcp.dstport -1
        tcp.srcport == tcp.dstport-1
        tcp.srcport & 1
        tcp.srcport bitwise_and 1
        tcp.srcport bitand 1
        tcp.flags.syn == "Set"
        tcp.flags.syn == "Not set"
        tcp.flags.syn == "True"
        tcp.flags.syn == True
        tcp.flags.syn == true
        tcp.flags.syn == Set
        tcp.flags.syn == 5
        tcp.flags.syn == yes
        tcp.flags.syn != 1
        tcp.flags.syn == "true"
        eth.dst.lg == "Set"
        eth.dst.lg == Set
        eth.dst.lg == True
        eth.dst.lg == true
        eth.dst.ig == "Individual address (unicast)"
        eth.dst.ig == "individual ADDRESS (unicast)"
        frame.marked == "False"
        frame.marked == false
        frame.marked != TRUE
        frame.ignored == Set
        frame.ignored in {false}
        frame.ignored in {"Set"}
        tcp.options.nop == tcp.options.mss
        tcp.options.nop == tcp
        tcp >= tcp.options.nop
        tcp.options.mss[0:2] == 02:04
        tcp.options.mss & ff:00 == 02:00
        tcp.options.mss contains ""
        all tcp.options.nop contains ""
        tcp.options.mss == "a"
        len(tcp.options.mss) == 4
        string(tcp.options.mss) == "a"
        min(tcp, tcp.options.mss) > 00
        max(eth) matches "GET"
        max(ip) contains "GET"
        min(ip, ip) matches "GET"
        max(ipv6)[0:1] == 60
        frame.encap_type == "Ethernet"
        frame.encap_type == Ethernet
        frame.encap_type == "Raw IP"
        frame.p2p_dir == "Sent"
        _ws.expert.group == "Debug"
        _ws.expert.group == "Sequence"
        ip.tos.precedence == "routine"
        frame.verdict.ebpf_tc == "TC_ACT_OK"
        tcp.flags.syn > 0
        tcp.flags.syn & 1
        frame.time > "2010-01-01 00:00:00"
        frame.time > "2010-01-01T00:00:00Z"
        frame.time > "2010-01-01T00:00:00+01:00"
        frame.time > "Jan 1, 2010 00:00:00"
        frame.time > "Jan  1, 2010"
        frame.time > 2010-01-01
        frame.time > 2010-01-01T00:00:00
        frame.time > 1234567890
        frame.time > "2010-01-01 00:00:00 UTC"
        frame.time > "2010-01-01"
        frame.time > "2010-01-01 00:00"
        frame.time_delta > 0.1
        frame.time_delta > 1
        frame.time_delta > -1.5
        frame.time_delta > .5
        frame.time_delta > 5.
        frame.time_delta > 1e-3
        frame.time_delta > "1.5"
        frame.time_relative + 1 > 2
        frame.len + 1 > 2
        1 + frame.len > 2
        frame.len / 0 == 1
        frame.len % 0 == 1
        frame.len * 2 > 100
        -frame.len < 0
        - frame.len < 0
        {frame.len + 1} * 2 > 10
        frame.len > {1+2}
        frame.len > (1+2)
        (frame.len) > 1
        frame.len == frame.cap_len
        frame.len == frame.cap_len == 60
        60 < frame.len < 100
        60 < frame.len
        60 == frame.len
        "abc" == frame.len
        len(tcp.payload) > 3
        len(tcp) > 3
        len(tcp.port) > 1
        count(tcp.port) == 2
        max(tcp.srcport, tcp.dstport) > 80
        min(tcp.srcport, 80) > 80
        min(80) == 80
        abs(tcp.window_size_scalefactor) == 2
        abs(tcp.port) == 2
        string(tcp.port) contains "8"
        string(frame.time) contains "8"
        string(eth.src) matches "00"
        string(ip.src) matches "^192"
        string(tcp.flags.syn) == "1"
        string(tcp.payload) == "1"
        string(http.host) == "1"
        upper(http.host) contains "WWW"
        lower(http.host) contains "www"
        upper(tcp.port)
        upper(tcp.port) == 1
        tcp.port contains "x"
        tcp.port matches "8"
        tcp.payload contains 47:45:54
        tcp.payload contains "GET"
        tcp.payload contains GET
        tcp.payload matches "GET"
        tcp.payload matches GET
        tcp.payload matches "(GET"
        tcp.payload matches r"\d+"
        tcp contains 0x47
        tcp contains 0x4745
        tcp contains 47
        tcp contains 4745
        frame[0:3] == 00:11:22
        frame[0] == 0
        frame[0] == 00
        frame[0] == 0x00
        frame[0] & 1
        frame[0] & 01
        frame[0] & 0x01 == 1
        frame[-1] == 0
        frame[0-3] contains 1
        tcp.port[0] == 1
        ip.src[0] == 1
        eth.src[0:3] == 00:00:00
        http.host[0:3] == "www"
        http.host == www
        http.host == "www"
        http.host == 80
        http.host contains 80
        http.host contains 0x41
        http.host contains 'w'
        http.host matches 'w'
        ip.src == 10.0.0.0/8
        ip.src == 10.0.0.0/33
        ip.src == 10/8
        ip.src == 10.0/16
        ip.src == 300.0.0.1
        ip.src == localhost
        ip.src == "10.0.0.1"
        ip.src == 0x0a000001
        ip.src == 167772161
        ip.src < 10.0.0.1
        ip.src & 255.0.0.0
        ip.src & 255.0.0.0 == 10.0.0.0
        ip.src contains 10
        ip.src in {10.0.0.0/8, 192.168.0.1}
        ip.src in {10.0.0.1 .. 10.0.0.9}
        ip.src != ip.dst
        ipv6.src == fe80::1
        ipv6.src == fe80::/10
        ipv6.src == ::1
        ipv6.src == ::
        ipv6.src == fe80::/129
        ipv6.src == 1.2.3.4
        ipv6.src == ::ffff:1.2.3.4
        ipv6.src[0:2] == fe:80
        ipv6.src < ::1
        ipv6.src & ffff::
        eth.src == 00:11:22:33:44:55
        eth.src == 00-11-22-33-44-55
        eth.src == 0011.2233.4455
        eth.src == 00.11.22.33.44.55
        eth.src == 001122334455
        eth.src == 00:11:22
        eth.src == 0:11:22:33:44:55
        eth.src contains 11:22
        eth.src == "00:11:22:33:44:55"
        eth.src > 00:11:22:33:44:55
        eth.src & 01:00:00:00:00:00
        eth.src == ff
        eth == 00
        eth contains 00
        eth[0] == 00
        tcp == 00
        tcp == tcp
        eth > 00
        tcp.analysis.flags == 1
        tcp.analysis.flags
        tcp.analysis.reset
        tcp.nosuch
        nosuch
        frame
        frame.number == 1
        frame.number == 1.5
        frame.number == "1"
        frame.number == abc
        tcp.port == http
        tcp.port == "http"
        ip.proto == TCP
        ip.proto == "TCP"
        ip.proto == "tcp"
        tcp.port ~ "8"
        tcp.port ~= 80
        tcp.port === 80
        tcp.port !== 80
        tcp.port any_eq 80
        tcp.port all_eq 80
        tcp.port any_ne 80
        tcp.port all_ne 80
        any tcp.port == 80
        all tcp.port == 80
        any (tcp.port == 80)
        all tcp.port
        any tcp.port & 1 == 1
        any ip.addr != 1.1.1.1
        tcp.port#1 == 80
        tcp.port#[1-2] == 80
        tcp.port#[1] == 80
        tcp.port#[1:2] == 80
        tcp.port# 1 == 80
        tcp.port #1 == 80
        tcp.port#0 == 80
        tcp.port#-1 == 80
        tcp.port#[-1] == 80
        ip.src#1
        ip#1
        tcp#[1,2]
        tcp and
        and tcp
        tcp tcp
        tcp or or udp
        not
        !tcp
        ! tcp
        !!tcp
        not not tcp
        tcp && udp || ip
        tcp and udp or ip
        tcp & udp
        tcp | udp
        tcp = 1
        tcp.port = 80
        (tcp
        tcp)
        ()
        frame[0:1] == 1
        frame[0:2] == 001
        frame[0:2] == 0001
        frame[0:2] contains 001
        frame[0:1] == "a"
        frame[0:3] == 65535
        frame[0:2] == 1.5
        frame[0:2] == 1-5
        frame[0] & 0x0f == 02
        frame[0:0] == 00
        frame[100000] == 00
        frame[100000] != 00
        frame[100000:] != 00
        frame[0:100000] == 00
        frame[0:100000] != 00
        len(frame[0:100000]) == 60
        frame[-100000:2] == 00
        frame[-100000:2] != 00
        frame[-3-1] == 00
        frame[3-1] == 00
        frame[5--1] == 00
        frame[-5--1] != 00
        frame[1:-1] != 00
        frame[1:0] != 00
        frame[:] == 00
        frame[] == 00
        frame[1:2:3] == 00
        frame[a] == 00
        frame[0x1] == 00
        frame[01] == 00
        frame[ 1 ] == 00
        frame[1 : 2] == 00
        frame[1, 2] == 00
        frame[1 -2] == 00
        frame[1- 2] == 00
        frame[1 - 2] == 00
        frame[-] == 00
        frame[,] == 00
        frame[1,] == 00
        frame[--1] == 00
        frame[:-1] == 00
        frame[-1:] == 00
        frame[1-] == 00
        frame[:2] == 00
        frame[-2] == 00
        frame[+1] == 00
        frame[2147483648] == 00
        frame[99999999999] == 00
        frame[1.5] == 00
        frame[1;2] == 00
        http.host[0:2] == 77
        http.host[0] == "w"
        http.host[0] matches "w"
        http.host[0] contains "w"
        http.host[0][0] == "w"
        upper(http.host)[0] == "W"
        len(tcp.payload)[0] == 1
        frame[0:2][1] == 00
        "abc"[0] == 61
        lower(upper(http.host)) == "a"
        lower("abc") == "a"
        len("abc") == 3
        len(frame[0:3]) == 3
        len(upper(http.host)) == 3
        count(frame[0]) == 1
        count(http) == 1
        max(tcp.port) == 80
        max(1, 2) == 2
        max(tcp.port, 80) == 80
        max() == 1
        len() == 1
        len(tcp,tcp) == 1
        nosuch(tcp) == 1
        max(tcp.port, http.host) == 1
        max(tcp.port, tcp.seq) == 1
        max(tcp.srcport, tcp.dstport) == 1
        max(80, tcp.port) == 80
        tcp.port == max(80, 90)
        tcp.port == max(80, tcp.port)
        tcp.port == abs(80)
        tcp.port == abs(-80)
        abs(-tcp.port) == 80
        abs(tcp.srcport - tcp.dstport) > 1
        string(tcp.port + 1) == "81"
        string("a") == "a"
        string(80) == "80"
        count(80) == 1
        min(frame.time) > "2010-01-01"
        tcp.port in {min(80)}
        tcp.port in {tcp.srcport}
        tcp.port in {tcp.srcport .. 90}
        tcp.port in {tcp.port .. 90}
        tcp.port in {80 + 1}
        tcp.port in {-1}
        tcp.port in {-1 .. 5}
        tcp.port in {"80"}
        tcp.port in {'P'}
        tcp.port in {80,}
        tcp.port in {,80}
        tcp.port in 80
        tcp.port in (80)
        tcp.port in {{80}}
        tcp.port in {80 .. 70}
        tcp.flags.syn in {1}
        tcp.flags.syn in {True, False}
        http.host in {"a" .. "z"}
        http.host in {a .. z}
        http.host in {a..z}
        frame[0] in {00}
        tcp.port#1 in {80}
        len(tcp.payload) in {1 .. 5}
        ip.src in {10.0.0.0/8 .. 11.0.0.0/8}
        eth.src in {00:00:00:00:00:00 .. ff:ff:ff:ff:ff:ff}
        tcp.payload in {47:45}
        frame.time in {"2010-01-01" .. "2030-01-01"}
        tcp in {00}
        tcp.analysis.flags in {1}
        tcp.port in {eth.src}
        tcp.port in {frame[0]}
        all tcp.port in {80}
        any tcp.port in {80}
        not any tcp.port == 80
        any not tcp.port == 80
        any any tcp.port == 80
        all tcp.port == 80 or tcp
        any http.host contains "a"
        all http.host matches "a"
        any http.host matches "a"
        any tcp.port not in {80}
        all tcp.port not in {80}
        any tcp
        any tcp.port & 1
        tcp.port & 1
        tcp.port & 0x1ffff
        tcp.port & 1 & 1
        tcp.port & 1 + 1 == 2
        tcp.port + 1 & 1 == 0
        tcp.port == 79 + 1
        tcp.port == 40 * 2
        tcp.port == {40 + 40}
        tcp.port == {{40 + 40}}
        tcp.port == 80 & 255
        tcp.port == 81 - 1
        tcp.port == 81 -1
        tcp.port == 81-1
        tcp.port == 160/2
        tcp.port == 160 / 2
        tcp.port == 161 % 81
        tcp.port == -80 + 160
        tcp.port == -80
        tcp.port == 0 - 80
        tcp.port == 65535 + 1
        tcp.port == 1 / 0
        tcp.srcport - tcp.dstport > 0
        tcp.srcport - tcp.dstport == tcp.srcport - tcp.dstport
        tcp.dstport - tcp.srcport < 0
        tcp.dstport - tcp.srcport > 0
        frame.len - 100000 < 0
        frame.len - 100000 > 0
        frame.len - 100000 == 0
        frame.len - 100000 != 0
        -frame.len == 0
        -frame.len > 0
        frame.len > -1
        frame.len < -1
        frame.len == -1
        tcp.window_size_scalefactor == -1
        tcp.window_size_scalefactor < 0
        tcp.window_size_scalefactor < frame.len
        tcp.window_size_scalefactor > frame.len
        tcp.window_size_scalefactor != frame.len
        frame.len > tcp.window_size_scalefactor
        tcp.window_size_scalefactor == 4294967295
        frame.len / 0 != 1
        frame.len / 0
        not frame.len / 0
        all frame.len / 0 == 1
        frame.len % 0 != 1
        frame.len & 0
        not frame.len & 0
        frame.len * 4294967295 > 0
        frame.len * 4294967295 != 0
        frame.len + 4294967295 > 0
        frame.len + 4294967295 != 0
        tcp.port + 65535 > 65535
        tcp.port + 65535 != 5
        ip.ttl + 255 > 255
        ip.ttl * 2 > 255
        ip.ttl + 256 > 0
        frame.time_delta - 1000 < 0
        frame.time_delta - 1000 < -999
        -frame.time_delta <= 0
        -frame.time_delta < 0
        frame.time_delta + 0.5 > 0.5
        frame.time_delta * 2 > 1
        frame.time - 1 > "2010-01-01"
        frame.time + 1 > "2010-01-01"
        frame.time - frame.time == 0
        frame.time_relative - frame.time_delta == 0
        frame.time_epoch > 1
        frame.time_delta == 00.000000
        frame.time_delta == 0
        frame.time_delta == -0
        frame.time_delta > -0.5
        frame.time_delta > 0.0000000001
        frame.time_delta > 0.0000000009
        frame.time_delta > 99999999999999999999
        frame.time_delta > 1.2.3
        frame.time_delta > 0.1e5
        frame.len != -1
        frame.len === -1
        frame.len !== -1
        not frame.len > -1
        all frame.len > -1
        frame.len - 100 > -50
        frame.len - 100 < -10
        -frame.len == -74
        -frame.len != -74
        -1 == frame.len
        -frame.len + 100 == 26
        100 - 1 == 99
        frame.len == 174 - 100
        frame.len == -100 + 174
        frame.len == 100 - 26
        frame.len == 26 - 100
        tcp.seq_raw - 4294967295 < 0
        tcp.seq_raw - 4294967295 > 0
        tcp.seq_raw - 4294967295 != 0
        tcp.window_size_scalefactor + 1 > 0
        tcp.window_size_scalefactor - frame.len > 0
        tcp.window_size_scalefactor - frame.len < 0
        frame.len + tcp.window_size_scalefactor > 0
        frame.len - tcp.window_size_scalefactor < 0
        tcp.window_size_scalefactor * -1 < 0
        tcp.window_size_scalefactor / -2 == -64
        tcp.window_size_scalefactor % 100 == 28
        -tcp.window_size_scalefactor % 100 == -28
        -frame.len / 2 == -37
        -frame.len % 50 == -24
        tcp.window_size_scalefactor & 128
        tcp.window_size_scalefactor & 128 == 128
        tcp.window_size_scalefactor & -1 == 128
        frame.len & -1 == 74
        frame.len & tcp.window_size_scalefactor
        not tcp.port == 80 and tcp
        !tcp.port == 80
        ! tcp.port & 1
        !tcp.port & 1 == 1
        not tcp and udp
        not (tcp and udp)
        tcp or udp and udp
        (tcp or udp) and udp
        len(tcp) == 40
        len(tcp) == 32
        len(ip) == 20
        len(ip) == 60
        len(eth) == 14
        len(eth) == 74
        len(frame) == 74
        len(http) > 0
        len(tcp.flags.syn) == 8
        len(tcp.flags.syn) == 1
        len(tcp.port) == 2
        len(ip.ttl) == 1
        len(frame.len) == 4
        len(frame.time) == 16
        len(frame.time_delta) == 16
        len(tcp.analysis.acks_frame) == 4
        len(eth.src) == 6
        len(ip.src) == 4
        len(ipv6.src) == 16
        len(tcp.analysis.flags) == 0
        len(tcp.payload) == 77
        len(http.request.method) == 3
        len(tcp.window_size_scalefactor) == 4
        tcp contains "GET"
        tcp contains "HTTP"
        ip contains "GET"
        eth contains "GET"
        eth[14] == 45
        eth[100] == 00
        eth[13:2] == 00:45
        ip[40:1] == 00
        tcp[40:] contains "T"
        tcp[32:3] == "GET"
        http[0:3] == "GET"
        eth == 00:0c:29:1f:a7:55:00:0c:29:d3:46:dd:08:00
        frame.protocols == "eth:ethertype:ip:tcp"
        frame.protocols contains "http"
        frame.protocols matches "http$"
        frame.protocols > "eth"
        frame.protocols[0:3] == "eth"
        frame.protocols[0:3] == 65:74:68
        frame.protocols[-3:] == "tcp"
        upper(frame.protocols) contains "TCP"
        upper(frame.protocols)[0:3] == "ETH"
        frame.protocols == eth
        frame.protocols contains tcp
        frame.protocols contains xyz
        frame.protocols == frame.protocols
        frame.protocols contains frame.protocols
        string(tcp.port) == "80"
        string(tcp.flags) == "0x0002"
        string(tcp.flags) == "2"
        string(tcp.flags) matches "^0x"
        string(ip.src) == "172.16.16.140"
        string(ipv6.src) == "2001:db8:1:2::1002"
        string(eth.src) == "00:0c:29:d3:46:dd"
        string(frame.len) == "74"
        string(ip.ttl) == "64"
        string(tcp.checksum) matches "^0x"
        string(eth.type) == "0x0800"
        string(eth.type) == "2048"
        string(tcp.window_size_scalefactor) == "128"
        string(tcp.analysis.acks_frame) == "4"
        count(tcp) == 1
        count(tcp.options.wscale)
        count(eth.addr) == 2
        count(nosuch) == 1
        ip.src == 172.16.16.140
        ip.src == 172.16.0.0/16
        ip.src == 172.16.99.99/16
        ip.src != 172.16.0.0/16
        ip.src > 172.16.0.0/16
        ip.src >= 172.16.0.0/16
        ip.src < 172.17.0.0/16
        ip.src > 172.16.16.139
        ip.src & 255.255.0.0 == 172.16.0.0
        ip.src & 0.0.0.1
        ip.src[3] == 8c
        ip.src[0:2] == ac:10
        ipv6.src == 2001:db8::/32
        ipv6.src == 2001:db8::/31
        ipv6.src > 2001:db8::
        ipv6.src > 2001:db8::/32
        ipv6.src & ffff:: == 2001::
        ipv6.src[0:2] == 20:01
        ipv6.src == ::/0
        eth.src[0:3] == 00:0c:29
        eth.src contains 29:d3
        eth.src matches "\x29"
        eth.src & ff:ff:ff:00:00:00 == 00:0c:29:00:00:00
        eth.src == tcp.payload
        tcp.payload == eth.src
        tcp.payload[0:3] == "GET"
        tcp.payload[0:3] == GET
        tcp.payload > eth.src
        tcp.payload & ff
        tcp.payload == ""
        eth.src == eth.dst
        eth.addr == eth.src
        eth.addr != eth.src
        eth.addr === eth.src
        eth.addr !== eth.src
        ip.proto == 6
        ip.proto == tcp
        ip.proto == Tcp
        ip.proto > "ICMP"
        ip.proto in {"TCP", "UDP"}
        ip.proto in {ICMP .. TCP}
        ip.proto == "xyz"
        ip.proto contains "T"
        ip.proto == "TCP" + 1
        ip.proto == TCP + 1
        ip.proto & TCP
        ip.version == 4 and ip.hdr_len == 20
        tcp.flags == 0x002
        tcp.flags & 0x02
        tcp.flags.syn == "set"
        tcp.flags.syn == Not
        tcp.flags.syn
        !tcp.flags.syn
        tcp.flags.syn == tcp.flags.ack
        tcp.flags.syn < tcp.flags.ack
        tcp.flags.syn == tcp.len
        tcp.len == tcp.flags.syn
        tcp.flags.syn in {1 .. 5}
        tcp.flags.syn == 'a'
        tcp.analysis.acks_frame == frame.number
        tcp.analysis.acks_frame == 4
        tcp.analysis.acks_frame + 1 == frame.number
        frame.number % 2 == 1
        frame.number - tcp.analysis.acks_frame == 1
        tcp.srcport == 80 || tcp.dstport == 80 && ip
        tcp.port > 100
        all tcp.port > 100
        tcp.port < 100
        all tcp.port < 100
        tcp.port <= 80
        tcp.port != 80
        tcp.srcport < tcp.dstport
        80 == 80
        80
        "abc"
        'a'
        :80
        80 and tcp
        tcp == "abc"
        tcp.
        .tcp
        .tcp.port
        .tcp.port == 80 and .tcp
        max(tcp.srcport, tcp.dstport) == 53350
        min(tcp.srcport, tcp.dstport) == 80
        min(tcp.port) == 80
        max(tcp.port) == 53350
        max(tcp.port) == min(tcp.port)
        max(frame.time_delta) > 1
        max(ip.src, ip.dst) == 172.16.16.140
        max(eth.src, eth.dst) == 00:0c:29:d3:46:dd
        max(ip.src, tcp.port) == 1
        max(udp.port, tcp.port) == 53350
        max(udp.srcport, udp.dstport) == 53
        max(tcp.srcport + 1, tcp.dstport) == 53351
        max(tcp.srcport, tcp.dstport) - 1 == 53349
        abs(frame.time_delta - 1) > 0.5
        abs(-frame.len) == 74
        abs(tcp) == 1
        { tcp.srcport + tcp.dstport } / 2 == 26715
        tcp.srcport + tcp.dstport / 2 == 26755
        tcp.srcport - 1 - 1 == 78
        tcp.srcport * 2 + 1 == 161
        tcp.srcport + 1 * 2 == 82
        tcp.srcport & 0xff + 1
        tcp.srcport == 80 == 80
        tcp.srcport > 10 > 5
        tcp.dstport > tcp.srcport > 10
        tcp.dstport == 80 != 81
        frame.len in {74, 66} and not tcp.port in {443}
        frame[100000]
        frame[0]
        frame[60:4]
        tcp.payload[0]
        http.host[0]
        tcp.port[0]
        all tcp.port > tcp.srcport > 1
        any tcp.port > tcp.srcport > 1
        all tcp.srcport <= tcp.port <= tcp.port
        tcp.srcport <= tcp.port <= tcp.port
        all tcp.port >= 80 == tcp.port
        frame.protocols == :ab
        eth.src == :00:0c:29:d3:46:dd
        eth.src == 000c29d346dd
        eth.src == 000c.29d3.46dd
        eth.src == 00-0c-29-d3-46-dd
        eth.src == 0:c:29:d3:46:dd
        eth.src == 0-c-29-d3-46-dd
        eth.src == 0.c.29.d3.46.dd
        eth.src == 00:0c:29:d3:46:dd:00
        eth.src contains :29
        ${frame.number}
        frame.number == ${frame.number}
        $frame.number
        frame.len == 1e999
        tcp.port == 'a' + 1
        max(frame[0]) == 1
        max("a") == 1
        max(frame.protocols, "a") == "a"
        max(frame.protocols) == "a"
        max(frame.protocols) contains "e"
        max(frame.protocols)[0] == "e"
        max(tcp.port, 'a') == 80
        {frame[0]} == 00
        -frame[0] == 1
        frame[0] + 1 == 2
        tcp.port == frame[0]
        frame[0] == tcp.port
        frame[12:2] == eth.type
        ip.src & 255.0.0.0 == eth.src[0:3]
        ip.src == eth.src[0:4]
        frame[26:4] == ip.src
        ip.src == frame[26:4]
        ip.src == frame[26-29]
        frame.protocols == frame[0:3]
        frame[0:6] == eth.dst
        eth.dst == frame[0:6]
        eth == frame[0:14]
        frame[0:14] == eth
        frame[0:3] == eth.dst[0:3]
        frame[0:3] == upper(frame.protocols)
        upper(frame.protocols) == frame[0:3]
        frame[0:3] == len(frame)
        len(frame) == frame[0:3]
        len(frame) == frame.len
        len(frame) == tcp.port
        len(frame) == "74"
        len(frame) == 0x4a
        len(frame) == 'J'
        len(frame) == -5
        len(frame) == len(frame)
        len(frame) == string(frame.len)
        len(frame) > 70 and len(frame) < 80
        len(frame) + 1 == 75
        len(frame) & 1
        count(eth.addr) + 1 == 3
        upper(frame.protocols) == ETH
        upper(frame.protocols) == 123
        upper(frame.protocols) == 'A'
        upper(frame.protocols) matches "ETH"
        upper(frame.protocols) in {"A"}
        upper(frame.protocols) == lower(frame.protocols)
        upper(frame.protocols) == frame.protocols
        frame.protocols == upper(frame.protocols)
        frame.protocols == len(frame)
        frame.protocols contains upper(frame.protocols)
        frame.protocols contains lower(frame.protocols)
        frame.protocols contains frame[0:1]
        frame contains frame.protocols
        frame contains eth
        frame contains eth.src
        frame contains eth.src[0:3]
        frame[0:20] contains eth.src
        frame[0:20] contains eth.src[0:3]
        frame contains upper(frame.protocols)
        eth.src contains eth.dst
        eth.src contains "a"
        eth.src[0:3] contains 0c
        eth.src contains 0
        tcp.payload contains "GET /"
        tcp.payload contains frame.protocols
        frame[0:2] & 0001 == 00:00
        frame[0:2] & eth.src
        frame[0:2] & eth.src[0:2] == 00:0c
        eth.src & eth.dst == 00:0c:29:13:06:55
        ip.src & ip.dst == 172.16.16.136
        ip.src & frame[0]
        frame[0] & ip.src
        tcp.port & tcp.seq
        tcp.flags & tcp.flags.syn
        tcp.flags + tcp.flags.syn == 4
        tcp.flags.syn + 1 == 2
        tcp.seq + frame.time_delta > 1
        frame.time_delta + tcp.seq > 1
        frame.time_delta == frame.time_relative
        frame.time_delta == frame.time
        frame.time_epoch == frame.time
        frame.time == frame.time
        frame.time > "2015-11-22 17:58:15"
        frame.time > "Nov 22, 2015 17:58:15 UTC"
        not not not tcp
        !(!(tcp))
        ((((tcp))))
        ((tcp) and (udp or (tcp)))
        tcp and (udp
        tcp and not
        tcp not in {80}
        tcp.port not in {80} and tcp
        tcp.port not 80
        tcp.port not contains "a"
        not in {80}
        tcp.port in {80} in {80}
        tcp.port == 80 tcp
        tcp.port == == 80
        == 80
        tcp.port ==
        tcp.port 80
        tcp.port==80
        tcp.port==80&&tcp
        tcp.port==80||udp
        tcp.port>=80
        tcp.port<80
        !tcp.port==80
        tcp.port!=80
        tcp.port !80
        tcp.port=80
        80==tcp.port
        tcp.port== 0x
        tcp.port == 0b
        tcp.port == 0x5g
        tcp.port == 0b12
        tcp.port == 080
        tcp.port == 1_000
        tcp.port == 1,000
        tcp.port == 1.0
        tcp.port == 1e2
        tcp.port == +80
        tcp.port == + 80
        tcp.port == - 80
        tcp.port == ++80
        tcp.port == -+80
        tcp.port == -{80}
        tcp.port == +{80}
        -{tcp.port} == -80
        -(tcp.port) == 80
        tcp.port == {80
        tcp.port == 80}
        tcp.port == {}
        {}
        {tcp.port == 80}
        {tcp.port} == 80
        {tcp.port} contains "a"
        {frame} contains 00
        +frame contains 00
        +frame.len == 74
        +tcp
        - tcp.len
        -tcp.len
        tcp 2010-01-01T00:00:00
        tcp 10/8
        tcp 10.0.0.0/8
        tcp 10.0.0.0/888
        tcp sneezy/24
        tcp 1.2.3
        tcp 1.2.3.4.5
        tcp a.b.c
        tcp a..b
        tcp a.b.
        tcp a.-b
        tcp a-b
        tcp -a
        tcp a/b
        tcp a:b
        tcp :b
        tcp :ab
        tcp :ab:cd
        tcp :ab-cd
        tcp :ab.cd
        tcp :ab.cd.ef:gg
        tcp :foo-bar.x
        tcp :foo/bar
        tcp ::foo
        tcp ::1
        tcp ::
        tcp ::/64
        tcp 1::2/64
        tcp 1:2:3:4:5:6:7:8
        tcp 1:2:3:4:5:6:7:8:9
        tcp 01:02:03
        tcp 01:02:03:
        tcp 01:
        tcp 01:2
        tcp 1:02
        tcp 01-02-03
        tcp 01.02.03
        tcp 01.02.3
        tcp 0102.0304.0506
        tcp 0102.0304
        tcp 00:11:22:33:44:55:66
        tcp 00:11:22:33:44:5
        tcp 0x10
        tcp 0x10zz
        tcp 0xzz
        tcp 1e5
        tcp 1e-5
        tcp 1.5e-5
        tcp 1.5
        tcp 0.5
        tcp .5
        tcp .a
        tcp .a.b
        tcp ..a
        tcp .a-b
        tcp .
        tcp <
        tcp <a>
        tcp <ab.cd>
        tcp a_b
        tcp _a
        tcp $a
        tcp ${a}
        tcp #1
        tcp a#1
        tcp "abc"
        tcp "a\x41"
        tcp r"abc"
        tcp R"abc"
        tcp 'a'
        tcp 'ab'
        tcp ''
        tcp '\n'
        tcp '\x41'
        tcp '\101'
        tcp '\400'
        tcp '\q'
        tcp "\q"
        tcp "\400"
        tcp "\x"
        tcp "\u00e9"
        tcp "\u00"
        tcp "\U000000e9"
        tcp "abc
        tcp 'a
        tcp a"b"
        tcp xr"b"
        tcp 5r"b"
        tcp ar"b"
        tcp ~
        tcp ~=
        tcp =
        tcp ===
        tcp ====
        tcp !==
        tcp !===
        tcp <>
        tcp ><
        tcp >=
        tcp =>
        tcp =<
        tcp &&&
        tcp |||
        tcp |
        tcp ^
        tcp ;
        tcp ?
        tcp \
        tcp é
        tcp `
        tcp @
        tcp @a
        tcp [0]
        tcp[0]
        tcp[]
        tcp[0
        tcp[0]]
        tcp{
        tcp }
        tcp ,
        tcp anyeq
        tcp any_eq
        tcp any
        tcp ANY
        tcp AND
        tcp And
        tcp eq
        tcp EQ
        tcp in
        tcp notin
        tcp bitwise_and
        tcp contains
        tcp CONTAINS
        tcp smaller
        tcp 9p
        tcp 999
        tcp 2001:db8::1
        tcp 2001:db8::/32
        tcp fe80::1%eth0
        tcp ::ffff:1.2.3.4
        tcp ::1.2.3
        tcp 1.2.3.4:80
        tcp 1.2.3.4x
        tcp 256.1.1.1
        tcp 1.2.3.4-5
        tcp 1..2
        tcp 1.2..3
        tcp 1.2.3.4..1.2.3.5
        tcp ab..cd
        tcp 01:02..03:04
        tcp ::1..::2
        tcp -5..5
        tcp ff
        tcp ff:
        tcp ff:ff
        tcp ff-ff
        tcp fff
        tcp gg:gg
        tcp g1:22
        tcp a1:22g
        tcp 11:22g
        tcp 11-22g
        tcp 11.22g
        tcp 1.5.5
        tcp 1.5:5
        tcp +5
        tcp %
        tcp *
        tcp /
        tcp /8
        tcp 5/8
        tcp //
        tcp /*x*/
        tcp #
        frame.len / -1 == 0
        frame.len % -100 == 74
        frame.len + -1 == 73
        frame.number - frame.len + frame.len == 1
        ip.ttl - 65 < ip.ttl
        ip.ttl > ip.ttl - 65
        max(ip.ttl - 65, ip.ttl) == 64
        ip.src & 0.0.0.0/0 == 1.2.3.4
        tcp.options > 'G'
        tcp.options le "GET"
        eth.dst < eth.addr[2:]
        ip > http[0,2]
        all ip.addr in {ip.src, 10.0.0.1 .. 172.16.16.140}
        all eth.addr in {eth.addr}
        ip.src le min(ip.addr, 172.16.0.0/16)
        eth.addr ne max(000c.291f.a755 & eth.addr, eth.src bitwise_and eth.src)[-3:2]
        tcp.options in {tcp.options,tcp.payload .. tcp.payload[-1]}
        ip.src[:3] != ip.src bitwise_and ip.addr
        """);

    /// <summary>For packets of a few octets.</summary>
    internal static IReadOnlyList<string> Octets { get; } = Lines("""
        frame == 1
        frame == 01
        frame == 001
        frame == 0001
        frame == 65535
        frame == 1.5
        frame == 1-5
        frame == 1.05
        frame == 01.05
        frame == abc
        frame == 1e-3
        frame == 1e3
        frame == 0e13
        frame == 10.0.0.1
        frame == 0x47
        frame == :47
        frame == :47:45
        frame == 4745
        frame == "G"
        frame == 'G'
        frame == 'a'
        frame == '\xff'
        frame == '\0'
        frame == "\x00"
        frame == "\0"
        frame == "a\x00"
        frame == ""
        frame == "é"
        frame == "\u00e9"
        frame == "\xe9"
        frame[0] == 47
        frame[0] == 0x47
        frame[0] == "G"
        frame[0] == 'G'
        frame[0:2] == :47:45
        frame[0:2] == 4745
        frame[1] == 45
        frame[1:] == 45
        frame[1:5] == 45
        frame[1] == ""
        frame[0] == ""
        frame[5] == ""
        frame[5:] == ""
        frame[-1] == 45
        frame[-2] == 47
        frame[-3] == 47
        frame[-3:2] == 47
        frame[-2:] == 47:45
        frame[-2--1] == 47:45
        frame[-5--1] == 47:45
        frame[-2:1] == 47
        frame[0,1] == 47:45
        frame[1,0] == 45:47
        frame[0-1] == 47:45
        frame[0-5] == 47:45
        frame[0,5] == 47
        frame[0:1,1:1] == 47:45
        frame[0:] == 47:45
        frame[:1] == 47
        frame[:] == 47
        frame[:5] == 47
        frame[:5] == 47:45
        frame > 47
        frame > 47:44
        frame < 47
        frame >= 47:45
        frame > "G"
        frame[0] > 47
        frame[0] & 0f
        frame[0] & 0x0f == 07
        frame[0:2] & 0f
        frame[0:2] & 0f:0f == 07:05
        frame & 0f
        frame contains 45
        frame contains ""
        frame matches ""
        frame contains frame
        frame contains frame[1:1]
        frame matches "^G.$"
        frame matches "g"
        frame matches "(?-i)g"
        frame matches "\xe9"
        frame matches r"\xe9"
        frame matches "é"
        frame matches "a\x00"
        frame matches r"a\0"
        frame matches "^.$"
        frame matches "^..$"
        frame matches r"\x00$"
        frame matches "\n"
        frame matches "$"
        frame matches "É"
        len(frame) == 2
        len(frame) == 0
        frame.len == 2
        frame.time == "2020-01-01 00:00:03"
        frame.time == "2020-01-01 00:00:03.003"
        frame.time == "2020-01-01 00:00:03.003 UTC"
        frame.time == "2020-01-01T00:00:03.003Z"
        frame.time == "2020-01-01T01:00:03.003+01:00"
        frame.time == "2020-01-01 01:00:03.003+01:00"
        frame.time == "2020-01-01 01:00:03.003 +01:00"
        frame.time == "2020-01-01 01:00:03.003+0100"
        frame.time == "2020-01-01 01:00:03.003+01"
        frame.time == "2020-01-01 00:00:03.003Z"
        frame.time == "2020-01-01 00:00:03.003z"
        frame.time == "Jan  1, 2020 00:00:03.003"
        frame.time == "Jan 1, 2020 00:00:03.003"
        frame.time == "Jan 1, 2020 00:00:03.003 UTC"
        frame.time == "Jan 01, 2020 00:00:03.003000000"
        frame.time == "January 1, 2020 00:00:03.003"
        frame.time == "jan 1, 2020 00:00:03.003"
        frame.time == "Jan 1,2020 00:00:03.003"
        frame.time == "Jan 1 2020 00:00:03.003"
        frame.time > "Jan 1, 2020 00:00"
        frame.time > "Jan 1, 2020"
        frame.time > "Jan 40, 2020 00:00:00"
        frame.time > "2020-13-01"
        frame.time > "2020-02-30"
        frame.time > "2020-1-1"
        frame.time > "20200101"
        frame.time > "20200101T000005"
        frame.time > "20200101T000005Z"
        frame.time > "2020-01-01T00:00:05.5"
        frame.time > "2020-01-01 00:00:05,5"
        frame.time > "2020-01-01 24:00:00"
        frame.time > "2020-01-01 23:59:60"
        frame.time > "2020-01-01 00:00:5"
        frame.time > "2020-01-01 00"
        frame.time > "2020-01"
        frame.time > "2020"
        frame.time > "2020-01-01  00:00:05"
        frame.time > "2020-01-01 00:00:05 "
        frame.time > " 2020-01-01 00:00:05"
        frame.time > "2020-01-01 00:00:05 GMT"
        frame.time > "2020-01-01 00:00:05 utc"
        frame.time > "2020-01-01 00:00:05.1234567890"
        frame.time > "2020-01-01 00:00:05."
        frame.time > "1969-01-01"
        frame.time > "0000-01-01"
        frame.time > "9999-01-01"
        frame.time > ""
        frame.time == ""
        frame.time > "1577836805"
        frame.time > "1577836805.5"
        frame.time > 2020-01-01
        frame.time > 2020-01-01T00
        frame.time > 2020-01-01T00Z
        frame.time > 'a'
        frame.time_epoch == 1577836803.003
        frame.time_epoch > "2020-01-01"
        frame.time_delta == 1.001
        frame.time_delta == 1.001000000
        frame.time_delta == 1.0010000000
        frame.time_delta == 1.001000000abc
        frame.time_delta == 1abc
        frame.time_delta == 1.abc
        frame.time_delta == 0
        frame contains "a" "b"
        frame == 1.-5
        frame == 1--5
        frame == a.b.c-d
        frame == 1-2.3
        frame == ab-
        frame == ab.
        frame == a-
        frame == 12-34-5
        frame == 123-45
        frame == 1234-5
        frame == 12.345
        frame == a_b
        frame == a1
        frame == a1g
        frame == 0x1
        frame == 0x123
        frame == 0xab
        frame == 0xAB
        frame == 0Xab
        frame == 0x
        frame contains 0xab
        frame contains 0xabcd
        frame contains 1
        frame contains -1
        frame contains +1
        frame contains - 1
        frame contains frame + 1
        frame[0] contains "a"
        frame[0] matches "a"
        frame matches "("
        frame matches "["
        frame matches "a{2"
        frame matches "a{2,1}"
        frame matches "*"
        frame matches "a**"
        frame matches "a++"
        frame matches "(?<n>a)\\k<n>"
        frame matches "(a)\\1"
        frame matches "\\d"
        frame matches "[[:alpha:]]"
        frame matches "[[:foo:]]"
        frame matches "\\Qa.b\\E"
        frame matches "(?i)a"
        frame matches "(?x) a "
        frame matches "(?#c)a"
        frame matches "(?=a)a"
        frame matches "(?<=a)b"
        frame matches "(?<=a+)b"
        frame matches "(?R)"
        frame matches "\\x{41}"
        frame matches "\\x{100}"
        frame matches "\\x{fffff}"
        frame matches "\\u0041"
        frame matches "\\p{L}"
        frame matches "\\pL"
        frame matches "\\p{Lu}"
        frame matches "\\p{l_u}"
        frame matches "\\P{Lu}"
        frame matches "\\p{^Lu}"
        frame matches "\\P{^Lu}"
        frame matches "\\p{L&}"
        frame matches "\\p{Any}"
        frame matches "\\p{Lt}"
        frame matches "\\P{Lt}"
        frame matches "^\\p{Zs}"
        frame matches "^[\\p{Lu}1]"
        frame matches "^[^\\p{Lu}0]"
        frame matches "[\\p{Nd}\\p{Po}]$"
        frame matches "[\\p{Lt}a]"
        frame matches "^\\p{Ll}+$"
        frame matches "(?i)\\p{Lu}"
        frame matches "\\p{No}?a"
        frame matches "\\p{"
        frame matches "\\p{Xx}"
        frame matches "\\p"
        frame matches "\\X"
        frame matches "\\C"
        frame matches "\\g{1}"
        frame matches "(*UTF)a"
        frame matches "(*ANYCRLF)a"
        frame matches "(?|a|b)"
        frame matches "\\"
        frame matches "\\8"
        frame matches "\\cA"
        frame matches "\\i"
        frame matches "\\y"
        frame matches "\\o{101}"
        frame matches "\\N{U+41}"
        frame matches "a{,3}"
        frame matches "[a-\\d]"
        frame matches "[z-a]"
        frame matches "[]a]"
        frame matches "[^]a]"
        frame matches "]"
        frame matches "}"
        frame matches "{"
        frame matches "a|*"
        frame matches ")"
        frame matches "(?P<n>a)(?P=n)"
        frame matches "(?'n'a)"
        frame matches "(?>a)"
        frame matches "(?(1)a|b)"
        frame matches "(a)?(?(1)a|b)"
        frame matches "\\R"
        frame matches "\\h\\v\\K"
        frame matches "\\Z\\z\\A\\G"
        frame matches "\\e\\a\\f"
        frame matches "\\L"
        frame matches "(?-"
        frame matches "(?J)a"
        frame matches "(?^)a"
        frame matches "(?n)a"
        frame matches "(?i"
        frame matches "(?:a"
        frame matches "a{65536}"
        frame matches "a{1000}{1000}"
        frame matches "(?C)a"
        frame.time > "2020-01-01T00"
        frame.time > "2020-01-01T00:00"
        frame.time > "2020-01-01T"
        frame.time > "2020-01-01 "
        frame.time > "2020-01-01Z"
        frame.time > "2020-01-01 UTC"
        frame.time > "2020-01-01 00:00Z"
        frame.time > "2020-01-01T00:00Z"
        frame.time > "2020-01-01 00:00 UTC"
        frame.time > "2020-01-01T00:00:05 UTC"
        frame.time > "2020-01-01T00:00:05UTC"
        frame.time > "2020-01-01T00:00:05 Z"
        frame.time > "2020-01-01t00:00:05"
        frame.time > "2020-01-01 00:00:05 UTC "
        frame.time > "2020-01-01 00:00:05-05:00"
        frame.time > "2020-01-01 00:00:05+5"
        frame.time > "2020-01-01 00:00:05+24:00"
        frame.time > "2020-01-01 00:00:05+05:60"
        frame.time > "2020-01-01 00:60:05"
        frame.time > "2020-01-01 00:00:61"
        frame.time > "2020-01-01 00:00:62"
        frame.time > "20-01-01"
        frame.time > "02020-01-01"
        frame.time > "2020-001-01"
        frame.time > "2020-01-001"
        frame.time > "2020-01-00"
        frame.time > "2020-00-01"
        frame.time > "2020-01-32"
        frame.time > "2020/01/01"
        frame.time > "2020-01-01 00:00:05.000000001"
        frame.time > "2020-01-01 00:00:05.abc"
        frame.time > "2020-01-01 00:00:05.12345678901"
        frame.time > "2020-01-01T00:00:05.12345678901"
        frame.time > "2020-01-01T00:00:05."
        frame.time > "2020-01-01T00:00:05,5"
        frame.time > "2020-01-01 0:0:5"
        frame.time > "2020-01-01T0:0:5"
        frame.time > "2020-01-01 00:00:005"
        frame.time > "Jan 1, 2020 0:0:5"
        frame.time > "Jan 1, 20 00:00:05"
        frame.time > "JAN 1, 2020 00:00:05"
        frame.time > "Foo 1, 2020 00:00:05"
        frame.time > "Jan 1, 2020 00:00:05 GMT"
        frame.time > "Jan 1, 2020 00:00:05.5 UTC"
        frame.time > "Jan 1, 2020 00:00:05Z"
        frame.time > "Jan 1, 2020 00:00:05+01:00"
        frame.time > "Jan 1, 2020T00:00:05"
        frame.time > " Jan 1, 2020 00:00:05"
        frame.time > "Jan1,2020 00:00:05"
        frame.time > "now"
        frame.time > " "
        frame contains "\?"
        frame contains "\'"
        frame contains "\e"
        frame contains "\v"
        frame contains "\u12"
        frame contains "\ud800"
        frame contains "\U00110000"
        frame contains "\U0010ffff"
        frame contains "\x4"
        frame contains "\x414"
        frame contains "\0"
        frame contains "\08"
        frame contains "\1234"
        frame contains r"\""
        frame contains r"\\"
        frame contains r"\"
        frame contains r"a\qb"
        frame == '\''
        frame == '"'
        frame == '\"'
        frame == '\\'
        frame == '\x4'
        frame == '\x414'
        frame == '\1'
        frame == '\u0041'
        frame == '\u00e9'
        frame == '\?'
        frame == 'é'
        frame == ' '
        frame == '\x'
        frame.protocols contains ""
        frame.protocols matches ""
        frame[0:1] contains ""
        frame[5:1] matches ""
        frame[5:1] contains ""
        frame.len == 10.0.0.1
        frame.len == 00:11
        frame.len == 0o17
        frame.len == 017
        frame.len == 0x4294967296
        frame.time > "2020-01-01T00:00.5"
        frame matches "[[:]"
        frame matches "[[:fany oo:]$]"
        frame matches "$?a"
        frame matches "a\\b+"
        frame matches "^*a"
        frame matches "\\N{2,}"
        frame matches "[^\\h\\V]"
        """);

    /// <summary>For packets within packets.</summary>
    internal static IReadOnlyList<string> Layers { get; } = Lines("""
        ip.src#1
        ip.src#2
        ip.src#3
        ip#2
        eth#2
        udp.port#1
        udp.port#2
        ip.src#[1]
        ip.src#[2]
        ip.src#[3]
        ip.src#[-1]
        ip.src#[-2--1]
        ip.src#[-3--2]
        ip.src#[-3:2]
        ip.src#[-2]
        ip.src#[-3]
        ip.src#[0]
        ip.src#[0:2]
        ip.src#[1-2]
        ip.src#[2-3]
        ip.src#[2:]
        ip.src#[3:]
        ip.src#[:1]
        ip.src#[:2]
        ip.src#[:]
        ip.src#[1,2]
        ip.src#[1,3]
        ip.src#[-1:1]
        ip.src#[2:1]
        ip.src#[0-1]
        ip.src#[0-0]
        ip.src#[1-1]
        ip.src#[2-2]
        ip.src#0
        ip.src#01
        ip.src#1#2
        ip.src#1 == 192.168.203.1
        ip.src#2 == 192.168.203.1
        ip.src#1 == 192.168.203.5
        ip.src#2 == 192.168.203.5
        ip.src#1 == 192.168.203.1 and ip.src == 192.168.203.5
        ip.src == 192.168.203.5 and ip.src#1 == 192.168.203.1
        ip.src#1 != ip.src#2
        ip.src#1 == ip.src#2
        ip.src#1[0] == c0
        ip.src[0]#1 == c0
        count(ip.src#1) == 1
        count(ip.src) == 2
        max(ip.src#1) == 192.168.203.1
        string(ip.src#2) matches "5$"
        ip.src#2 in {192.168.203.5}
        ip.src#1 & 255.0.0.0
        -ip.ttl#1 == -64
        ip.src# 1
        ip.src#
        ip.src#1x
        ip.src#[
        ip.src#[1
        ip.src#99999999999
        ip.src#[a]
        nosuch#1
        80#1
        ip.src #1
        ip.src#1 and udp
        frame#1
        frame#2
        frame.number#1 == 1
        eth.src#2 == eth.src#1
        ip.addr#2
        """);

    /// <summary>Values that are compared with fields of every type.</summary>
    internal static IReadOnlyList<string> Values { get; } = Lines("""
        1
        0
        -1
        +1
        01
        08
        0x1
        0X1
        0b1
        0B1
        0x100
        0x1ff
        255
        256
        65535
        65536
        16777216
        4294967295
        4294967296
        18446744073709551615
        18446744073709551616
        -128
        -129
        -2147483648
        -9223372036854775808
        -9223372036854775809
        1.5
        -1.5
        1e3
        1e-3
        1.5e-5
        0x1.8
        inf
        nan
        infinity
        True
        TRUE
        False
        true
        FALSE
        "True"
        "1"
        ""
        "a"
        "00:11:22:33:44:55"
        "10.0.0.1"
        "2020-01-01 00:00:00"
        "2020-01-01"
        2020-01-01
        'a'
        '\0'
        '\xff'
        00:11:22:33:44:55
        00:11:22
        00:
        :00
        :00:11
        00-11
        00.11
        00.1
        0011
        001
        00:11:22:33:44:55:66
        0011.2233.4455
        10.0.0.1
        10.0.0.1/8
        10.0.0.0/0
        fe80::1
        fe80::/10
        ::
        1:2:3:4:5:6:7:8
        ff
        abc
        a.b
        a-b
        a_b
        xyz
        0xzz
        0b2
        1x
        9p
        -abc
        -ff
        -0x1
        --1
        1.2.3
        1.5.5
        :abc
        :a-b
        :1
        r"a\b"
        "a\x00b"
        """);

    /// <summary>
    /// Where netwhy knowingly differs: an alias of its own; protocols that only Wireshark knows (nan, ff, 9p); errors of Wireshark
    /// with durations above 2^32 seconds, negative fractions of a second, fractions beyond nanoseconds, years long gone and the
    /// end of a range of layers; references to a selected packet; and patterns that .NET cannot say, or can besides.
    /// </summary>
    internal static IReadOnlyList<string> Differences { get; } = Lines("""
        tcp.analysis.reset
        frame.number == ${frame.number}
        tcp == nan
        tcp == 9p
        frame.protocols == nan
        frame.protocols == ff
        frame.protocols == 9p
        tcp.payload == ff
        tcp.payload & ff
        frame.time_delta > 99999999999999999999
        frame.time_delta == 4294967296
        frame.time_delta == -9223372036854775808
        abs(frame.time_delta - 1) > 0.5
        frame.time > "2020-01-01 00:00:05.1234567890"
        frame.time > "2020-01-01 00:00:05.12345678901"
        frame.time > "2020-01-01T00:00:05.12345678901"
        frame.time > "0000-01-01"
        frame.time > "9999-01-01"
        frame.time > "20-01-01"
        frame.time > "Jan 1, 20 00:00:05"
        frame matches "(?<=a+)b"
        frame matches "(?R)"
        frame matches "(*ANYCRLF)a"
        """);

    private static string[] Lines(string text) => text.Split('\n');
}
