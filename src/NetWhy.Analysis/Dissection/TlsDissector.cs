using NetWhy.Analysis.Fields;
using NetWhy.Analysis.Summaries;

namespace NetWhy.Analysis.Dissection;

/// <summary>TLS records, handshake messages that are not encrypted, and alerts. Sources: RFC 8446, RFC 5246, RFC 6066, RFC 7301.</summary>
internal static class TlsDissector
{
    internal static readonly FieldGroup Group = new("tls", "Transport Layer Security");
    private static readonly Field Record = Group.None("record", "Record");
    private static readonly Field ContentType = Group.Unsigned("record.content_type", "Type of record", 8, ValueNames.TlsContent);
    private static readonly Field OpaqueType = Group.Unsigned("record.opaque_type", "Type of record that hides the true one", 8);
    private static readonly Field RecordVersion = Group.Hexadecimal("record.version", "Version of the record", 16);
    private static readonly Field RecordLength = Group.Unsigned("record.length", "Length of the record", 16);
    private static readonly Field AlertLevel = Group.Unsigned("alert_message.level", "Level of the alert", 8, ValueNames.TlsAlertLevel);
    private static readonly Field AlertDescription = Group.Unsigned("alert_message.desc", "Description of the alert", 8, ValueNames.TlsAlert);
    private static readonly Field Alert = Group.None("alert_message", "Alert");
    private static readonly Field Handshake = Group.None("handshake", "Handshake message");
    private static readonly Field HandshakeType = Group.Unsigned("handshake.type", "Type of handshake message", 8, ValueNames.TlsHandshake);
    private static readonly Field HandshakeLength = Group.Unsigned("handshake.length", "Length of handshake message", 24);
    private static readonly Field HandshakeVersion = Group.Hexadecimal("handshake.version", "Version in the hello", 16);
    private static readonly Field Random = Group.Octets("handshake.random", "Random octets");
    private static readonly Field SessionIdLength = Group.Unsigned("handshake.session_id_length", "Length of the session", 8);
    private static readonly Field SessionId = Group.Octets("handshake.session_id", "Session");
    private static readonly Field CipherSuitesLength = Group.Unsigned("handshake.cipher_suites_length", "Length of the cipher suites", 16);
    private static readonly Field CipherSuite = Group.Hexadecimal("handshake.ciphersuite", "Cipher suite", 16);
    private static readonly Field ExtensionsLength = Group.Unsigned("handshake.extensions_length", "Length of the extensions", 16);
    private static readonly Field ExtensionType = Group.Unsigned("handshake.extension.type", "Type of extension", 16);
    private static readonly Field ExtensionLength = Group.Unsigned("handshake.extension.len", "Length of extension", 16);
    private static readonly Field ServerName = Group.Text("handshake.extensions_server_name", "Server name");
    private static readonly Field AlpnName = Group.Text("handshake.extensions_alpn_str", "Application protocol");
    private static readonly Field SupportedVersion = Group.Hexadecimal("handshake.extensions.supported_version", "Version supported", 16);
    private static readonly Field SupportedGroup = Group.Hexadecimal("handshake.extensions_supported_group", "Group supported", 16);
    private static readonly Field KeyShareGroup = Group.Unsigned("handshake.extensions_key_share_group", "Group of a key share", 16);
    private static readonly Field ApplicationData = Group.Octets("app_data", "Encrypted application data");
    private static readonly Field Certificate = Group.Octets("handshake.certificate", "Certificate");

    private const int RecordHeader = 5;
    private const ushort Version13 = 0x0304;
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
        while (offset < end)
        {
            if (canAsk && end - offset < RecordHeader)
                return new Lack(offset, Lack.AnotherSegment);
            if (!dissection.Has(offset, RecordHeader) || !IsRecord(dissection.Octets[offset..]))
                return Lack.None;
            int size = dissection.U16(offset + 3);
            if (canAsk && size + RecordHeader > end - offset)
                return new Lack(offset, size + RecordHeader - (end - offset));
            byte type = dissection.U8(offset);
            dissection.Fields.Add(Record, 0, offset, dissection.Captured(offset, size + RecordHeader));
            dissection.Number(type == 23 && session.IsVersion13 ? OpaqueType : ContentType, offset, 1);
            dissection.Number(RecordVersion, offset + 1, 2);
            dissection.Number(RecordLength, offset + 3, 2);
            int here = Math.Min(size, end - offset - RecordHeader);
            ReadRecord(ref dissection, session, isForward, type, offset + RecordHeader, dissection.Captured(offset + RecordHeader, here), size);
            offset += size + RecordHeader;
        }

