using NetWhy.Wire.Tls;

namespace NetWhy.Analysis.Dissection;

/// <summary>Extensions of messages of the handshake. Sources: RFC 8446, section 4.2, and what it refers to.</summary>
internal static class TlsExtensions
{
    private const int MostShort = ushort.MaxValue;
    private const int MostOctet = byte.MaxValue;
    private const int HeaderLength = 4;

    /// <summary>What a message of the handshake asks another one.</summary>
    internal const HandshakeType RetryRequest = (HandshakeType)6;

    /// <summary>Reads the extensions of a message.</summary>
    /// <param name="dissection">The packet.</param>
    /// <param name="session">What is remembered of the session.</param>
    /// <param name="message">The message that they are in.</param>
    /// <param name="at">Where they begin, with their length.</param>
    /// <param name="end">Where the message ends.</param>
    /// <param name="print">What the message is recognized by; null if nobody asks.</param>
    /// <returns>Where they end.</returns>
    internal static int Read(ref Dissection dissection, TlsSession session, HandshakeType message, int at, int end, TlsPrint? print = null)
    {
        if (!TlsVector.TryRead(ref dissection, TlsFields.ExtensionsLength, ref at, end, 0, MostShort, out int length))
            return end;
        end = at + length;
        while (end - at >= HeaderLength)
        {
            int type = dissection.U16(at);
            if (!dissection.Need(at, HeaderLength + dissection.U16(at + 2)))
                return end;
            print?.AddExtension(type);
            dissection.Fields.AddText(FrameFields.Text, $"Extension: {TlsNames.Extension.GetValueOrDefault((ulong)type) ?? $"Unknown type {type}"} (len={dissection.U16(at + 2)})");
            dissection.Fields.Depth++;
            dissection.Number(TlsFields.ExtensionType, at, 2);
            at += 2;
            bool isThere = TlsVector.TryRead(ref dissection, TlsFields.ExtensionLength, ref at, end, 0, MostShort, out int size);
            if (isThere)
            {
                int next = at + size;
                ReadOne(ref dissection, session, message, type, ref at, next, print);
                TlsVector.End(ref dissection, at, next);
                at = next;
            }

            dissection.Fields.Depth--;
            if (!isThere)
                return end;
        }

        TlsVector.End(ref dissection, at, end);
        print?.EndExtensions(isClient: message is HandshakeType.ClientHello);
        return end;
    }

