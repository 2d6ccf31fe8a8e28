namespace NetWhy.Tools.Tshark;

/// <summary>The names of Wireshark's preferences: one that is none is a slip of the pen. Source: tshark -G defaultprefs, version 4.0.</summary>
internal static class TsharkPreferences
{
    // Those of protocols that are read here, and of what is common to all.
    private const string Names = """
        arp.detect_duplicate_ips arp.detect_request_storms arp.detect_storm_number_of_packets arp.detect_storm_period arp.register_network_address_binding data.datapref.newpane
        data.md5_hash data.show_as_text data.uncompress_data dns.desegment_dns_messages dns.retransmission_timer dns.tcp.port dns.udp.port geneve.udp.port mpls.udp.port eth.ccsds_heuristic_bit
        eth.ccsds_heuristic_header eth.ccsds_heuristic_length eth.ccsds_heuristic_version eth.check_fcs eth.deduplicate_dmac eth.fcs eth.interpret_as_fw1_monitor eth.padding
        eth.trailer_length frame.disable_packet_size_limited_in_summary frame.force_docsis_encap frame.generate_bits_field frame.generate_epoch_time frame.generate_md5_hash
        frame.show_file_off http.dechunk_body http.decompress_body http.desegment_body http.desegment_headers http.sctp.port http.tcp.port http.tls.port http2.tcp.port
        icmp.favor_icmp_mpls ip.check_checksum ip.decode_tos_as_diffserv ip.defragment ip.security_flag ip.summary_in_tree ip.try_heuristic_first ip.tso_support ip.use_geoip
        ipv6.defragment ipv6.exthdr_hide_len_oct_field ipv6.exthdr_under_root_protocol_tree ipv6.perform_strict_rpl_srh_rfc_checking ipv6.summary_in_tree ipv6.try_heuristic_first
        ipv6.tso_support ipv6.use_geoip mpls.flowlabel_in_mpls_header mptcp.analyze_mappings mptcp.analyze_mptcp mptcp.intersubflows_retransmission
        mptcp.relative_sequence_numbers nameres.dns_pkt_addr_resolution nameres.hosts_file_handling nameres.load_smi_modules nameres.mac_name nameres.name_resolve_concurrency
        nameres.network_name nameres.ss7_pc_name nameres.suppress_smi_errors nameres.transport_name nameres.use_custom_dns_servers nameres.use_external_name_resolver
        nameres.vlan_name ppp.default_proto_id ppp.fcs_type protocols.display_byte_fields_with_spaces protocols.display_hidden_proto_items
        protocols.enable_incomplete_dissectors_check protocols.strict_conversation_tracking_heuristics quic.reassemble_crypto_out_of_order quic.udp.port
        statistics.st_burst_resolution statistics.st_burst_showcount statistics.st_burst_windowlen statistics.st_enable_burstinfo statistics.st_sort_casesensitve
        statistics.st_sort_defcolflag statistics.st_sort_defdescending statistics.st_sort_rng_fixorder statistics.st_sort_rng_nameonly statistics.st_sort_showfullname
        statistics.update_interval tcp.analyze_sequence_numbers tcp.bif_seq_based tcp.calculate_timestamps tcp.check_checksum tcp.default_window_scaling tcp.desegment_tcp_streams
        tcp.display_process_info_from_ipfix tcp.dissect_experimental_options_rfc6994 tcp.fastrt_supersedes_ooo tcp.ignore_tcp_timestamps tcp.no_subdissector_on_error
        tcp.read_seq_as_syn_cookie tcp.reassemble_out_of_order tcp.relative_sequence_numbers tcp.summary_in_tree tcp.track_bytes_in_flight tcp.try_heuristic_first tls.debug_file
        tls.desegment_ssl_application_data tls.desegment_ssl_records tls.ignore_ssl_mac_failed tls.keylog_file tls.keys_list tls.psk udp.calculate_timestamps udp.check_checksum
        udp.ignore_ipv6_zero_checksum udp.process_info udp.summary_in_tree udp.try_heuristic_first vlan.priority_drop vlan.qinq_ethertype vlan.summary_in_tree vlan.version
        vxlan.udp.port websocket.decompress websocket.text_type
        """;

