using NetWhy.Analysis.Fields;
using NetWhy.Analysis.Summaries;
using NetWhy.Wire.Tls;

namespace NetWhy.Analysis.Dissection;

/// <summary>Messages of the handshake, as records or QUIC carry them. Sources: RFC 8446, RFC 5246.</summary>
internal static class TlsHandshakeDissector
{
    private const int MostFragments = 4096; // of one message
    private const int HeaderLength = 4;
    private const int RandomLength = 32;
    private const int LeastEncrypted = 16; // a code or a tag that proves it is as long
    private const int LongestMessage = 1 << 16;
    private const string Encrypted = "Encrypted Handshake Message";

    // RFC 8446, section 4.1.3: the digest of "HelloRetryRequest" instead of something random.
    private static ReadOnlySpan<byte> RetryRandom =>
    [
        0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91,
        0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c,
    ];

    /// <summary>Reads messages: one may lie in several records, and several in one.</summary>
    /// <param name="dissection">The packet.</param>
    /// <param name="record">What carries them.</param>
    /// <param name="offset">Where what it carries begins.</param>
    /// <param name="here">How much of it there is.</param>
    /// <param name="size">How much it announced.</param>
    /// <param name="mayBeEncrypted">Whether it was not decrypted.</param>
    internal static void Read(ref Dissection dissection, in TlsRecordContext record, int offset, int here, int size, bool mayBeEncrypted)
    {
        HandshakePart rest = record.Session.Rest[record.Direction];
        bool isFirst = true;
        if (!rest.IsEmpty && here == size)
        {
            int taken = rest.Lacks(dissection.Octets.Slice(offset, here));
            if (!dissection.Memory.TryKeep(rest, dissection.Octets.Slice(offset, taken)))
                return;
            if (taken > 0)
                rest.Fragments.Add((dissection.FrameNumber, taken));
            if (rest.Fragments.Count > MostFragments)
            {
                dissection.Memory.Forget(rest);
                rest.Fragments.Clear();
                return;
            }

            if (!rest.IsWhole)
            {
                Show(ref dissection, record, rest.Octets[0], isEncrypted: false, isFirst: false, isWhole: false, offset, here);
                return;
            }

            foreach ((uint frame, _) in rest.Fragments)
                dissection.Memory.Hindsight?.Learn(Later.Handshake, frame, (uint)record.Direction, dissection.FrameNumber);
            ReadJoined(ref dissection, record, rest, offset, taken);
            offset += taken;
            here -= taken;
            size -= taken;
            isFirst = false;
        }
        else
        {
            dissection.Memory.Forget(rest);
            rest.Fragments.Clear();
            if (IsEncrypted(ref dissection, record, offset, here, size, mayBeEncrypted))
            {
                Show(ref dissection, record, 0, isEncrypted: true, isFirst: true, isWhole: true, offset, here);
                return;
            }
        }

        while (here > 0)
        {
            int whole = here < HeaderLength ? 0 : HeaderLength + (int)dissection.Integer(offset + 1, 3);
            if (whole == 0 || whole > size)
            {
                Show(ref dissection, record, dissection.U8(offset), isEncrypted: false, isFirst, isWhole: false, offset, here);
                if (here == size && dissection.Memory.TryKeep(rest, dissection.Octets.Slice(offset, here)))
                    rest.Fragments.Add((dissection.FrameNumber, here));
                return;
            }

            ReadWhole(ref dissection, record, offset, Math.Min(whole, here), isFirst);
            isFirst = false;
            offset += whole;
            here -= whole;
            size -= whole;
        }
    }

    private static void ReadJoined(ref Dissection dissection, in TlsRecordContext record, HandshakePart rest, int offset, int taken)
    {
        dissection.Fields.Add(TlsFields.Handshake, 0, offset, taken);
        dissection.Fields.Say($"{TlsFields.Handshake.Label}: {TlsNames.Handshake.GetValueOrDefault((ulong)rest.Octets[0]) ?? Encrypted} (last fragment)");
        byte[] joined = rest.Octets.ToArray();
        dissection.Memory.Forget(rest);
        if (dissection.Fields.Join(joined, "Reassembled TLS Handshake") is { } source)
        {
            byte before = dissection.Fields.Source;
            dissection.Fields.Source = source;
            AddFragments(dissection.Fields, rest.Fragments, joined.Length);
            Dissection whole = dissection.Over(joined);
            ReadWhole(ref whole, record, 0, joined.Length, isFirst: true);
            dissection.Fields.Source = before;
        }

        rest.Fragments.Clear();
    }

