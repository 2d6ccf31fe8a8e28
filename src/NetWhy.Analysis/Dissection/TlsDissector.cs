using NetWhy.Analysis.Fields;
using NetWhy.Analysis.Summaries;

namespace NetWhy.Analysis.Dissection;

/// <summary>TLS records, handshake messages that are not encrypted, and alerts. Sources: RFC 8446, RFC 5246, RFC 6066, RFC 7301.</summary>
internal static class TlsDissector
{
    internal static readonly FieldGroup Group = new("tls", "Transport Layer Security");
    private static readonly Field Record = Group.None("record", "Record Layer");
    private static readonly Field ContentType = Group.Unsigned("record.content_type", "Content Type", 8, ValueNames.TlsContent);
    private static readonly Field OpaqueType = Group.Unsigned("record.opaque_type", "Opaque Type", 8);
    private static readonly Field RecordVersion = Group.Hexadecimal("record.version", "Version", 16);
    private static readonly Field RecordLength = Group.Unsigned("record.length", "Length", 16);
    private static readonly Field AlertLevel = Group.Unsigned("alert_message.level", "Level", 8, ValueNames.TlsAlertLevel);
    private static readonly Field AlertDescription = Group.Unsigned("alert_message.desc", "Description", 8, ValueNames.TlsAlert);
    private static readonly Field Alert = Group.None("alert_message", "Alert Message");
    private static readonly Field Handshake = Group.None("handshake", "Handshake Protocol");
    private static readonly Field HandshakeType = Group.Unsigned("handshake.type", "Handshake Message Type", 8, ValueNames.TlsHandshake);
    private static readonly Field HandshakeLength = Group.Unsigned("handshake.length", "Length", 24);
    private static readonly Field HandshakeVersion = Group.Hexadecimal("handshake.version", "Version", 16);
    private static readonly Field Random = Group.Octets("handshake.random", "Random");
    private static readonly Field SessionIdLength = Group.Unsigned("handshake.session_id_length", "Session ID Length", 8);
    private static readonly Field SessionId = Group.Octets("handshake.session_id", "Session ID");
    private static readonly Field CipherSuitesLength = Group.Unsigned("handshake.cipher_suites_length", "Cipher Suites Length", 16);
    private static readonly Field CipherSuite = Group.Hexadecimal("handshake.ciphersuite", "Cipher Suite", 16);
    private static readonly Field ExtensionsLength = Group.Unsigned("handshake.extensions_length", "Extensions Length", 16);
    private static readonly Field ExtensionType = Group.Unsigned("handshake.extension.type", "Type", 16, ValueNames.TlsExtension);
    private static readonly Field ExtensionLength = Group.Unsigned("handshake.extension.len", "Length", 16);
    private static readonly Field ServerName = Group.Text("handshake.extensions_server_name", "Server Name");
    private static readonly Field AlpnName = Group.Text("handshake.extensions_alpn_str", "ALPN Next Protocol");
    private static readonly Field SupportedVersion = Group.Hexadecimal("handshake.extensions.supported_version", "Supported Version", 16);
    private static readonly Field SupportedGroup = Group.Hexadecimal("handshake.extensions_supported_group", "Supported Group", 16);
    private static readonly Field KeyShareGroup = Group.Unsigned("handshake.extensions_key_share_group", "Group", 16);
    private static readonly Field ApplicationData = Group.Octets("app_data", "Encrypted Application Data");
    private static readonly Field Certificate = Group.Octets("handshake.certificate", "Certificate");

