using NetWhy.Analysis.Fields;

namespace NetWhy.Analysis.Dissection;

/// <summary>The fields of TLS. Source: Wireshark's display filter reference.</summary>
internal static class TlsFields
{
    internal static readonly FieldGroup Group = new("tls", "Transport Layer Security");

    // Records.
    internal static readonly Field Record = Group.None("record", "Record Layer");
    internal static readonly Field ContentType = Group.Unsigned("record.content_type", "Content Type", 8, ValueNames.TlsContent);
    internal static readonly Field OpaqueType = Group.Unsigned("record.opaque_type", "Opaque Type", 8, ValueNames.TlsContent);
    internal static readonly Field RecordVersion = Group.Hexadecimal("record.version", "Version", 16, TlsNames.Version);
    internal static readonly Field RecordLength = Group.Unsigned("record.length", "Length", 16);
    internal static readonly Field ApplicationData = Group.Octets("app_data", "Encrypted Application Data");
    internal static readonly Field ApplicationProtocol = Group.Text("app_data_proto", "Application Data Protocol").Generated();
    internal static readonly Field ChangeCipherSpec = Group.None("change_cipher_spec", "Change Cipher Spec Message");
    internal static readonly Field Resumed = Group.Finding("resumed", "This session reuses previously negotiated keys (Session resumption)", Severity.Note);
    internal static readonly Field Alert = Group.None("alert_message", "Alert Message");
    internal static readonly Field AlertLevel = Group.Unsigned("alert_message.level", "Level", 8, ValueNames.TlsAlertLevel);
    internal static readonly Field AlertDescription = Group.Unsigned("alert_message.desc", "Description", 8, ValueNames.TlsAlert);
    internal static readonly Field Heartbeat = Group.None("heartbeat_message", "Heartbeat Message");
    internal static readonly Field HeartbeatType = Group.Unsigned("heartbeat_message.type", "Type", 8, TlsNames.Heartbeat);
    internal static readonly Field HeartbeatLength = Group.Unsigned("heartbeat_message.payload_length", "Payload Length", 16);
    internal static readonly Field HeartbeatPayload = Group.Octets("heartbeat_message.payload", "Payload Length");
    internal static readonly Field HeartbeatPadding = Group.Octets("heartbeat_message.padding", "Payload Length");
    internal static readonly Field HeartbeatTooLong = Group.Finding("heartbeat_message.payload_length.invalid", "Invalid heartbeat payload length", Severity.Error, ExpertGroup.Malformed);
    internal static readonly Field RecordLengthWrong = Group.Finding("record.length.invalid", "Record fragment length is too small or too large", Severity.Error, ExpertGroup.Protocol);
    internal static readonly Field RecordUnexpected = Group.Finding("unexpected_message", "Unexpected message", Severity.Error, ExpertGroup.Protocol);
    internal static readonly Field RecordUnknown = Group.Finding("ignored_unknown_record", "Ignored Unknown Record", Severity.Warning, ExpertGroup.Protocol);

    // Vectors.
    internal static readonly Field VectorLength = Group.Finding("malformed.vector_length", "Variable vector length is outside the permitted range", Severity.Warning, ExpertGroup.Protocol);
    internal static readonly Field VectorTooLong = Group.Finding("malformed.buffer_too_small", "Malformed message, not enough data is available", Severity.Error, ExpertGroup.Malformed);
    internal static readonly Field TrailingData = Group.Finding("malformed.trailing_data", "Undecoded trailing data is present", Severity.Warning, ExpertGroup.Protocol);

    // Messages of the handshake.
    internal static readonly Field Handshake = Group.None("handshake", "Handshake Protocol");
    internal static readonly Field HandshakeType = Group.Unsigned("handshake.type", "Handshake Message Type", 8, ValueNames.TlsHandshake);
    internal static readonly Field HandshakeLength = Group.Unsigned("handshake.length", "Length", 24);
    internal static readonly PieceFields Pieces = new()
    {
        Data = Group.Octets("segment.data", "TLS segment data"),
        Segments = Group.None("segments", "Reassembled TLS segments").At(0).Generated(),
        Segment = Group.FrameNumber("segment", "Frame").Generated(),
        Count = Group.Unsigned("segment.count", "Segment count", 32).Generated(),
        Length = Group.Unsigned("reassembled.length", "Reassembled PDU length", 32).Generated(),
        Whole = Group.Octets("reassembled.data", "Reassembled PDU data").Generated(),
        Last = Group.FrameNumber("reassembled_in", "Reassembled PDU in frame").Generated(),
    };