    private static void ReadOne(ref Dissection dissection, TlsSession session, HandshakeType message, int type, ref int at, int end, TlsPrint? print)
    {
        bool isClient = message is HandshakeType.ClientHello;
        switch (type)
        {
            case 0:
                ReadServerName(ref dissection, ref at, end);
                break;
            case 1:
                dissection.Number(TlsFields.FragmentLength, at++, 1);
                break;
            case 5 when isClient:
                ReadStatusRequest(ref dissection, ref at, end, hasLength: false);
                break;
            case 5 when message is HandshakeType.Certificate && session.ShownVersion == TlsSession.Version13:
                at = TlsCertificateMessages.ReadStatus(ref dissection, at, end);
                break;
            case 5:
                break;
            case 9 or 19 or 20:
                ReadKinds(ref dissection, message, ref at, end);
                break;
            case 10:
                ReadGroups(ref dissection, ref at, end, print);
                break;
            case 11:
                ReadPointFormats(ref dissection, ref at, print);
                break;
            case 12:
                _ = TlsVector.TryReadValue(ref dissection, TlsFields.UserNameLength, TlsFields.UserName, ref at, end, 1, MostOctet) || Skip(ref at, end);
                break;
            case 13 or 50:
                ReadSignatureAlgorithms(ref dissection, ref at, end);
                break;
            case 14:
                break;
            case 15:
                dissection.Number(TlsFields.HeartbeatMode, at++, 1);
                break;
            case 16:
                ReadApplications(ref dissection, session, message, ref at, end);
                break;
            case 17 when isClient:
                ReadStatusRequests(ref dissection, ref at, end);
                break;
            case 17:
                break;
            case 18 when message is HandshakeType.ServerHello or HandshakeType.EncryptedExtensions or HandshakeType.Certificate:
                at = CertificateTimestamps.Read(ref dissection, at, end, session.ShownVersion);
                break;
            case 18:
                break;
            case 21:
                dissection.Part(TlsFields.Padding, at, end - at);
                at = end;
                break;
            case 22:
                session.EncryptsThenMacs |= message is HandshakeType.ServerHello;
                break;
            case 23 or 49:
                break;
            case 27:
                ReadCompressions(ref dissection, message, ref at, end);
                break;
            case 28:
                dissection.Number(TlsFields.RecordSizeLimit, at, 2);
                at += 2;
                break;
            case 34:
                ReadCredentials(ref dissection, message, ref at, end);
                break;
            case 35:
                int length = end - at;
                dissection.Part(TlsFields.ExtensionData, at, length);
                dissection.Fields.Say($"{TlsFields.ExtensionData.Label} ({length} byte{(length == 1 ? "" : "s")})");
                at = end;
                break;
            case 40 or 51:
                TlsKeyShares.ReadShares(ref dissection, message, ref at, end);
                break;
            case 41:
                TlsKeyShares.ReadSharedKeys(ref dissection, message, ref at, end);
                break;
            case 42 or 46:
                ReadEarlyData(ref dissection, session, message, ref at);
                break;
            case 43:
                ReadVersions(ref dissection, message, ref at, end);
                break;
            case 44:
                _ = TlsVector.TryReadValue(ref dissection, TlsFields.CookieLength, TlsFields.Cookie, ref at, end, 1, MostShort) || Skip(ref at, end);
                break;
            case 45:
                TlsKeyShares.ReadModes(ref dissection, ref at, end);
                break;
            case 47:
                at = TlsCertificateMessages.ReadAuthorities(ref dissection, at, end);
                break;
            case 54:
                ReadConnectionId(ref dissection, message, ref at);
                break;
            case 57 or 65445:
                TlsQuicParameters.Read(ref dissection, session, at, end, isClient);
                at = end;
                break;
            case 13172:
                ReadNextProtocols(ref dissection, ref at, end);
                break;
            case 17513:
                ReadSettings(ref dissection, message, ref at, end);
                break;
            case 65281:
                ReadRenegotiation(ref dissection, ref at, end);
                break;
            case 65486:
                ReadHiddenName(ref dissection, message, ref at, end);
                break;
            default:
                dissection.Part(TlsFields.ExtensionData, at, end - at);
                at = end;
                break;
        }
    }

    // What is left of a vector that is cut is not read.
    private static bool Skip(ref int at, int end)
    {
        at = end;
        return false;
    }

    // RFC 6066, section 3.
    private static void ReadServerName(ref Dissection dissection, ref int at, int end)
    {
        if (at == end)
            return;
        dissection.Label("Server Name Indication extension");
        dissection.Fields.Depth++;
        if (TlsVector.TryRead(ref dissection, TlsFields.ServerNameListLength, ref at, end, 1, MostShort, out int length))
        {
            for (int next = at + length; at < next;)
            {
                dissection.Number(TlsFields.ServerNameType, at++, 1);
                if (!TlsVector.TryReadValue(ref dissection, TlsFields.ServerNameLength, TlsFields.ServerName, ref at, next, 1, MostShort))
                    at = next;
            }
        }
        else
        {
            at = end;
        }

        dissection.Fields.Depth--;
    }