    private static void AddFragments(PacketFields fields, List<(uint Frame, int Length)> fragments, int length)
    {
        fields.Add(TlsFields.Fragments, 0, 0, length);
        fields.Say($"{fragments.Count} {TlsFields.Fragments.Label} ({length} bytes): ");
        int head = fields.Last;
        for (int index = 0; index < fragments.Count; index++)
            fields.SayMoreOf(head, $"{(index > 0 ? ", " : "")}#{fragments[index].Frame}({fragments[index].Length})");
        fields.Depth++;
        int place = 0;
        foreach ((uint frame, int size) in fragments)
        {
            fields.Add(TlsFields.Fragment, frame, place, size);
            fields.Say($"Frame: {frame}, payload: {place}-{place + size - 1} ({size} {(size == 1 ? "byte" : "bytes")})");
            place += size;
        }

        fields.Add(TlsFields.FragmentCount, (ulong)fragments.Count, 0, 0);
        fields.Depth--;
    }

    // What is short is in the clear; what is encrypted follows a change of ciphers, or makes no sense.
    private static bool IsEncrypted(ref Dissection dissection, in TlsRecordContext record, int offset, int here, int size, bool mayBeEncrypted)
    {
        const int NonceLength = 5; // that much of one that counts from 0 is 0, and no message begins so
        if (size < LeastEncrypted || here < HeaderLength)
            return false;
        uint changed = record.Session.ChangedIn[record.Direction];
        if (mayBeEncrypted && ((here >= NonceLength && dissection.Integer(offset, NonceLength) == 0) || (changed != 0 && dissection.FrameNumber > changed)))
            return true;
        return !TlsNames.Handshake.ContainsKey(dissection.U8(offset)) || dissection.Integer(offset + 1, 3) >= LongestMessage;
    }

    // Says what it is, in the list, in the line of the record and in its own.
    private static void Show(ref Dissection dissection, in TlsRecordContext record, byte type, bool isEncrypted, bool isFirst, bool isWhole, int offset, int length)
    {
        string name = (isEncrypted ? null : TlsNames.Handshake.GetValueOrDefault((ulong)type)) ?? Encrypted;
        if (dissection.Summary is { } summary && (isWhole || isFirst))
            TlsSummary.WriteHandshake(summary, isWhole ? name : $"[{name} Fragment]");
        string part = isWhole || isEncrypted ? "" : " (fragment)";
        string version = TlsNames.ShortVersion(record.Version) ?? "TLS";
        dissection.Fields.SayOf(record.Place, $"{version} Record Layer: Handshake Protocol: {(isFirst ? name : "Multiple Handshake Messages")}{(isFirst ? part : "")}");
        dissection.Fields.Add(TlsFields.Handshake, 0, offset, length);
        dissection.Fields.Say($"{TlsFields.Handshake.Label}: {name}{part}");
        if (!isWhole && dissection.Memory.Hindsight?.Find(Later.Handshake, dissection.FrameNumber, (uint)record.Direction) is { } last)
        {
            dissection.Fields.Depth++;
            dissection.Fields.Add(TlsFields.MessageIn, (ulong)last, 0, 0);
            dissection.Fields.Depth--;
        }
    }