    internal static readonly Field MessageIn = Group.FrameNumber("handshake.reassembled_in", "Reassembled Handshake Message in frame").Generated();
    internal static readonly Field Fragments = Group.None("handshake.fragments", "Reassembled Handshake Fragments").Generated();
    internal static readonly Field Fragment = Group.FrameNumber("handshake.fragment", "Handshake Fragment").Generated();
    internal static readonly Field FragmentCount = Group.Unsigned("handshake.fragment.count", "Handshake Fragment count", 32).Generated();
    internal static readonly Field HandshakeVersion = Group.Hexadecimal("handshake.version", "Version", 16, TlsNames.Version);
    internal static readonly Field Random = Group.Octets("handshake.random", "Random");
    internal static readonly Field RandomTime = Group.Time("handshake.random_time", "GMT Unix Time").At(2);
    internal static readonly Field RandomBytes = Group.Octets("handshake.random_bytes", "Random Bytes");
    internal static readonly Field SessionIdLength = Group.Unsigned("handshake.session_id_length", "Session ID Length", 8);
    internal static readonly Field SessionId = Group.Octets("handshake.session_id", "Session ID");
    internal static readonly Field CipherSuitesLength = Group.Unsigned("handshake.cipher_suites_length", "Cipher Suites Length", 16);
    internal static readonly Field CipherSuites = Group.None("handshake.ciphersuites", "Cipher Suites");
    internal static readonly Field CipherSuite = Group.Hexadecimal("handshake.ciphersuite", "Cipher Suite", 16, TlsNames.CipherSuite);
    internal static readonly Field CompressionMethodsLength = Group.Unsigned("handshake.comp_methods_length", "Compression Methods Length", 8);
    internal static readonly Field CompressionMethods = Group.None("handshake.comp_methods", "Compression Methods");
    internal static readonly Field CompressionMethod = Group.Unsigned("handshake.comp_method", "Compression Method", 8, TlsNames.Compression);
    internal static readonly Field ClientPrintWhole = Group.Text("handshake.ja3_full", "JA3 Fullstring").Generated();
    internal static readonly Field ClientPrint = Group.Text("handshake.ja3", "JA3").Generated();
    internal static readonly Field ServerPrintWhole = Group.Text("handshake.ja3s_full", "JA3S Fullstring").Generated();
    internal static readonly Field ServerPrint = Group.Text("handshake.ja3s", "JA3S").Generated();
    internal static readonly Field VerifyData = Group.None("handshake.verify_data", "Verify Data");
    internal static readonly Field VerifyMd5 = Group.None("handshake.md5_hash", "MD5 Hash");
    internal static readonly Field VerifySha1 = Group.None("handshake.sha_hash", "SHA-1 Hash");
    internal static readonly Field KeyUpdate = Group.Unsigned("handshake.key_update.request_update", "Key Update Request", 8, TlsNames.KeyUpdate);
    internal static readonly Field TicketLifetime = Group.Unsigned("handshake.session_ticket_lifetime_hint", "Session Ticket Lifetime Hint", 32).In(" seconds");
    internal static readonly Field TicketAgeAdd = Group.Unsigned("handshake.session_ticket_age_add", "Session Ticket Age Add", 32);
    internal static readonly Field TicketNonceLength = Group.Unsigned("handshake.session_ticket_nonce_length", "Session Ticket Nonce Length", 8);
    internal static readonly Field TicketNonce = Group.Octets("handshake.session_ticket_nonce", "Session Ticket Nonce");
    internal static readonly Field TicketLength = Group.Unsigned("handshake.session_ticket_length", "Session Ticket Length", 16);
    internal static readonly Field Ticket = Group.Octets("handshake.session_ticket", "Session Ticket");
    internal static readonly Field ChosenProtocolLength = Group.Unsigned("handshake.npn_selected_protocol_len", "Selected Protocol Length", 8);
    internal static readonly Field ChosenProtocol = Group.Text("handshake.npn_selected_protocol", "Selected Protocol");
    internal static readonly Field ChosenPaddingLength = Group.Unsigned("handshake.npn_padding_len", "Padding Length", 8);
    internal static readonly Field ChosenPadding = Group.Octets("handshake.npn_padding", "Padding");