    private static readonly Field ChangeCipherSpec = Group.None("change_cipher_spec", "Change Cipher Spec Message");
    private static readonly Field RandomTime = Group.Time("handshake.random_time", "GMT Unix Time");
    private static readonly Field RandomBytes = Group.Octets("handshake.random_bytes", "Random Bytes");
    private static readonly Field CompressionMethodsLength = Group.Unsigned("handshake.comp_methods_length", "Compression Methods Length", 8);
    private static readonly Field CompressionMethod = Group.Unsigned("handshake.comp_method", "Compression Method", 8);
    private static readonly Field ServerNameListLength = Group.Unsigned("handshake.extensions_server_name_list_len", "Server Name list length", 16);
    private static readonly Field ServerNameType = Group.Unsigned("handshake.extensions_server_name_type", "Server Name Type", 8);
    private static readonly Field ServerNameLength = Group.Unsigned("handshake.extensions_server_name_len", "Server Name length", 16);
    private static readonly Field SupportedGroupsLength = Group.Unsigned("handshake.extensions_supported_groups_length", "Supported Groups List Length", 16);
    private static readonly Field PointFormatsLength = Group.Unsigned("handshake.extensions_ec_point_formats_length", "EC point formats Length", 8);
    private static readonly Field PointFormat = Group.Unsigned("handshake.extensions_ec_point_format", "EC point format", 8);
    private static readonly Field SignatureAlgorithmsLength = Group.Unsigned("handshake.sig_hash_alg_len", "Signature Hash Algorithms Length", 16);
    private static readonly Field SignatureAlgorithm = Group.Hexadecimal("handshake.sig_hash_alg", "Signature Algorithm", 16);
    private static readonly Field SignatureHash = Group.Unsigned("handshake.sig_hash_hash", "Signature Hash Algorithm Hash", 8);
    private static readonly Field SignatureSignature = Group.Unsigned("handshake.sig_hash_sig", "Signature Hash Algorithm Signature", 8);
    private static readonly Field AlpnLength = Group.Unsigned("handshake.extensions_alpn_len", "ALPN Extension Length", 16);
    private static readonly Field AlpnNameLength = Group.Unsigned("handshake.extensions_alpn_str_len", "ALPN string length", 8);
    private static readonly Field SupportedVersionsLength = Group.Unsigned("handshake.extensions.supported_versions_len", "Supported Versions length", 8);
    private static readonly Field KeyShareLength = Group.Unsigned("handshake.extensions_key_share_client_length", "Client Key Share Length", 16);
    private static readonly Field KeyShareSelected = Group.Unsigned("handshake.extensions_key_share_selected_group", "Selected Group", 16);
    private static readonly Field KeyShareKeyLength = Group.Unsigned("handshake.extensions_key_share_key_exchange_length", "Key Exchange Length", 16);
    private static readonly Field KeyShareKey = Group.Octets("handshake.extensions_key_share_key_exchange", "Key Exchange");
    private static readonly Field RenegotiationLength = Group.Unsigned("handshake.extensions_reneg_info_len", "Renegotiation info extension length", 8);
    private static readonly Field CertificatesLength = Group.Unsigned("handshake.certificates_length", "Certificates Length", 24);
    private static readonly Field CertificateLength = Group.Unsigned("handshake.certificate_length", "Certificate Length", 24);
    private static readonly Field CertificateContextLength = Group.Unsigned("handshake.certificate_request_context_length", "Certificate Request Context Length", 8);

    private static readonly Field CurveType = Group.Hexadecimal("handshake.server_curve_type", "Curve Type", 8);
    private static readonly Field Curve = Group.Hexadecimal("handshake.server_named_curve", "Named Curve", 16);
    private static readonly Field ServerPointLength = Group.Unsigned("handshake.server_point_len", "Pubkey Length", 8);
    private static readonly Field ServerPoint = Group.Octets("handshake.server_point", "Pubkey");
    private static readonly Field SignatureLength = Group.Unsigned("handshake.sig_len", "Signature Length", 16);
    private static readonly Field Signature = Group.Octets("handshake.sig", "Signature");

    private static readonly Field CipherSuites = Group.None("handshake.ciphersuites", "Cipher Suites");
    private static readonly Field CompressionMethods = Group.None("handshake.comp_methods", "Compression Methods");
    private static readonly Field SignatureAlgorithms = Group.None("handshake.sig_hash_algs", "Signature Algorithms");
    private static readonly Field SupportedGroups = Group.None("handshake.extensions_supported_groups", "Supported Groups List");
    private static readonly Field PointFormats = Group.None("handshake.extensions_ec_point_formats", "EC point formats");
    private static readonly Field AlpnList = Group.None("handshake.extensions_alpn_list", "ALPN Protocol");
    private static readonly Field Certificates = Group.None("handshake.certificates", "Certificates");
    private static readonly Field CertificateTypeCount = Group.Unsigned("handshake.cert_types_count", "Certificate types count", 8);
    private static readonly Field CertificateType = Group.Unsigned("handshake.cert_type", "Certificate Type", 8);
    private static readonly Field NamesLength = Group.Unsigned("handshake.dnames_len", "Distinguished Names Length", 16);
    private static readonly Field NameLength = Group.Unsigned("handshake.dname_len", "Distinguished Name Length", 16);
    private static readonly Field TimestampsLength = Group.Unsigned("sct.scts_length", "Serialized SCT List Length", 16);
    private static readonly Field TimestampLength = Group.Unsigned("sct.sct_length", "Serialized SCT Length", 16);
    private static readonly Field TimestampVersion = Group.Unsigned("sct.sct_version", "SCT Version", 8);
    private static readonly Field TimestampLog = Group.Octets("sct.sct_logid", "Log ID");
    private static readonly Field Timestamp = Group.Time("sct.sct_timestamp", "Timestamp");
    private static readonly Field TimestampExtensionsLength = Group.Unsigned("sct.sct_extensions_length", "Extensions length", 16);
    private static readonly Field TimestampSignatureLength = Group.Unsigned("sct.sct_signature_length", "Signature Length", 16);
    private static readonly Field TimestampSignature = Group.Octets("sct.sct_signature", "Signature");