    private static void ReadWhole(ref Dissection dissection, in TlsRecordContext record, int offset, int length, bool isFirst)
    {
        TlsSession session = record.Session;
        byte type = dissection.U8(offset);
        string? name = TlsNames.Handshake.GetValueOrDefault((ulong)type);
        if (name is null && !isFirst)
            return;
        int at = offset + HeaderLength;
        int end = offset + length;
        bool isRetry = false;
        if (type == (byte)HandshakeType.ServerHello && end - at > 2)
            session.Choose(ScanServerHello(ref dissection, at, end, out isRetry));
        Show(ref dissection, record, isRetry ? (byte)TlsExtensions.RetryRequest : type, isEncrypted: false, isFirst, isWhole: true, offset, length);
        if (name is null)
            return;
        dissection.Fields.Depth++;
        dissection.Number(TlsFields.HandshakeType, offset, 1);
        dissection.Fields.Say($"Handshake Type: {name} ({type})");
        dissection.Number(TlsFields.HandshakeLength, offset + 1, 3);
        ReadBody(ref dissection, record, (HandshakeType)type, isRetry, at, end);
        dissection.Fields.Depth--;
    }

    private static void ReadBody(ref Dissection dissection, in TlsRecordContext record, HandshakeType type, bool isRetry, int at, int end)
    {
        TlsSession session = record.Session;
        switch (type)
        {
            case HandshakeType.ClientHello:
                ReadClientHello(ref dissection, record, at, end);
                break;
            case HandshakeType.ServerHello:
                ReadServerHello(ref dissection, record, at, end, isRetry);
                break;
            case HandshakeType.NewSessionTicket:
                ReadTicket(ref dissection, session, at, end);
                break;
            case TlsExtensions.RetryRequest:
                ReadRetryRequest(ref dissection, session, at, end);
                break;
            case HandshakeType.EncryptedExtensions:
                _ = TlsExtensions.Read(ref dissection, session, type, at, end);
                break;
            case HandshakeType.Certificate:
                TlsCertificateMessages.Read(ref dissection, session, at, end);
                break;
            case HandshakeType.ServerKeyExchange:
                TlsKeyExchange.ReadServer(ref dissection, session, at, end);
                break;
            case HandshakeType.CertificateRequest:
                TlsCertificateMessages.ReadRequest(ref dissection, session, at, end);
                break;
            case HandshakeType.ServerHelloDone:
                session.IsResumed = false;
                break;
            case HandshakeType.CertificateVerify:
                _ = TlsKeyExchange.ReadSigned(ref dissection, at, end, session.ShownVersion, TlsFields.ProofLength, TlsFields.Proof);
                break;
            case HandshakeType.ClientKeyExchange:
                TlsKeyExchange.ReadClient(ref dissection, session, at, end);
                break;
            case HandshakeType.Finished:
                ReadFinished(ref dissection, session, at, end);
                break;
            case HandshakeType.CertificateStatus:
                _ = TlsCertificateMessages.ReadStatus(ref dissection, at, end);
                break;
            case HandshakeType.KeyUpdate:
                byte depth = dissection.Fields.Depth--; // Wireshark shows it beside the message
                dissection.Number(TlsFields.KeyUpdate, at, 1);
                dissection.Fields.Depth = depth;
                session.UpdateKey(record.Direction);
                break;
            case (HandshakeType)25:
                TlsCertificateMessages.ReadCompressed(ref dissection, at, end);
                break;
            case (HandshakeType)67:
                ReadChosenProtocol(ref dissection, at);
                break;
        }
    }

    // The version of TLS 1.3 stands among the extensions: RFC 8446, section 4.2.1.
    private static ushort ScanServerHello(ref Dissection dissection, int at, int end, out bool isRetry)
    {
        const int LeastLength = 46; // with an extension that tells it
        const int SuiteLength = 5; // with the method of compression and the length of the extensions
        ushort version = dissection.U16(at);
        isRetry = false;
        if (version != TlsSession.Version12 || end - at < LeastLength || !dissection.Has(at, end - at))
            return version;
        at += 2;
        isRetry = dissection.Octets.Slice(at, RandomLength).SequenceEqual(RetryRandom);
        at += RandomLength;
        at += 1 + dissection.U8(at) + SuiteLength;
        while (end - at >= 6)
        {
            int type = dissection.U16(at);
            int length = dissection.U16(at + 2);
            if (end - at < 4 + length)
                break;
            if (type == (int)TlsExtensionType.SupportedVersions && length == 2)
                return dissection.U16(at + 4);
            at += 4 + length;
        }

        return version;
    }