    // Certificates.
    internal static readonly Field CertificatesLength = Group.Unsigned("handshake.certificates_length", "Certificates Length", 24);
    internal static readonly Field Certificates = Group.None("handshake.certificates", "Certificates");
    internal static readonly Field CertificateLength = Group.Unsigned("handshake.certificate_length", "Certificate Length", 24);
    internal static readonly Field Certificate = Group.Octets("handshake.certificate", "Certificate");
    internal static readonly Field CertificateContextLength = Group.Unsigned("handshake.certificate_request_context_length", "Certificate Request Context Length", 8);
    internal static readonly Field CertificateContext = Group.Octets("handshake.certificate_request_context", "Certificate Request Context");
    internal static readonly Field CertificateTypeCount = Group.Unsigned("handshake.cert_types_count", "Certificate types count", 8);
    internal static readonly Field CertificateTypes = Group.None("handshake.cert_types", "Certificate types");
    internal static readonly Field CertificateType = Group.Unsigned("handshake.cert_type", "Certificate type", 8, TlsNames.CertificateType);
    internal static readonly Field NamesLength = Group.Unsigned("handshake.dnames_len", "Distinguished Names Length", 16);
    internal static readonly Field Names = Group.None("handshake.dnames", "Distinguished Names");
    internal static readonly Field NamesCut = Group.None("handshake.dnames_truncated", "Tree view truncated").Generated();
    internal static readonly Field NameLength = Group.Unsigned("handshake.dname_len", "Distinguished Name Length", 16);
    internal static readonly Field Name = Group.None("handshake.dname", "Distinguished Name");
    internal static readonly Field CompressionLength = Group.Unsigned("compress_certificate.algorithms_length", "Algorithms Length", 8);
    internal static readonly Field CompressionAlgorithm = Group.Unsigned("compress_certificate.algorithm", "Algorithm", 16, TlsNames.CertificateCompression);
    internal static readonly Field UncompressedLength = Group.Unsigned("compress_certificate.uncompressed_length", "Uncompressed Length", 24);
    internal static readonly Field CompressedLength = Group.Unsigned("compress_certificate.compressed_certificate_message.length", "Length", 24);
    internal static readonly Field Compressed = Group.Octets("compress_certificate.compressed_certificate_message", "Compressed Certificate Message");
    internal static readonly Field UrlType = Group.Unsigned("handshake.cert_url_type", "Certificate Chain Type", 8, TlsNames.CertificateUrl);
    internal static readonly Field UrlHashLength = Group.Unsigned("handshake.cert_url.url_hash_len", "URL and Hash list Length", 16);
    internal static readonly Field StatusResponsesLength = Group.Unsigned("handshake.ocsp_response_list_len", "OCSP Response List Length", 24);
    internal static readonly Field StatusResponseLength = Group.Unsigned("handshake.ocsp_response_len", "OCSP Response Length", 24);