    private const int NamedCurve = 3;
    private const int LongestHandshake = 1 << 17; // more than the chains of certificates that servers send
    private const int RecordHeader = 5;
    private const ushort Version12 = 0x0303;
    private const int LongestRecord = 16384 + 2048;

    /// <summary>Whether data begins with a record that begins a handshake.</summary>
    /// <param name="data">The data.</param>
    internal static bool LooksLikeHandshake(ReadOnlySpan<byte> data) =>
        IsRecord(data) && data[0] == 22 && data.Length > RecordHeader && data[RecordHeader] is 1 or 2;

    /// <summary>Reads records.</summary>
    /// <param name="dissection">The packet.</param>
    /// <param name="session">What is remembered of the session.</param>
    /// <param name="isForward">Whether they go the way of the stream's first segment.</param>
    /// <param name="offset">Where they begin.</param>
    /// <param name="end">Where they end.</param>
    /// <param name="canAsk">Whether more may come.</param>
    internal static Lack ReadStream(ref Dissection dissection, TlsSession session, bool isForward, int offset, int end, bool canAsk)
    {
        if (canAsk && end - offset < RecordHeader && dissection.U8(offset) is >= 20 and <= 24)
        {
            dissection.Summary?.Restart();
            return new Lack(offset, Lack.AnotherSegment);
        }

        if (!session.HasRecord && !(dissection.Has(offset, RecordHeader) && IsRecord(dissection.Octets[offset..])))
        {
            if (dissection.Summary is { } line)
                TlsSummary.WriteUnknown(line);
            return Lack.None;
        }

        session.HasRecord = true;
        if (dissection.Summary is { } summary)
            TlsSummary.Begin(summary, session.Version != 0 ? session.Version : dissection.U16(offset + 1));
        dissection.Protocol(Group.Protocol, offset, end - offset);
        byte depth = dissection.Fields.Depth;
        while (offset < end)
        {
            if (canAsk && end - offset < RecordHeader)
                return new Lack(offset, Lack.AnotherSegment);
            if (!dissection.Has(offset, RecordHeader) || !IsRecord(dissection.Octets[offset..]))
                return Lack.None;
            int size = dissection.U16(offset + 3);
            if (canAsk && size + RecordHeader > end - offset)
                return new Lack(offset, size + RecordHeader - (end - offset));
            session.LastFrame = dissection.FrameNumber;
            byte type = dissection.U8(offset);
            dissection.Fields.Depth = 1;
            dissection.Fields.Add(Record, 0, offset, dissection.Captured(offset, size + RecordHeader));
            dissection.Fields.Depth = 2;
            dissection.Number(type == 23 && session.IsVersion13 ? OpaqueType : ContentType, offset, 1);
            dissection.Number(RecordVersion, offset + 1, 2);
            dissection.Number(RecordLength, offset + 3, 2);
            int here = Math.Min(size, end - offset - RecordHeader);
            ReadRecord(ref dissection, session, isForward, type, offset + RecordHeader, dissection.Captured(offset + RecordHeader, here), size);
            dissection.Fields.Depth = depth;
            offset += size + RecordHeader;
        }

        return Lack.None;
    }

    /// <summary>Reads handshake messages that QUIC carries, without records.</summary>
    /// <param name="dissection">The packet.</param>
    /// <param name="session">What is remembered of the session.</param>
    /// <param name="isForward">Whether they are the client's.</param>
    /// <param name="octets">The messages, or a part of them.</param>
    internal static void ReadCrypto(ref Dissection dissection, TlsSession session, bool isForward, byte[] octets)
    {
        if (dissection.Fields.Join(octets, "Reassembled QUIC CRYPTO") is not { } source)
            return;
        byte before = dissection.Fields.Source;
        dissection.Fields.Source = source;
        bool wasFrozen = dissection.Freeze();
        Dissection inside = dissection.Over(octets);
        inside.Protocol(Group.Protocol, 0, octets.Length);
        byte depth = dissection.Fields.Depth;
        dissection.Fields.Depth = 1;
        ReadHandshakes(ref inside, session, isForward, 0, octets.Length, octets.Length);
        dissection.Fields.Depth = depth;
        dissection.Thaw(wasFrozen);
        dissection.Fields.Source = before;
    }

