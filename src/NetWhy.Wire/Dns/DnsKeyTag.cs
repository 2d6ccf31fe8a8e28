namespace NetWhy.Wire.Dns;

/// <summary>The number that signatures and DS records call a key by.</summary>
public static class DnsKeyTag
{
    private const int AlgorithmOffset = 3;

    /// <summary>Computes the tag of a key.</summary>
    /// <param name="data">The data of a DNSKEY, CDNSKEY or KEY record.</param>
    /// <returns>The tag; 0 for data that is too short.</returns>
    /// <remarks>Source: RFC 4034, appendix B; B.1 for RSA/MD5.</remarks>
    public static ushort Of(ReadOnlySpan<byte> data)
    {
        if (data.Length > AlgorithmOffset && (DnsSecurityAlgorithm)data[AlgorithmOffset] is DnsSecurityAlgorithm.RsaMd5)
            return data.Length > AlgorithmOffset + 3 ? (ushort)((data[^3] << 8) | data[^2]) : (ushort)0;

        return SumOf(data);
    }

    /// <summary>The tag of all algorithms but RSA/MD5; BIND prints it for that one, too.</summary>
    internal static ushort SumOf(ReadOnlySpan<byte> data)
    {
        uint sum = 0;
        for (int i = 0; i < data.Length; i++)
            sum += (i & 1) == 0 ? (uint)data[i] << 8 : data[i];
        return (ushort)(sum + (sum >> 16));
    }
}