    // What keys are made of.
    internal static readonly Field CurveType = Group.Hexadecimal("handshake.server_curve_type", "Curve Type", 8, TlsNames.CurveType);
    internal static readonly Field Curve = Group.Hexadecimal("handshake.server_named_curve", "Named Curve", 16, TlsNames.Group);
    internal static readonly Field ServerPointLength = Group.Unsigned("handshake.server_point_len", "Pubkey Length", 8);
    internal static readonly Field ServerPoint = Group.Octets("handshake.server_point", "Pubkey");
    internal static readonly Field ClientPointLength = Group.Unsigned("handshake.client_point_len", "Pubkey Length", 8);
    internal static readonly Field ClientPoint = Group.Octets("handshake.client_point", "Pubkey");
    internal static readonly Field PrimeLength = Group.Unsigned("handshake.p_len", "p Length", 16);
    internal static readonly Field Prime = Group.Octets("handshake.p", "p");
    internal static readonly Field GeneratorLength = Group.Unsigned("handshake.g_len", "g Length", 16);
    internal static readonly Field Generator = Group.Octets("handshake.g", "g");
    internal static readonly Field ServerKeyLength = Group.Unsigned("handshake.ys_len", "Pubkey Length", 16);
    internal static readonly Field ServerKey = Group.Octets("handshake.ys", "Pubkey");
    internal static readonly Field ClientKeyLength = Group.Unsigned("handshake.yc_len", "Pubkey Length", 16);
    internal static readonly Field ClientKey = Group.Octets("handshake.yc", "Pubkey");
    internal static readonly Field SecretLength = Group.Unsigned("handshake.epms_len", "Encrypted PreMaster length", 16);
    internal static readonly Field Secret = Group.Octets("handshake.epms", "Encrypted PreMaster");
    internal static readonly Field ModulusLength = Group.Unsigned("handshake.modulus_len", "Modulus Length", 16);
    internal static readonly Field Modulus = Group.Octets("handshake.modulus", "Modulus");
    internal static readonly Field ExponentLength = Group.Unsigned("handshake.exponent_len", "Exponent Length", 16);
    internal static readonly Field Exponent = Group.Octets("handshake.exponent", "Exponent");
    internal static readonly Field HintLength = Group.Unsigned("handshake.hint_len", "Hint Length", 16);
    internal static readonly Field Hint = Group.Octets("handshake.hint", "Hint");
    internal static readonly Field IdentityLength = Group.Unsigned("handshake.identity_len", "Identity Length", 16);
    internal static readonly Field Identity = Group.Octets("handshake.identity", "Identity");
    internal static readonly Field SignatureLength = Group.Unsigned("handshake.sig_len", "Signature Length", 16);
    internal static readonly Field Signature = Group.Octets("handshake.sig", "Signature");
    internal static readonly Field ProofLength = Group.Unsigned("handshake.client_cert_vrfy.sig_len", "Signature length", 16);
    internal static readonly Field Proof = Group.Octets("handshake.client_cert_vrfy.sig", "Signature");
    internal static readonly Field SignatureAlgorithmsLength = Group.Unsigned("handshake.sig_hash_alg_len", "Signature Hash Algorithms Length", 16);
    internal static readonly Field SignatureAlgorithms = Group.None("handshake.sig_hash_algs", "Signature Algorithms");
    internal static readonly Field SignatureAlgorithm = Group.Hexadecimal("handshake.sig_hash_alg", "Signature Algorithm", 16, TlsNames.Signature);
    internal static readonly Field SignatureHash = Group.Unsigned("handshake.sig_hash_hash", "Signature Hash Algorithm Hash", 8, TlsNames.Hash);
    internal static readonly Field SignatureSignature = Group.Unsigned("handshake.sig_hash_sig", "Signature Hash Algorithm Signature", 8, TlsNames.SignatureKey);

