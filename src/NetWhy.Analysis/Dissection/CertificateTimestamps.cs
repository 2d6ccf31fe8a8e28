namespace NetWhy.Analysis.Dissection;

/// <summary>Signed timestamps of certificates. Source: RFC 6962, section 3.3.</summary>
internal static class CertificateTimestamps
{
    private const int LogIdLength = 32;

    /// <summary>Reads a list of them.</summary>
    /// <param name="dissection">The packet.</param>
    /// <param name="at">Where it begins.</param>
    /// <param name="end">Where what it lies in ends.</param>
    /// <param name="version">The version of TLS that signatures are made as in.</param>
    /// <returns>Where it ends.</returns>
    internal static int Read(ref Dissection dissection, int at, int end, ushort version)
    {
        if (!TlsVector.TryRead(ref dissection, TlsFields.TimestampsLength, ref at, end, 1, ushort.MaxValue, out _))
            return end;
        while (at < end)
        {
            AddLine(ref dissection, at, end);
            dissection.Fields.Depth++;
            bool isThere = TlsVector.TryRead(ref dissection, TlsFields.TimestampLength, ref at, end, 1, ushort.MaxValue, out int length);
            if (isThere)
            {
                int next = at + length;
                TlsVector.End(ref dissection, ReadOne(ref dissection, at, next, version), next);
                at = next;
            }

            dissection.Fields.Depth--;
            if (!isThere)
                return end;
        }

        return at;
    }

    private static void AddLine(ref Dissection dissection, int at, int end)
    {
        if (!dissection.Fields.IsWanted(FrameFields.Text))
            return;
        int log = at + 3; // behind a length and a version
        string name = log + LogIdLength > end || dissection.U8(at + 2) != 0 || !dissection.Need(log, LogIdLength) ? "" : $" ({TimestampLogs.NameOf(dissection.Octets.Slice(log, LogIdLength)) ?? "Unknown Log"})";
        dissection.Label($"Signed Certificate Timestamp{name}");
    }

    private static int ReadOne(ref Dissection dissection, int at, int end, ushort version)
    {
        ulong timestampVersion = dissection.Number(TlsFields.TimestampVersion, at++, 1);
        if (timestampVersion != 0)
            return at;
        dissection.Part(TlsFields.TimestampLog, at, LogIdLength);
        at += LogIdLength;
        if (dissection.Need(at, 8))
            dissection.Fields.Add(TlsFields.Timestamp, dissection.Integer(at, 8) * 1_000_000, at, 8); // milliseconds
        at += 8;
        if (!TlsVector.TryReadValue(ref dissection, TlsFields.TimestampExtensionsLength, TlsFields.TimestampExtensions, ref at, end, 0, ushort.MaxValue))
            return end;
        return TlsKeyExchange.ReadSigned(ref dissection, at, end, version, TlsFields.TimestampSignatureLength, TlsFields.TimestampSignature);
    }
}