    // RFC 6066, section 8; RFC 6961, section 2.2.
    private static void ReadStatusRequest(ref Dissection dissection, ref int at, int end, bool hasLength)
    {
        int type = (int)dissection.Number(TlsFields.StatusType, at++, 1);
        if (hasLength)
        {
            dissection.Number(TlsFields.StatusLength, at, 2);
            at += 2;
        }

        if (type is not (1 or 2))
            return;
        if (!TlsVector.TryRead(ref dissection, TlsFields.StatusRespondersLength, ref at, end, 0, MostShort, out int length))
        {
            at = end;
            return;
        }

        if (length > 0)
            dissection.Fields.RemarkHere(TlsFields.StatusUndecoded, at, $"Responder ID list is not implemented, contact Wireshark developers if you want this to be supported");
        at += length;
        if (!TlsVector.TryRead(ref dissection, TlsFields.StatusExtensionsLength, ref at, end, 0, MostShort, out length))
        {
            at = end;
            return;
        }

        if (length > 0)
            dissection.Fields.RemarkHere(TlsFields.StatusUndecoded, at, $"Request Extensions are not implemented, contact Wireshark developers if you want this to be supported");
        at += length;
    }

    private static void ReadStatusRequests(ref Dissection dissection, ref int at, int end)
    {
        if (!TlsVector.TryRead(ref dissection, TlsFields.StatusListLength, ref at, end, 1, MostShort, out int length))
        {
            at = end;
            return;
        }

        for (int next = at + length; at < next;)
            ReadStatusRequest(ref dissection, ref at, next, hasLength: true);
    }

    // RFC 7250, section 3; RFC 6091, section 3.
    private static void ReadKinds(ref Dissection dissection, HandshakeType message, ref int at, int end)
    {
        if (message is HandshakeType.ServerHello or HandshakeType.EncryptedExtensions or HandshakeType.Certificate)
        {
            dissection.Number(TlsFields.Kind, at++, 1);
            return;
        }

        if (message is not HandshakeType.ClientHello)
            return;
        int length = (int)dissection.Number(TlsFields.KindsLength, at++, 1);
        if (end - at != length)
            return;
        dissection.Fields.Add(TlsFields.Kinds, 0, at, length);
        dissection.Fields.SayMore($" ({length})");
        dissection.Fields.Depth++;
        for (; length > 0; length--)
            dissection.Number(TlsFields.Kind, at++, 1);
        dissection.Fields.Depth--;
    }

    private static void ReadGroups(ref Dissection dissection, ref int at, int end, TlsPrint? print)
    {
        if (!TlsVector.TryRead(ref dissection, TlsFields.SupportedGroupsLength, ref at, end, 2, MostShort, out int length))
        {
            at = end;
            return;
        }

        print?.BeginGroups();
        int next = at + length;
        dissection.Fields.Add(TlsFields.SupportedGroups, 0, at, length);
        dissection.Fields.Say($"Supported Groups ({length / 2} group{(length / 2 == 1 ? "" : "s")})");
        dissection.Fields.Depth++;
        for (; at + 2 <= end; at += 2)
        {
            print?.AddGroup(dissection.U16(at));
            dissection.Number(TlsFields.SupportedGroup, at, 2);
        }

        TlsVector.End(ref dissection, at, next);
        at = next;
        dissection.Fields.Depth--;
    }

    // RFC 8422, section 5.1.2.
    private static void ReadPointFormats(ref Dissection dissection, ref int at, TlsPrint? print)
    {
        int length = (int)dissection.Number(TlsFields.PointFormatsLength, at++, 1);
        print?.BeginPointFormats();
        dissection.Fields.Add(TlsFields.PointFormats, 0, at, length);
        dissection.Fields.Say($"Elliptic curves point formats ({length})");
        dissection.Fields.Depth++;
        for (; length > 0; length--)
        {
            print?.AddPointFormat(dissection.U8(at));
            dissection.Number(TlsFields.PointFormat, at++, 1);
        }

        dissection.Fields.Depth--;
    }