    private static void ReadClientHello(ref Dissection dissection, in TlsRecordContext record, int at, int end)
    {
        TlsSession session = record.Session;
        if (dissection.Has(at + 2, RandomLength))
            session.BeginClient(record.Direction, dissection.Octets.Slice(at + 2, RandomLength), dissection.Memory.KeyLog);
        TlsPrint? print = WantsPrint(dissection.Fields, TlsFields.ClientPrintWhole, TlsFields.ClientPrint) ? new(dissection.U16(at)) : null;
        if (!ReadOffer(ref dissection, session, ref at, end, print))
            return;
        if (at < end)
            _ = TlsExtensions.Read(ref dissection, session, HandshakeType.ClientHello, at, end, print);
        else
            print?.EndExtensions(isClient: true);
        print?.Write(dissection.Fields, TlsFields.ClientPrintWhole, TlsFields.ClientPrint);
    }

    // Up to the extensions.
    private static bool ReadOffer(ref Dissection dissection, TlsSession session, ref int at, int end, TlsPrint? print)
    {
        dissection.Number(TlsFields.HandshakeVersion, at, 2);
        at += 2;
        ReadRandom(ref dissection, session, ref at, isRetry: false);
        if (!TlsVector.TryRead(ref dissection, TlsFields.CipherSuitesLength, ref at, end, 2, ushort.MaxValue, out int length))
            return false;
        int next = at + length;
        dissection.Fields.Add(TlsFields.CipherSuites, 0, at, length);
        dissection.Fields.SayMore($" ({length / 2} suite{(length / 2 == 1 ? "" : "s")})");
        dissection.Fields.Depth++;
        for (; at + 2 <= next; at += 2)
        {
            print?.AddSuite(dissection.U16(at));
            dissection.Number(TlsFields.CipherSuite, at, 2);
        }

        TlsVector.End(ref dissection, at, next);
        dissection.Fields.Depth--;
        at = next;
        print?.Separate();
        if (!TlsVector.TryRead(ref dissection, TlsFields.CompressionMethodsLength, ref at, end, 1, byte.MaxValue, out length))
            return false;
        dissection.Fields.Add(TlsFields.CompressionMethods, 0, at, length);
        dissection.Fields.SayMore($" ({length} method{(length == 1 ? "" : "s")})");
        dissection.Fields.Depth++;
        for (; length > 0; length--, at++)
        {
            byte method = (byte)dissection.Number(TlsFields.CompressionMethod, at, 1);
            if (method >= 64) // RFC 3749, section 2
                dissection.Fields.Say($"{TlsFields.CompressionMethod.Label}: {(method < 193 ? "Reserved - to be assigned by IANA" : "Private use range")} ({method})");
        }

        dissection.Fields.Depth--;
        return true;
    }

    private static bool WantsPrint(PacketFields fields, Field whole, Field digest) => fields.IsWanted(whole) || fields.IsWanted(digest);

    private static void ReadServerHello(ref Dissection dissection, in TlsRecordContext record, int at, int end, bool isRetry)
    {
        TlsSession session = record.Session;
        session.IsResumed = true;
        session.Server = record.Direction;
        TlsPrint? print = WantsPrint(dissection.Fields, TlsFields.ServerPrintWhole, TlsFields.ServerPrint) ? new(dissection.U16(at)) : null;
        dissection.Number(TlsFields.HandshakeVersion, at, 2);
        int random = at += 2;
        ReadRandom(ref dissection, session, ref at, isRetry);
        session.Suite = (ushort)dissection.Number(TlsFields.CipherSuite, at, 2);
        print?.AddSuite(session.Suite);
        print?.Separate();
        dissection.Number(TlsFields.CompressionMethod, at + 2, 1);
        at += 3;
        if (at < end)
            _ = TlsExtensions.Read(ref dissection, session, isRetry ? TlsExtensions.RetryRequest : HandshakeType.ServerHello, at, end, print);
        print?.Write(dissection.Fields, TlsFields.ServerPrintWhole, TlsFields.ServerPrint);
        if (dissection.Summary is { } line)
            TlsSummary.SetVersion(line, session.Version);
        if (!isRetry && dissection.Has(random, RandomLength))
            session.BeginServer(dissection.Octets.Slice(random, RandomLength), dissection.Memory.KeyLog);
    }