    // Extensions.
    internal static readonly Field ExtensionsLength = Group.Unsigned("handshake.extensions_length", "Extensions Length", 16);
    internal static readonly Field ExtensionType = Group.Unsigned("handshake.extension.type", "Type", 16, TlsNames.Extension);
    internal static readonly Field ExtensionLength = Group.Unsigned("handshake.extension.len", "Length", 16);
    internal static readonly Field ExtensionData = Group.Octets("handshake.extension.data", "Data");
    internal static readonly Field ServerNameListLength = Group.Unsigned("handshake.extensions_server_name_list_len", "Server Name list length", 16);
    internal static readonly Field ServerNameType = Group.Unsigned("handshake.extensions_server_name_type", "Server Name Type", 8, TlsNames.ServerName);
    internal static readonly Field ServerNameLength = Group.Unsigned("handshake.extensions_server_name_len", "Server Name length", 16);
    internal static readonly Field ServerName = Group.Text("handshake.extensions_server_name", "Server Name");
    internal static readonly Field FragmentLength = Group.Unsigned("handshake.max_fragment_length", "Maximum Fragment Length", 8, TlsNames.FragmentLength);
    internal static readonly Field StatusType = Group.Unsigned("handshake.extensions_status_request_type", "Certificate Status Type", 8, TlsNames.CertificateStatus);
    internal static readonly Field StatusLength = Group.Unsigned("handshake.extensions_status_request_len", "Certificate Status Length", 16);
    internal static readonly Field StatusRespondersLength = Group.Unsigned("handshake.extensions_status_request_responder_ids_len", "Responder ID list Length", 16);
    internal static readonly Field StatusExtensionsLength = Group.Unsigned("handshake.extensions_status_request_exts_len", "Request Extensions Length", 16);
    internal static readonly Field StatusListLength = Group.Unsigned("handshake.extensions_status_request_list_len", "Certificate Status List Length", 16);
    internal static readonly Field StatusUndecoded = Group.Finding(
        "handshake.status_request.undecoded", "Responder ID list or Request Extensions are not implemented, contact Wireshark developers if you want this to be supported", Severity.Note, ExpertGroup.Undecoded);
    internal static readonly Field KindsLength = Group.Unsigned("handshake.cert_type.types_len", "Certificate Type List Length", 8);
    internal static readonly Field Kinds = Group.None("handshake.cert_type.types", "Certificate Type List");
    internal static readonly Field Kind = Group.Hexadecimal("handshake.cert_type.type", "Certificate Type", 8, TlsNames.CertificateKind);
    internal static readonly Field SupportedGroupsLength = Group.Unsigned("handshake.extensions_supported_groups_length", "Supported Groups List Length", 16);
    internal static readonly Field SupportedGroups = Group.None("handshake.extensions_supported_groups", "Supported Groups List");
    internal static readonly Field SupportedGroup = Group.Hexadecimal("handshake.extensions_supported_group", "Supported Group", 16, TlsNames.Group);
    internal static readonly Field PointFormatsLength = Group.Unsigned("handshake.extensions_ec_point_formats_length", "EC point formats Length", 8);
    internal static readonly Field PointFormats = Group.None("handshake.extensions_ec_point_formats", "EC point formats");
    internal static readonly Field PointFormat = Group.Unsigned("handshake.extensions_ec_point_format", "EC point format", 8, TlsNames.PointFormat);
    internal static readonly Field UserNameLength = Group.Unsigned("handshake.extensions_srp_len", "SRP username length", 8);
    internal static readonly Field UserName = Group.Text("handshake.extensions_srp_username", "SRP username");
    internal static readonly Field HeartbeatMode = Group.Unsigned("handshake.extension.heartbeat.mode", "Mode", 8, TlsNames.HeartbeatMode);
    internal static readonly Field AlpnLength = Group.Unsigned("handshake.extensions_alpn_len", "ALPN Extension Length", 16);
    internal static readonly Field AlpnList = Group.None("handshake.extensions_alpn_list", "ALPN Protocol");
    internal static readonly Field AlpnNameLength = Group.Unsigned("handshake.extensions_alpn_str_len", "ALPN string length", 8);
    internal static readonly Field AlpnName = Group.Text("handshake.extensions_alpn_str", "ALPN Next Protocol");
    internal static readonly Field SettingsLength = Group.Unsigned("handshake.extensions_alps_len", "ALPS Extension Length", 16);
    internal static readonly Field SettingsList = Group.None("handshake.extensions_alps_alpn_list", "Supported ALPN List");
    internal static readonly Field SettingsNameLength = Group.Unsigned("handshake.extensions_alps_alpn_str_len", "Supported ALPN Length", 8);
    internal static readonly Field SettingsName = Group.Text("handshake.extensions_alps_alpn_str", "Supported ALPN");
    internal static readonly Field Settings = Group.Octets("handshake.extensions_alps.settings", "ALPN Opaque Settings");
    internal static readonly Field NextNameLength = Group.Unsigned("handshake.extensions_npn_str_len", "Protocol string length", 8);
    internal static readonly Field NextName = Group.Text("handshake.extensions_npn", "Next Protocol");
    internal static readonly Field Padding = Group.Octets("handshake.extensions_padding_data", "Padding Data");
    internal static readonly Field RecordSizeLimit = Group.Unsigned("record_size_limit", "Record Size Limit", 16);
    internal static readonly Field CredentialTime = Group.Unsigned("handshake.cred.valid_time", "Valid Time", 16);
    internal static readonly Field SupportedVersionsLength = Group.Unsigned("handshake.extensions.supported_versions_len", "Supported Versions length", 8);
    internal static readonly Field SupportedVersion = Group.Hexadecimal("handshake.extensions.supported_version", "Supported Version", 16, TlsNames.Version);
    internal static readonly Field CookieLength = Group.Unsigned("handshake.extensions.cookie_len", "Cookie length", 16);
    internal static readonly Field Cookie = Group.Octets("handshake.extensions.cookie", "Cookie");
    internal static readonly Field SharedKeyModesLength = Group.Unsigned("extension.psk_ke_modes_length", "PSK Key Exchange Modes Length", 8);
    internal static readonly Field SharedKeyMode = Group.Unsigned("extension.psk_ke_mode", "PSK Key Exchange Mode", 8, TlsNames.SharedKeyMode);
    internal static readonly Field SharedKeysLength = Group.Unsigned("handshake.extensions.psk.identities.length", "Identities Length", 16);
    internal static readonly Field SharedKeyLength = Group.Unsigned("handshake.extensions.psk.identity.identity_length", "Identity Length", 16);
    internal static readonly Field SharedKey = Group.Octets("handshake.extensions.psk.identity.identity", "Identity");
    internal static readonly Field SharedKeyAge = Group.Unsigned("handshake.extensions.psk.identity.obfuscated_ticket_age", "Obfuscated Ticket Age", 32);
    internal static readonly Field BindersLength = Group.Unsigned("handshake.extensions.psk.binders_len", "PSK Binders length", 16);
    internal static readonly Field Binders = Group.None("handshake.extensions.psk.binders", "PSK Binders");
    internal static readonly Field ChosenKey = Group.Unsigned("handshake.extensions.psk.identity.selected", "Selected Identity", 16);
    internal static readonly Field EarlyDataSize = Group.Unsigned("early_data.max_early_data_size", "Maximum Early Data Size", 32);
    internal static readonly Field KeyShareLength = Group.Unsigned("handshake.extensions_key_share_client_length", "Client Key Share Length", 16);
    internal static readonly Field KeyShareGroup = Group.Unsigned("handshake.extensions_key_share_group", "Group", 16, TlsNames.Group);
    internal static readonly Field KeyShareSelected = Group.Unsigned("handshake.extensions_key_share_selected_group", "Selected Group", 16, TlsNames.Group);
    internal static readonly Field KeyShareKeyLength = Group.Unsigned("handshake.extensions_key_share_key_exchange_length", "Key Exchange Length", 16);
    internal static readonly Field KeyShareKey = Group.Octets("handshake.extensions_key_share_key_exchange", "Key Exchange");
    internal static readonly Field RenegotiationLength = Group.Unsigned("handshake.extensions_reneg_info_len", "Renegotiation info extension length", 8);
    internal static readonly Field Renegotiation = Group.Octets("handshake.extensions_reneg_info", "Renegotiation info");
    internal static readonly Field ConnectionIdLength = Group.Unsigned("connection_id_length", "Connection ID length", 8);
    internal static readonly Field ConnectionId = Group.Octets("connection_id", "Connection ID");
    internal static readonly Field HiddenNameSuite = Group.Hexadecimal("esni.suite", "Cipher Suite", 16, TlsNames.CipherSuite);
    internal static readonly Field HiddenNameDigestLength = Group.Unsigned("esni.record_digest_length", "Record Digest Length", 16);
    internal static readonly Field HiddenNameDigest = Group.Octets("esni.record_digest", "Record Digest");
    internal static readonly Field HiddenNameLength = Group.Unsigned("esni.encrypted_sni_length", "Encrypted SNI Length", 16);
    internal static readonly Field HiddenName = Group.Octets("esni.encrypted_sni", "Encrypted SNI");
    internal static readonly Field HiddenNameNonce = Group.Octets("esni.nonce", "Nonce");

    // Signed timestamps of certificates.
    internal static readonly Field TimestampsLength = Group.Unsigned("sct.scts_length", "Serialized SCT List Length", 16);
    internal static readonly Field TimestampLength = Group.Unsigned("sct.sct_length", "Serialized SCT Length", 16);
    internal static readonly Field TimestampVersion = Group.Unsigned("sct.sct_version", "SCT Version", 8);
    internal static readonly Field TimestampLog = Group.Octets("sct.sct_logid", "Log ID");
    internal static readonly Field Timestamp = Group.Time("sct.sct_timestamp", "Timestamp");
    internal static readonly Field TimestampExtensionsLength = Group.Unsigned("sct.sct_extensions_length", "Extensions length", 16);
    internal static readonly Field TimestampExtensions = Group.None("sct.sct_extensions", "Extensions");
    internal static readonly Field TimestampSignatureLength = Group.Unsigned("sct.sct_signature_length", "Signature Length", 16);
    internal static readonly Field TimestampSignature = Group.Octets("sct.sct_signature", "Signature");
}