    private static bool IsRecord(ReadOnlySpan<byte> data) =>
        data.Length >= RecordHeader && data[0] is >= 20 and <= 24 && data[1] == 3 && data[2] <= 4
        && ((data[3] << 8) | data[4]) is > 0 and <= LongestRecord;

    private static void ReadRecord(ref Dissection dissection, TlsSession session, bool isForward, byte type, int offset, int here, int size)
    {
        int direction = isForward ? 0 : 1;
        bool isProtected = type == 23 || (type != 20 && session.IsEncrypted[direction]);
        if (isProtected && here == size && session.Decrypt(direction, dissection.Octets.Slice(offset - RecordHeader, RecordHeader), dissection.Octets.Slice(offset, size)) is { } plain)
        {
            ReadDecrypted(ref dissection, session, isForward, type, plain);
            return;
        }

        switch (type)
        {
            case 21:
                ReadAlert(ref dissection, offset, here, size);
                break;
            case 20:
                dissection.Summary?.AppendPart("Change Cipher Spec"u8);
                dissection.Fields.Add(ChangeCipherSpec, 0, offset, here);
                session.ChangeCipher(direction, dissection.Memory.KeyLog);
                break;
            case 22 when !session.IsEncrypted[direction]:
                ReadHandshakes(ref dissection, session, isForward, offset, here, size);
                break;
            case 22:
                dissection.Summary?.AppendPart("Encrypted Handshake Message"u8);
                break;
            case 23:
                dissection.Summary?.AppendPart("Application Data"u8);
                dissection.Part(ApplicationData, offset, here);
                break;
        }
    }

    private static void ReadAlert(ref Dissection dissection, int offset, int here, int size)
    {
        const int AlertLength = 2;
        if (here != AlertLength || size != AlertLength)
        {
            dissection.Summary?.AppendPart("Encrypted Alert"u8);
            return;
        }

        dissection.Fields.Add(Alert, 0, offset, AlertLength);
        dissection.Fields.Depth++;
        dissection.Number(AlertLevel, offset, 1);
        dissection.Number(AlertDescription, offset + 1, 1);
        dissection.Fields.Depth--;
        if (dissection.Summary is { } alert)
            TlsSummary.WriteAlert(alert, dissection.U8(offset), dissection.U8(offset + 1));
    }

    private static void ReadDecrypted(ref Dissection dissection, TlsSession session, bool isForward, byte type, byte[] plain)
    {
        int length = session.Unwrap(plain, ref type, out bool wasHidden);
        if (length < 0)
            return;
        if (wasHidden)
            dissection.Fields.Add(ContentType, type, 0, 0);

        if (dissection.Fields.Join(plain.AsMemory(0, length), "Decrypted TLS") is not { } source)
            return;
        byte before = dissection.Fields.Source;
        dissection.Fields.Source = source;
        Dissection inside = dissection.Over(plain.AsSpan(0, length));
        switch (type)
        {
            case 21:
                ReadAlert(ref inside, 0, length, length);
                break;
            case 22:
                ReadHandshakes(ref inside, session, isForward, 0, length, length);
                break;
            case 23 when length > 0:
                ref uint sequence = ref session.Decrypted[isForward ? 0 : 1];
                StreamDissector.ReadInner(ref inside, session.Inner ??= new StreamConversation { Protocol = session.Application, Tls = { Version = session.Version } }, isForward, sequence);
                sequence += (uint)length;
                break;
        }

        dissection.Fields.Source = before;
    }

    // A message may lie in several records, and several in one.
    private static void ReadHandshakes(ref Dissection dissection, TlsSession session, bool isForward, int offset, int here, int size)
    {
        HandshakePart rest = session.Rest[isForward ? 0 : 1];
        if (rest.IsEmpty || here < size)
        {
            dissection.Memory.Forget(rest);
            ReadHandshake(ref dissection, session, isForward, offset, here, size);
            return;
        }

        if (!dissection.Memory.TryKeep(rest, dissection.Octets.Slice(offset, here)) || rest.CopyWhole() is not { } joined)
            return;
        dissection.Memory.Forget(rest);
        if (dissection.Fields.Join(joined, "Reassembled TLS Handshake") is not { } source)
            return;
        byte before = dissection.Fields.Source;
        dissection.Fields.Source = source;
        Dissection whole = dissection.Over(joined);
        ReadHandshake(ref whole, session, isForward, 0, joined.Length, joined.Length);
        dissection.Fields.Source = before;
    }