    /// <summary>Reads which signatures may be made. Sources: RFC 8446, section 4.2.3; RFC 5246, section 7.4.1.4.1.</summary>
    /// <param name="dissection">The packet.</param>
    /// <param name="at">Where they begin, with their length; afterwards where they end.</param>
    /// <param name="end">Where what they lie in ends.</param>
    internal static void ReadSignatureAlgorithms(ref Dissection dissection, ref int at, int end)
    {
        if (!TlsVector.TryRead(ref dissection, TlsFields.SignatureAlgorithmsLength, ref at, end, 2, MostShort - 1, out int length))
        {
            at = end;
            return;
        }

        int next = at + length;
        dissection.Fields.Add(TlsFields.SignatureAlgorithms, 0, at, length);
        dissection.Fields.Say($"Signature Hash Algorithms ({length / 2} algorithm{(length / 2 == 1 ? "" : "s")})");
        dissection.Fields.Depth++;
        for (; at + 2 <= next; at += 2)
            ReadSignatureAlgorithm(ref dissection, at);
        TlsVector.End(ref dissection, at, next);
        at = next;
        dissection.Fields.Depth--;
    }

    /// <summary>Reads how a signature is made: as TLS 1.3 numbers it, else its hash and its key.</summary>
    /// <param name="dissection">The packet.</param>
    /// <param name="at">Where it is.</param>
    internal static void ReadSignatureAlgorithm(ref Dissection dissection, int at)
    {
        ushort algorithm = (ushort)dissection.Number(TlsFields.SignatureAlgorithm, at, 2);
        if (!TlsNames.Signature.ContainsKey(algorithm))
        {
            string hash = TlsNames.Hash.GetValueOrDefault((ulong)(algorithm >> 8)) ?? "Unknown";
            string key = TlsNames.SignatureKey.GetValueOrDefault((ulong)(algorithm & 0xff)) ?? "Unknown";
            dissection.Fields.Say($"{TlsFields.SignatureAlgorithm.Label}: {hash} {key} (0x{algorithm:x4})");
        }

        dissection.Fields.Depth++;
        dissection.Number(TlsFields.SignatureHash, at, 1);
        dissection.Number(TlsFields.SignatureSignature, at + 1, 1);
        dissection.Fields.Depth--;
    }

    // RFC 7301, section 3.1. What the server chooses tells what is carried.
    private static void ReadApplications(ref Dissection dissection, TlsSession session, HandshakeType message, ref int at, int end)
    {
        if (!TlsVector.TryRead(ref dissection, TlsFields.AlpnLength, ref at, end, 2, MostShort, out int length))
        {
            at = end;
            return;
        }

        int next = at + length;
        dissection.Fields.Add(TlsFields.AlpnList, 0, at, length);
        dissection.Fields.Depth++;
        while (at < next)
        {
            int start = at + 1;
            if (!TlsVector.TryReadValue(ref dissection, TlsFields.AlpnNameLength, TlsFields.AlpnName, ref at, next, 1, MostOctet))
                at = next;
            else if (message is HandshakeType.ServerHello or HandshakeType.EncryptedExtensions && dissection.Has(start, at - start))
                session.ChooseApplication(dissection.Octets[start..at]);
        }

        dissection.Fields.Depth--;
    }

    // RFC 8879, section 3.
    private static void ReadCompressions(ref Dissection dissection, HandshakeType message, ref int at, int end)
    {
        if (message is not (HandshakeType.ClientHello or HandshakeType.CertificateRequest))
            return;
        if (!TlsVector.TryRead(ref dissection, TlsFields.CompressionLength, ref at, end, 1, MostOctet - 1, out int length))
        {
            at = end;
            return;
        }

        for (int next = at + length; at < next; at += 2)
            dissection.Number(TlsFields.CompressionAlgorithm, at, 2);
    }

    // RFC 9345, section 4.
    private static void ReadCredentials(ref Dissection dissection, HandshakeType message, ref int at, int end)
    {
        if (message is HandshakeType.ClientHello)
            ReadSignatureAlgorithms(ref dissection, ref at, end);
        else
            at = end;
    }

    private static void ReadEarlyData(ref Dissection dissection, TlsSession session, HandshakeType message, ref int at)
    {
        if (message is HandshakeType.ClientHello)
            session.ShownVersion = TlsSession.Version13; // no other has early data
        if (message is not HandshakeType.NewSessionTicket)
            return;
        dissection.Number(TlsFields.EarlyDataSize, at, 4);
        at += 4;
    }

