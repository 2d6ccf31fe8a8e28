using NetWhy.Wire.Tls;

namespace NetWhy.Analysis.Dissection;

/// <summary>Messages of the handshake that carry certificates, or ask for them. Sources: RFC 8446, section 4.4.2; RFC 5246, section 7.4.2; RFC 6066, section 8; RFC 8879.</summary>
internal static class TlsCertificateMessages
{
    private const int MostNames = 100; // as many as Wireshark shows
    private const int MostLong = (1 << 24) - 1;

    /// <summary>Reads certificates.</summary>
    /// <param name="dissection">The packet.</param>
    /// <param name="session">What is remembered of the session.</param>
    /// <param name="at">Where the message's body begins.</param>
    /// <param name="end">Where it ends.</param>
    internal static void Read(ref Dissection dissection, TlsSession session, int at, int end)
    {
        bool isVersion13 = session.ShownVersion == TlsSession.Version13;
        if (isVersion13 && !TlsVector.TryReadValue(ref dissection, TlsFields.CertificateContextLength, TlsFields.CertificateContext, ref at, end, 0, byte.MaxValue))
            return;
        if (!TlsVector.TryRead(ref dissection, TlsFields.CertificatesLength, ref at, end, 0, MostLong, out int length))
            return;
        if (length == 0)
            return;
        dissection.Fields.Add(TlsFields.Certificates, 0, at, length);
        dissection.Fields.SayMore($" ({length} bytes)");
        dissection.Fields.Depth++;
        ReadChain(ref dissection, session, isVersion13, at, at + length);
        dissection.Fields.Depth--;
    }

    private static void ReadChain(ref Dissection dissection, TlsSession session, bool hasExtensions, int at, int end)
    {
        while (at < end)
        {
            if (!TlsVector.TryRead(ref dissection, TlsFields.CertificateLength, ref at, end, 1, MostLong, out int length))
                return;
            dissection.Part(TlsFields.Certificate, at, length);
            int place = dissection.Fields.IsWanted(TlsFields.Certificate) ? dissection.Fields.Last : -1;
            dissection.Fields.Depth++;
            CertificateDissector.Read(ref dissection, at, length, place);
            dissection.Fields.Depth--;
            at += length;
            if (hasExtensions)
                at = TlsExtensions.Read(ref dissection, session, HandshakeType.Certificate, at, end);
        }
    }

    /// <summary>Reads what a certificate is asked for with.</summary>
    /// <param name="dissection">The packet.</param>
    /// <param name="session">What is remembered of the session.</param>
    /// <param name="at">Where the message's body begins.</param>
    /// <param name="end">Where it ends.</param>
    internal static void ReadRequest(ref Dissection dissection, TlsSession session, int at, int end)
    {
        if (session.ShownVersion == TlsSession.Version13)
        {
            if (TlsVector.TryReadValue(ref dissection, TlsFields.CertificateContextLength, TlsFields.CertificateContext, ref at, end, 0, byte.MaxValue))
                _ = TlsExtensions.Read(ref dissection, session, HandshakeType.CertificateRequest, at, end);
            return;
        }

        if (!TlsVector.TryRead(ref dissection, TlsFields.CertificateTypeCount, ref at, end, 1, byte.MaxValue, out int count))
            return;
        dissection.Fields.Add(TlsFields.CertificateTypes, 0, at, count);
        dissection.Fields.SayMore($" ({count} type{(count == 1 ? "" : "s")})");
        dissection.Fields.Depth++;
        for (; count > 0; count--)
            dissection.Number(TlsFields.CertificateType, at++, 1);
        dissection.Fields.Depth--;
        if (session.ShownVersion == TlsSession.Version12)
            TlsExtensions.ReadSignatureAlgorithms(ref dissection, ref at, end);
        _ = ReadAuthorities(ref dissection, at, end);
    }

    /// <summary>Reads who may have issued a certificate.</summary>
    /// <param name="dissection">The packet.</param>
    /// <param name="at">Where the names begin, with their length.</param>
    /// <param name="end">Where what they lie in ends.</param>
    /// <returns>Where they end.</returns>
    internal static int ReadAuthorities(ref Dissection dissection, int at, int end)
    {
        if (!TlsVector.TryRead(ref dissection, TlsFields.NamesLength, ref at, end, 0, ushort.MaxValue, out int length))
            return end;
        if (length == 0)
            return at;
        dissection.Fields.Add(TlsFields.Names, 0, at, length);
        dissection.Fields.SayMore($" ({length} byte{(length == 1 ? "" : "s")})");
        dissection.Fields.Depth++;
        int next = at + length;
        for (int left = MostNames; at < next; left--)
        {
            if (left == 0)
            {
                dissection.Fields.Add(TlsFields.NamesCut, 0, at, next - at);
                break;
            }

            if (!TlsVector.TryRead(ref dissection, TlsFields.NameLength, ref at, next, 1, ushort.MaxValue, out length))
                break;
            CertificateDissector.ReadNameAt(ref dissection, TlsFields.Name, (at, length));
            at += length;
        }

        dissection.Fields.Depth--;
        return next;
    }

    /// <summary>Reads whether a certificate was revoked, as its issuer says.</summary>
    /// <param name="dissection">The packet.</param>
    /// <param name="at">Where it begins.</param>
    /// <param name="end">Where what it lies in ends.</param>
    /// <returns>Where it ends.</returns>
    internal static int ReadStatus(ref Dissection dissection, int at, int end)
    {
        const int Response = 1;
        const int Responses = 2;
        ulong type = dissection.Number(TlsFields.StatusType, at++, 1);
        if (type == Response)
            return ReadResponse(ref dissection, at, end);
        if (type != Responses)
            return at;
        if (!TlsVector.TryRead(ref dissection, TlsFields.StatusResponsesLength, ref at, end, 1, MostLong, out int length))
            return end;
        for (end = at + length; at < end;)
            at = ReadResponse(ref dissection, at, end);
        return at;
    }

    private static int ReadResponse(ref Dissection dissection, int at, int end)
    {
        if (!TlsVector.TryRead(ref dissection, TlsFields.StatusResponseLength, ref at, end, 1, MostLong, out int length))
            return end;
        dissection.Fields.AddLayer("ocsp");
        dissection.Label("OCSP Response");
        return at + length;
    }

    /// <summary>Reads a chain that is compressed: it stays so.</summary>
    /// <param name="dissection">The packet.</param>
    /// <param name="at">Where the message's body begins.</param>
    /// <param name="end">Where it ends.</param>
    internal static void ReadCompressed(ref Dissection dissection, int at, int end)
    {
        dissection.Number(TlsFields.CompressionAlgorithm, at, 2);
        dissection.Number(TlsFields.UncompressedLength, at + 2, 3);
        at += 5;
        if (TlsVector.TryRead(ref dissection, TlsFields.CompressedLength, ref at, end, 1, MostLong, out int length))
            dissection.Part(TlsFields.Compressed, at, length);
    }
}