    // With the id of the session behind it.
    private static void ReadRandom(ref Dissection dissection, TlsSession session, ref int at, bool isRetry)
    {
        const int TimeLength = 4;
        dissection.Part(TlsFields.Random, at, RandomLength);
        if (session.ShownVersion != TlsSession.Version13)
        {
            dissection.Fields.Depth++;
            if (dissection.Need(at, RandomLength))
                dissection.Fields.Add(TlsFields.RandomTime, dissection.U32(at) * 1_000_000_000UL, at, TimeLength);
            dissection.Part(TlsFields.RandomBytes, at + TimeLength, RandomLength - TimeLength);
            dissection.Fields.Depth--;
        }
        else if (isRetry)
        {
            dissection.Fields.SayMore($" (HelloRetryRequest magic)");
        }

        at += RandomLength;
        int length = (int)dissection.Number(TlsFields.SessionIdLength, at++, 1);
        if (length > 0)
            dissection.Part(TlsFields.SessionId, at, length);
        at += length;
    }

    // RFC 8446, section 4.6.1; RFC 5077, section 3.3.
    private static void ReadTicket(ref Dissection dissection, TlsSession session, int at, int end)
    {
        const int Minute = 60;
        bool isVersion13 = session.ShownVersion == TlsSession.Version13;
        dissection.Label("TLS Session Ticket");
        dissection.Fields.Depth++;
        uint lifetime = (uint)dissection.Number(TlsFields.TicketLifetime, at, 4);
        if (lifetime >= Minute)
            dissection.SaySeconds(lifetime);
        at += 4;
        if (isVersion13)
        {
            dissection.Number(TlsFields.TicketAgeAdd, at, 4);
            at += 4;
        }

        bool isThere = !isVersion13;
        if (isVersion13 && TlsVector.TryRead(ref dissection, TlsFields.TicketNonceLength, ref at, end, 0, byte.MaxValue, out int nonce))
        {
            dissection.Part(TlsFields.TicketNonce, at, nonce);
            at += nonce;
            isThere = true;
        }

        if (isThere && TlsVector.TryRead(ref dissection, TlsFields.TicketLength, ref at, end, isVersion13 ? 1 : 0, ushort.MaxValue, out int length))
        {
            dissection.Part(TlsFields.Ticket, at, length);
            if (isVersion13)
                _ = TlsExtensions.Read(ref dissection, session, HandshakeType.NewSessionTicket, at + length, end);
        }

        dissection.Fields.Depth--;
    }

    // draft-ietf-tls-tls13-21, section 4.1.4.
    private static void ReadRetryRequest(ref Dissection dissection, TlsSession session, int at, int end)
    {
        const int FirstWithSuite = 0x7f13;
        int version = (int)dissection.Number(TlsFields.HandshakeVersion, at, 2);
        at += 2;
        if (version is < 0x7f00 or >= FirstWithSuite)
        {
            dissection.Number(TlsFields.CipherSuite, at, 2);
            at += 2;
        }

        _ = TlsExtensions.Read(ref dissection, session, TlsExtensions.RetryRequest, at, end);
    }

    private static void ReadFinished(ref Dissection dissection, TlsSession session, int at, int end)
    {
        const int Md5Length = 16;
        const int Sha1Length = 20;
        if (session.ShownVersion != 0x0300)
        {
            dissection.Fields.Add(TlsFields.VerifyData, 0, at, end - at);
            return;
        }

        dissection.Fields.Add(TlsFields.VerifyMd5, 0, at, Md5Length);
        dissection.Fields.Add(TlsFields.VerifySha1, 0, at + Md5Length, Sha1Length);
    }

    // draft-agl-tls-nextprotoneg-04.
    private static void ReadChosenProtocol(ref Dissection dissection, int at)
    {
        int length = (int)dissection.Number(TlsFields.ChosenProtocolLength, at, 1);
        dissection.Part(TlsFields.ChosenProtocol, at + 1, length);
        at += 1 + length;
        length = (int)dissection.Number(TlsFields.ChosenPaddingLength, at, 1);
        dissection.Part(TlsFields.ChosenPadding, at + 1, length);
    }
}