    // What is encrypted has no type and length that fit into its record.
    private static void ReadHandshake(ref Dissection dissection, TlsSession session, bool isForward, int offset, int here, int size)
    {
        const int HeaderLength = 4;
        while (here > 0)
        {
            byte type = dissection.U8(offset);
            int length = here < HeaderLength ? 0 : (int)dissection.Integer(offset + 1, 3);
            if (type is not (0 or 1 or 2 or 4 or 5 or 8 or 11 or 12 or 13 or 14 or 15 or 16 or 20 or 22 or 24) || length > LongestHandshake)
            {
                dissection.Summary?.AppendPart("Encrypted Handshake Message"u8);
                return;
            }

            if (here == size && length > size - HeaderLength)
            {
                _ = dissection.Memory.TryKeep(session.Rest[isForward ? 0 : 1], dissection.Octets.Slice(offset, here));
                return;
            }

            int end = offset + HeaderLength + Math.Min(length, here - HeaderLength);
            dissection.Fields.Add(Handshake, 0, offset, end - offset);
            dissection.Fields.Depth++;
            ReadMessage(ref dissection, session, isForward, type, offset, end);
            dissection.Fields.Depth--;
            offset += HeaderLength + length;
            here -= HeaderLength + length;
            size -= HeaderLength + length;
        }
    }

    /// <summary>Reads a handshake message.</summary>
    /// <param name="dissection">The packet.</param>
    /// <param name="session">What is remembered of the session.</param>
    /// <param name="isForward">Whether it goes the way of the first packet.</param>
    /// <param name="type">Its type.</param>
    /// <param name="offset">Where it begins.</param>
    /// <param name="end">Where it ends.</param>
    private static void ReadMessage(ref Dissection dissection, TlsSession session, bool isForward, byte type, int offset, int end)
    {
        const int HeaderLength = 4;
        if (dissection.Summary is { } summary)
            TlsSummary.WriteHandshake(summary, type);
        dissection.Number(HandshakeType, offset, 1);
        dissection.Number(HandshakeLength, offset + 1, 3);
        int at = offset + HeaderLength;
        switch (type)
        {
            case 1 or 2:
                ReadHello(ref dissection, session, isForward, at, end, isClient: type == 1);
                if (type == 2 && dissection.Summary is { } line)
                    TlsSummary.SetVersion(line, session.Version);
                break;
            case 8 when at + 2 <= end:
                dissection.Number(ExtensionsLength, at, 2);
                ReadExtensions(ref dissection, session, at + 2, end, isClient: false);
                break;
            case 11:
                ReadCertificates(ref dissection, session.IsVersion13, at, end);
                break;
            case 4 when session.IsVersion13:
                ReadTicket(ref dissection, session, at, end);
                break;
            case 12 when at + 4 <= end && dissection.U8(at) == NamedCurve:
                ReadKeyExchange(ref dissection, session, at, end);
                break;
            case 13 when !session.IsVersion13 && at < end:
                ReadRequest(ref dissection, session, at, end);
                break;
            case 13 when at < end:
                at += 1 + dissection.U8(at);
                dissection.Number(ExtensionsLength, at, 2);
                ReadExtensions(ref dissection, session, at + 2, end, isClient: true);
                break;
            case 15 when session.Version >= 0x0303 && at + 4 <= end:
                AddSignatureAlgorithm(ref dissection, at);
                break;
            case 24:
                session.UpdateKey(isForward ? 0 : 1);
                break;
        }
    }