    private static void ReadVersions(ref Dissection dissection, HandshakeType message, ref int at, int end)
    {
        if (message is HandshakeType.ServerHello or RetryRequest)
        {
            dissection.Number(TlsFields.SupportedVersion, at, 2);
            at += 2;
            return;
        }

        if (message is not HandshakeType.ClientHello)
            return;
        if (!TlsVector.TryRead(ref dissection, TlsFields.SupportedVersionsLength, ref at, end, 2, 254, out int length))
        {
            at = end;
            return;
        }

        int next = at + length;
        for (; at + 2 <= next; at += 2)
            dissection.Number(TlsFields.SupportedVersion, at, 2);
        TlsVector.End(ref dissection, at, next);
        at = next;
    }

    // RFC 9146, section 3.
    private static void ReadConnectionId(ref Dissection dissection, HandshakeType message, ref int at)
    {
        if (message is not (HandshakeType.ClientHello or HandshakeType.ServerHello))
            return;
        int length = (int)dissection.Number(TlsFields.ConnectionIdLength, at++, 1);
        dissection.Part(TlsFields.ConnectionId, at, length);
        at += length;
    }

    // draft-agl-tls-nextprotoneg-04.
    private static void ReadNextProtocols(ref Dissection dissection, ref int at, int end)
    {
        if (at == end)
            return;
        dissection.Label("Next Protocol Negotiation");
        dissection.Fields.Depth++;
        while (at < end)
        {
            if (!TlsVector.TryReadValue(ref dissection, TlsFields.NextNameLength, TlsFields.NextName, ref at, end, 1, MostOctet))
                at = end;
        }

        dissection.Fields.Depth--;
    }

    // draft-vvv-tls-alps-01.
    private static void ReadSettings(ref Dissection dissection, HandshakeType message, ref int at, int end)
    {
        if (message is not HandshakeType.ClientHello)
        {
            dissection.Part(TlsFields.Settings, at, end - at);
            at = end;
            return;
        }

        if (!TlsVector.TryRead(ref dissection, TlsFields.SettingsLength, ref at, end, 2, MostShort, out int length))
        {
            at = end;
            return;
        }

        int next = at + length;
        dissection.Fields.Add(TlsFields.SettingsList, 0, at, length);
        dissection.Fields.Depth++;
        while (at < next)
        {
            if (!TlsVector.TryReadValue(ref dissection, TlsFields.SettingsNameLength, TlsFields.SettingsName, ref at, next, 1, MostOctet))
                at = next;
        }

        dissection.Fields.Depth--;
    }

    // RFC 5746, section 3.2.
    private static void ReadRenegotiation(ref Dissection dissection, ref int at, int end)
    {
        dissection.Label("Renegotiation Info extension");
        dissection.Fields.Depth++;
        if (!TlsVector.TryReadValue(ref dissection, TlsFields.RenegotiationLength, TlsFields.Renegotiation, ref at, end, 0, MostOctet))
            at = end;
        dissection.Fields.Depth--;
    }

    // draft-ietf-tls-esni-03.
    private static void ReadHiddenName(ref Dissection dissection, HandshakeType message, ref int at, int end)
    {
        const int NonceLength = 16;
        if (message is HandshakeType.EncryptedExtensions)
        {
            dissection.Part(TlsFields.HiddenNameNonce, at, NonceLength);
            at += NonceLength;
        }

        if (message is not HandshakeType.ClientHello)
            return;
        dissection.Number(TlsFields.HiddenNameSuite, at, 2);
        at += 2;
        TlsKeyShares.ReadShare(ref dissection, ref at, end);
        if (!TlsVector.TryReadValue(ref dissection, TlsFields.HiddenNameDigestLength, TlsFields.HiddenNameDigest, ref at, end, 0, MostShort)
            || !TlsVector.TryReadValue(ref dissection, TlsFields.HiddenNameLength, TlsFields.HiddenName, ref at, end, 0, MostShort))
        {
            at = end;
        }
    }
}