        return Lack.None;
    }

    private static bool IsRecord(ReadOnlySpan<byte> data) =>
        data.Length >= RecordHeader && data[0] is >= 20 and <= 24 && data[1] == 3 && data[2] <= 4
        && ((data[3] << 8) | data[4]) is > 0 and <= LongestRecord;

    private static void ReadRecord(ref Dissection dissection, TlsSession session, bool isForward, byte type, int offset, int here, int size)
    {
        const int AlertLength = 2;
        if (type == 21 && here == AlertLength && size == AlertLength)
        {
            dissection.Fields.Add(Alert, 0, offset, AlertLength);
            dissection.Number(AlertLevel, offset, 1);
            dissection.Number(AlertDescription, offset + 1, 1);
            if (dissection.Summary is { } alert)
                TlsSummary.WriteAlert(alert, dissection.U8(offset), dissection.U8(offset + 1));
        }
        else if (type == 21)
        {
            dissection.Summary?.AppendPart("Encrypted Alert"u8);
        }
        else if (type == 20)
        {
            dissection.Summary?.AppendPart("Change Cipher Spec"u8);
            if (isForward)
                session.IsForwardEncrypted = true;
            else
                session.IsBackwardEncrypted = true;
        }
        else if (type == 22 && (session.IsVersion13 || !(isForward ? session.IsForwardEncrypted : session.IsBackwardEncrypted)))
        {
            ReadHandshake(ref dissection, session, offset, here, size);
        }
        else if (type == 22)
        {
            dissection.Summary?.AppendPart("Encrypted Handshake Message"u8);
        }
        else if (type == 23)
        {
            dissection.Summary?.AppendPart("Application Data"u8);
            dissection.Part(ApplicationData, offset, here);
        }
    }

    // What is encrypted has no type and length that fit into its record.
    private static void ReadHandshake(ref Dissection dissection, TlsSession session, int offset, int here, int size)
    {
        const int HeaderLength = 4;
        while (here >= HeaderLength)
        {
            byte type = dissection.U8(offset);
            int length = (int)dissection.Integer(offset + 1, 3);
            if (type is not (0 or 1 or 2 or 4 or 8 or 11 or 12 or 13 or 14 or 15 or 16 or 20 or 22) || length > size - HeaderLength)
            {
                dissection.Summary?.AppendPart("Encrypted Handshake Message"u8);
                return;
            }

            if (dissection.Summary is { } summary)
                TlsSummary.WriteHandshake(summary, type);
            dissection.Fields.Add(Handshake, 0, offset, HeaderLength + Math.Min(length, here - HeaderLength));
            dissection.Number(HandshakeType, offset, 1);
            dissection.Number(HandshakeLength, offset + 1, 3);
            int end = offset + HeaderLength + Math.Min(length, here - HeaderLength);
            if (type is 1 or 2)
                ReadHello(ref dissection, session, offset + HeaderLength, end, isClient: type == 1);
            if (type == 2 && dissection.Summary is { } line)
                TlsSummary.SetVersion(line, session.Version);
            if (type == 11)
                ReadCertificates(ref dissection, offset + HeaderLength, end);
            offset += HeaderLength + length;
            here -= HeaderLength + length;
            size -= HeaderLength + length;
        }
    }

    private static void ReadHello(ref Dissection dissection, TlsSession session, int at, int end, bool isClient)
    {
        const int RandomLength = 32;
        if (at + 2 + RandomLength + 1 > end)
            return;
        dissection.Number(HandshakeVersion, at, 2);
        if (!isClient)
            session.Version = dissection.U16(at);
        dissection.Part(Random, at + 2, RandomLength);
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

        for (int suite = 0; suite + 1 < suites && at + suite + 2 <= end; suite += 2)
            dissection.Number(CipherSuite, at + suite, 2);
        at += suites;
        at += isClient ? 1 + (at < end ? dissection.U8(at) : 0) : 1; // methods of compression
        if (at + 2 > end)
            return;
        dissection.Number(ExtensionsLength, at, 2);
        ReadExtensions(ref dissection, session, at + 2, Math.Min(end, at + 2 + dissection.U16(at)), isClient);
    }

    private static void ReadExtensions(ref Dissection dissection, TlsSession session, int at, int end, bool isClient)
    {
        while (at + 4 <= end)
        {
            int type = dissection.U16(at);
            int length = dissection.U16(at + 2);
            dissection.Number(ExtensionType, at, 2);
            dissection.Number(ExtensionLength, at + 2, 2);
            at += 4;
            if (at + length > end)
                return;
            ReadExtension(ref dissection, session, type, at, at + length, isClient);
            at += length;
        }
    }

    private static void ReadExtension(ref Dissection dissection, TlsSession session, int type, int at, int end, bool isClient)
    {
        switch (type)
        {
            case 0 when end - at >= 5:
                dissection.Part(ServerName, at + 5, Math.Min(dissection.U16(at + 3), end - at - 5));
                break;
            case 10:
                for (at += 2; at + 2 <= end; at += 2)
                    dissection.Number(SupportedGroup, at, 2);
                break;
            case 16:
                for (at += 2; at < end && at + 1 + dissection.U8(at) <= end; at += 1 + dissection.U8(at))
                    dissection.Part(AlpnName, at + 1, dissection.U8(at));
                break;
            case 43 when !isClient && end - at == 2:
                dissection.Number(SupportedVersion, at, 2);
                session.Version = dissection.U16(at);
                session.IsVersion13 = session.Version == Version13;
                break;
            case 43:
                for (at += isClient ? 1 : 0; at + 2 <= end; at += 2)
                    dissection.Number(SupportedVersion, at, 2);
                break;
            case 40 or 51:
                for (at += isClient ? 2 : 0; at + 4 <= end; at += 4 + dissection.U16(at + 2))
                    dissection.Number(KeyShareGroup, at, 2);
                break;
        }
    }

    private static void ReadCertificates(ref Dissection dissection, int at, int end)
    {
        for (at += 3; at + 3 <= end;)
        {
            int length = (int)dissection.Integer(at, 3);
            if (at + 3 + length > end)
                return;
            dissection.Part(Certificate, at + 3, length);
            at += 3 + length;
        }
    }
}