    private static void ReadHello(ref Dissection dissection, TlsSession session, bool isForward, int at, int end, bool isClient)
    {
        const int RandomLength = 32;
        if (at + 2 + RandomLength + 1 > end)
            return;
        dissection.Number(HandshakeVersion, at, 2);
        if (!isClient)
            session.Version = dissection.U16(at);
        int random = at + 2;
        dissection.Part(Random, random, RandomLength);
        dissection.Fields.Depth++;
        if (isClient)
            AddRandomParts(ref dissection, random, RandomLength);
        dissection.Fields.Depth--;
        if (isClient)
            session.BeginClient(isForward ? 0 : 1, dissection.Octets.Slice(random, RandomLength), dissection.Memory.KeyLog);
        at += 2 + RandomLength;
        int sessionLength = dissection.U8(at);
        dissection.Number(SessionIdLength, at, 1);
        if (at + 1 + sessionLength + 2 > end)
            return;
        if (sessionLength > 0)
            dissection.Part(SessionId, at + 1, sessionLength);
        at += 1 + sessionLength;
        int suites = 2;
        if (isClient)
        {
            suites = dissection.U16(at);
            dissection.Number(CipherSuitesLength, at, 2);
            at += 2;
        }
        else
        {
            session.Suite = dissection.U16(at);
        }

        if (isClient)
            dissection.Fields.Add(CipherSuites, 0, at, suites);
        dissection.Fields.Depth += isClient ? (byte)1 : (byte)0;
        for (int suite = 0; suite + 1 < suites && at + suite + 2 <= end; suite += 2)
            dissection.Number(CipherSuite, at + suite, 2);
        dissection.Fields.Depth -= isClient ? (byte)1 : (byte)0;
        at += suites;
        ReadCompression(ref dissection, ref at, end, isClient);
        if (at + 2 <= end)
        {
            dissection.Number(ExtensionsLength, at, 2);
            ReadExtensions(ref dissection, session, at + 2, Math.Min(end, at + 2 + dissection.U16(at)), isClient);
        }

        if (isClient)
            return;
        if (!session.IsVersion13)
            AddRandomParts(ref dissection, random, RandomLength);
        session.BeginServer(dissection.Octets.Slice(random, RandomLength), dissection.Memory.KeyLog);
    }

    private static void AddRandomParts(ref Dissection dissection, int at, int length)
    {
        dissection.Fields.Add(RandomTime, dissection.U32(at) * 1_000_000_000UL, at, 4);
        dissection.Part(RandomBytes, at + 4, length - 4);
    }

    // RFC 8446, section 4.6.1.
    private static void ReadTicket(ref Dissection dissection, TlsSession session, int at, int end)
    {
        at += 8; // how long it is valid, and what its age is hidden with
        at += 1 + (at < end ? dissection.U8(at) : 0);
        at += 2 + (at + 2 <= end ? dissection.U16(at) : 0);
        if (at + 2 > end)
            return;
        dissection.Number(ExtensionsLength, at, 2);
        ReadExtensions(ref dissection, session, at + 2, end, isClient: true);
    }

    // RFC 8422, section 5.4.
    private static void ReadKeyExchange(ref Dissection dissection, TlsSession session, int at, int end)
    {
        int length = dissection.U8(at + 3);
        dissection.Label("EC Diffie-Hellman Server Params");
        dissection.Fields.Depth++;
        AddKeyExchange(ref dissection, session, at, end, length);
        dissection.Fields.Depth--;
    }

    private static void AddKeyExchange(ref Dissection dissection, TlsSession session, int at, int end, int length)
    {
        dissection.Number(CurveType, at, 1);
        dissection.Number(Curve, at + 1, 2);
        dissection.Number(ServerPointLength, at + 3, 1);
        if (at + 4 + length + 4 > end)
            return;
        dissection.Part(ServerPoint, at + 4, length);
        at += 4 + length;
        if (session.Version >= Version12)
        {
            AddSignatureAlgorithm(ref dissection, at);
            at += 2;
        }

        dissection.Number(SignatureLength, at, 2);
        dissection.Part(Signature, at + 2, Math.Min(dissection.U16(at), end - at - 2));
    }

    // RFC 5246, section 7.4.4.
    private static void ReadRequest(ref Dissection dissection, TlsSession session, int at, int end)
    {
        int types = dissection.U8(at);
        dissection.Number(CertificateTypeCount, at, 1);
        for (int type = 1; type <= types && at + type < end; type++)
            dissection.Number(CertificateType, at + type, 1);
        at += 1 + types;
        if (session.Version >= Version12 && at + 2 <= end)
        {
            int length = dissection.U16(at);
            ReadSignatureAlgorithms(ref dissection, at, Math.Min(end, at + 2 + length));
            at += 2 + length;
        }

        if (at + 2 > end)
            return;
        dissection.Number(NamesLength, at, 2);
        for (at += 2; at + 2 <= end; at += 2 + dissection.U16(at))
        {
            int length = Math.Min(dissection.U16(at), end - at - 2);
            dissection.Number(NameLength, at, 2);
            CertificateDissector.ReadNameAt(ref dissection, (at + 2, length));
        }
    }

    private static void ReadSignatureAlgorithms(ref Dissection dissection, int at, int end)
    {
        if (at + 2 > end)
            return;
        dissection.Number(SignatureAlgorithmsLength, at, 2);
        Open(ref dissection, SignatureAlgorithms, at + 2, end);
        for (at += 2; at + 2 <= end; at += 2)
            AddSignatureAlgorithm(ref dissection, at);
        dissection.Fields.Depth--;
    }