    // What other preferences begin with.
    private const string Modules = """
        2dparityfec 6lowpan acf-can acn adb_cs adb_service adwin aeron afs aim alc alcap amqp amr ansi_a_bsmap ansi_map ansi_tcap aol aprs asterix at atm atp autosar-nm ax25_kiss
        ax25_nol3 batadv beep ber bgp bitcoin bittorrent blip bmp bpv7 bssap bt-utp bta2dp btbnep bthci_acl bthci_iso bthcrp bthfp bthid bthsp btle btrfcomm btsap btsnoop btvdp
        bzr c1222 camel can capture capwap cast cattp ccsds cesoeth cflow cfp chdlc cigi cip cipm clnp cmp communityid console cops corosync_totemnet cotp couchbase cp2179 cpfi
        db-lsp dccp dcerpc dcom dct2000 dhcp dhcpfo dhcpv6 diameter dicom distcc djiuav dlep dmp dmx_chan dnp3 docsis dof doip dpp drda dsi dtls dvb-ci dvb-s2_modeadapt
        dvb-s2_table dvmrp ecpri edonkey enip enttec epl erf esp etag etch evrc evs exec extcap f5ethtrailer fc fcip fddi file-pcap file-pcapng fix flexray fmp forces fp fp_mux
        fr ftp-data fw1 gadu-gadu gearman ged125 giop git gmhdr gmtrailer gnw gquic grpc gryphon gsm-r-uus1 gsm_a gsm_abis_oml gsm_abis_pgsl gsm_abis_rsl gsm_ipa gsm_map gsm_sms
        gsm_sms_ud gsm_um gss-api gsup gtp gtpv2 gui h225 h245 h248 h501 hart_ip hcrt hl7 hpfeeds hzlcst icep idmp iec60870_101 ieee8021ah ifcp ilp imap inap infiniband ipdc ipdr
        ipmi ippusb iscsi isdn iser ismacryp isns iso10681 iso15765 iso8583 isobus isup itdm iua iuup iwarp_ddp_rdmap ixiatrailer json jxta kafka kerberos kip kpasswd kt l2tp
        lapd lapdm laplink lbmc lbmpdm_tcp lbmr lbmsrs lbtrm lbtru lbttcp ldap ldp lg8979 llcgprs lldp llt lmp log3gpp logcat lte_rrc lwapp lwl4 lwm m2pa m2ua m3ua mac mac-lte
        mac-nr mate mbim mbrtu mbtcp mcpe mdshdr megaco memcache mgcp mime_multipart mle modbus mp mpeg_dsmcc mpeg_sect mplspwatmaal5sdu mplspwatmn1cw mq mqpcf mqtt msrp mtp2
        mtp3 mysql nas-5gs nas-eps nasdaq_itch nasdaq_soup nbap nbd nbss ncp ndmp ndps netbios netsync nfs ngap nhrp nlm nr-rrc ntlmssp nvme-rdma nvme-tcp oer olsr opa openflow
        opensafety opensafety_udp openvpn openwire opsi oran_fh_cus osi ossp p_mul papi pcli pdcp-lte pdcp-nr per pfcp pflog pgm pim pkcs12 pn532 pn_io pn_rt pop ppi pppoed
        protobuf ptp ptpip pvfs q931 q932 quake3 radiotap radius ranap rdt reload resp rip rlc rlc-lte rlc-nr rpc rpcap rpkirtr rrc rsh rsvp rsync rtcp rtmpt rtp rtpproxy rtps
        rtse rtsp s1ap s5066dts s5066sis sametime sasp sccp scsi sctp scylla sdh sdp selfm ses sflow sigcomp signal_pdu simulcrypt sip skinny slsk smb smb2 smb_direct sml smp
        smpp smtp sna snmp snort solaredge someip someipsd soupbintcp spdy sprt srtcp srvloc sscop ssh ssyncp starteam stp stt stun sua sv t38 tacplus tali tcap tcpcl tcpros
        tdmoe tdmop tds tecmp tetra tftp thread thrift tibia time tipc tns tpkt tpncp tr transum tte ua3g uasip uaudp ucp udpcp udplite ulp uma usb usbll vnc vrrp vrt
        vssmonitoring wbxml wg wimaxasncp winsrepl wlan wlan_radio wmx wow wpan x11 x25 x2ap xml xmpp xnap xot yami ymsg z3950 zbee_aps zbee_nwk
        """;

    /// <summary>Whether a preference is one of Wireshark's; of protocols that are not read here, only the first part of the name is looked at.</summary>
    /// <param name="name">Its name.</param>
    internal static bool IsKnown(string name)
    {
        HashSet<string> names = Words(Names);
        int dot = name.IndexOf('.', StringComparison.Ordinal);
        string current = name.StartsWith("ssl.", StringComparison.Ordinal) ? $"tls{name[dot..]}" : name;
        if (names.Contains(current))
            return true;
        if (dot <= 0 || dot == name.Length - 1)
            return false;
        string module = current[..current.IndexOf('.', StringComparison.Ordinal)];
        return !names.Any(known => known.StartsWith($"{module}.", StringComparison.Ordinal)) && (Words(Modules).Contains(module) || IsPort(name[(dot + 1)..]));
    }

    // Protocols that have no other preference have those.
    private static bool IsPort(string rest) => rest is "tcp.port" or "udp.port" or "sctp.port";

    private static HashSet<string> Words(string text) => new(text.Split((char[])[' ', '\n'], StringSplitOptions.RemoveEmptyEntries), StringComparer.Ordinal);
}