    // Adds a list whose members come next, one step deeper.
    private static void Open(ref Dissection dissection, Field list, int at, int end)
    {
        dissection.Fields.Add(list, 0, at, end - at);
        dissection.Fields.Depth++;
    }

    private static void AddSignatureAlgorithm(ref Dissection dissection, int at)
    {
        dissection.Number(SignatureAlgorithm, at, 2);
        dissection.Fields.Depth++;
        dissection.Number(SignatureHash, at, 1);
        dissection.Number(SignatureSignature, at + 1, 1);
        dissection.Fields.Depth--;
    }

    private static void ReadCompression(ref Dissection dissection, ref int at, int end, bool isClient)
    {
        int methods = 1;
        if (at >= end)
            return;
        if (isClient)
        {
            methods = dissection.U8(at);
            dissection.Number(CompressionMethodsLength, at, 1);
            at++;
            dissection.Fields.Add(CompressionMethods, 0, at, methods);
        }

        dissection.Fields.Depth += isClient ? (byte)1 : (byte)0;
        for (int method = 0; method < methods && at + method < end; method++)
            dissection.Number(CompressionMethod, at + method, 1);
        dissection.Fields.Depth -= isClient ? (byte)1 : (byte)0;
        at += methods;
    }

    private static void ReadExtensions(ref Dissection dissection, TlsSession session, int at, int end, bool isClient)
    {
        while (at + 4 <= end)
        {
            int type = dissection.U16(at);
            int length = dissection.U16(at + 2);
            if (dissection.Fields.IsWanted(FrameFields.Text))
                dissection.Label($"Extension: {NameOf(type)} (len={length})");
            dissection.Fields.Depth++;
            dissection.Number(ExtensionType, at, 2);
            dissection.Number(ExtensionLength, at + 2, 2);
            at += 4;
            if (at + length <= end)
                ReadExtension(ref dissection, session, type, at, at + length, isClient);
            dissection.Fields.Depth--;
            at += length;
        }
    }

    private static string NameOf(int extension) =>
        ValueNames.TlsExtension.GetValueOrDefault((ulong)extension) ?? ((extension & 0x0f0f) == 0x0a0a && extension >> 8 == (extension & 0xff) ? "Reserved (GREASE)" : $"Unknown type {extension}"); // RFC 8701

    private static void ReadExtension(ref Dissection dissection, TlsSession session, int type, int at, int end, bool isClient)
    {
        switch (type)
        {
            case 0 when end - at >= 5:
                dissection.Label("Server Name Indication extension");
                dissection.Fields.Depth++;
                dissection.Number(ServerNameListLength, at, 2);
                dissection.Number(ServerNameType, at + 2, 1);
                dissection.Number(ServerNameLength, at + 3, 2);
                dissection.Part(ServerName, at + 5, Math.Min(dissection.U16(at + 3), end - at - 5));
                dissection.Fields.Depth--;
                break;
            case 10 when end - at >= 2:
                dissection.Number(SupportedGroupsLength, at, 2);
                Open(ref dissection, SupportedGroups, at + 2, end);
                for (at += 2; at + 2 <= end; at += 2)
                    dissection.Number(SupportedGroup, at, 2);
                dissection.Fields.Depth--;
                break;
            case 11 when end - at >= 1:
                dissection.Number(PointFormatsLength, at, 1);
                Open(ref dissection, PointFormats, at + 1, end);
                for (at++; at < end; at++)
                    dissection.Number(PointFormat, at, 1);
                dissection.Fields.Depth--;
                break;
            case 13:
                ReadSignatureAlgorithms(ref dissection, at, end);
                break;
            case 16 when end - at >= 2:
                dissection.Number(AlpnLength, at, 2);
                Open(ref dissection, AlpnList, at + 2, end);
                for (at += 2; at < end && at + 1 + dissection.U8(at) <= end; at += 1 + dissection.U8(at))
                {
                    dissection.Number(AlpnNameLength, at, 1);
                    dissection.Part(AlpnName, at + 1, dissection.U8(at));
                    if (!isClient && dissection.Has(at + 1, dissection.U8(at)))
                        session.Application = ProtocolOf(dissection.Octets.Slice(at + 1, dissection.U8(at)));
                }

                dissection.Fields.Depth--;
                break;
            case 18 when at < end:
                ReadTimestamps(ref dissection, at, end);
                break;
            case 22 when !isClient:
                session.EncryptsThenMacs = true;
                break;
            case 43 when !isClient && end - at == 2:
                dissection.Number(SupportedVersion, at, 2);
                session.Choose(dissection.U16(at));
                break;
            case 43:
                if (isClient && at < end)
                    dissection.Number(SupportedVersionsLength, at, 1);
                for (at += isClient ? 1 : 0; at + 2 <= end; at += 2)
                    dissection.Number(SupportedVersion, at, 2);
                break;
            case 40 or 51:
                dissection.Label("Key Share extension");
                dissection.Fields.Depth++;
                if (!isClient && end - at == 2) // a server that asks for another hello
                {
                    dissection.Number(KeyShareSelected, at, 2);
                    dissection.Fields.Depth--;
                    break;
                }

                if (isClient && at + 2 <= end)
                    dissection.Number(KeyShareLength, at, 2);
                for (at += isClient ? 2 : 0; at + 4 <= end; at += 4 + dissection.U16(at + 2))
                {
                    dissection.Number(KeyShareGroup, at, 2);
                    dissection.Number(KeyShareKeyLength, at + 2, 2);
                    dissection.Part(KeyShareKey, at + 4, Math.Min(dissection.U16(at + 2), end - at - 4));
                }

                dissection.Fields.Depth--;
                break;
            case 0xff01 when end - at >= 1:
                dissection.Label("Renegotiation Info extension");
                dissection.Fields.Depth++;
                dissection.Number(RenegotiationLength, at, 1);
                dissection.Fields.Depth--;
                break;
        }
    }

    /// <summary>Reads signed timestamps of a certificate. Source: RFC 6962, section 3.3.</summary>
    /// <param name="dissection">The packet.</param>
    /// <param name="at">Where the list begins.</param>
    /// <param name="end">Where it ends.</param>
    internal static void ReadTimestamps(ref Dissection dissection, int at, int end)
    {
        if (at + 2 > end)
            return;
        dissection.Number(TimestampsLength, at, 2);
        for (at += 2; at + 2 <= end; at += 2 + dissection.U16(at))
        {
            dissection.Label("Signed Certificate Timestamp");
            dissection.Fields.Depth++;
            dissection.Number(TimestampLength, at, 2);
            ReadTimestamp(ref dissection, at + 2, Math.Min(end, at + 2 + dissection.U16(at)));
            dissection.Fields.Depth--;
        }
    }

    private static void ReadTimestamp(ref Dissection dissection, int at, int end)
    {
        const int HeadLength = 1 + 32 + 8 + 2;
        if (at + HeadLength > end)
            return;
        dissection.Number(TimestampVersion, at, 1);
        dissection.Part(TimestampLog, at + 1, 32);
        dissection.Fields.Add(Timestamp, dissection.Integer(at + 33, 8) * 1_000_000, at + 33, 8); // milliseconds
        dissection.Number(TimestampExtensionsLength, at + 41, 2);
        at += HeadLength + dissection.U16(at + 41);
        if (at + 4 > end)
            return;
        AddSignatureAlgorithm(ref dissection, at);
        dissection.Number(TimestampSignatureLength, at + 2, 2);
        dissection.Part(TimestampSignature, at + 4, Math.Min(dissection.U16(at + 2), end - at - 4));
    }

    // Source: IANA, "TLS Application-Layer Protocol Negotiation (ALPN) Protocol IDs".
    private static StreamProtocol ProtocolOf(ReadOnlySpan<byte> name) =>
        name.SequenceEqual("h2"u8) ? StreamProtocol.Http2 : name.StartsWith("http/1."u8) ? StreamProtocol.Http : StreamProtocol.Unknown;

    private static void ReadCertificates(ref Dissection dissection, bool isVersion13, int at, int end)
    {
        if (isVersion13 && at < end)
        {
            dissection.Number(CertificateContextLength, at, 1);
            at += 1 + dissection.U8(at);
        }

        if (at + 3 > end)
            return;
        dissection.Number(CertificatesLength, at, 3);
        dissection.Fields.Add(Certificates, 0, at + 3, end - at - 3);
        dissection.Fields.Depth++;
        for (at += 3; at + 3 <= end;)
        {
            int length = (int)dissection.Integer(at, 3);
            dissection.Number(CertificateLength, at, 3);
            if (at + 3 + length > end)
                break;
            dissection.Part(Certificate, at + 3, length);
            dissection.Fields.Depth++;
            CertificateDissector.Read(ref dissection, at + 3, length);
            dissection.Fields.Depth--;
            at += 3 + length;
            if (isVersion13 && at + 2 <= end) // extensions of the certificate: RFC 8446, section 4.4.2
                at += 2 + dissection.U16(at);
        }

        dissection.Fields.Depth--;
    }
}
