using NetWhy.Wire.Quic;

namespace NetWhy.Analysis.Dissection;

/// <summary>What proves that a Retry packet answers the client's first one. Source: RFC 9001, section 5.8; RFC 9369, section 3.3.3.</summary>
internal static class QuicRetry
{
    /// <summary>Octets of the tag at the end of the packet.</summary>
    internal const int TagLength = 16;

    /// <summary>Whether a packet's tag is right.</summary>
    /// <param name="packet">The packet, whole.</param>
    /// <param name="originalId">The id that the client sent its first packet to.</param>
    /// <param name="version">The version.</param>
    internal static bool IsAuthentic(ReadOnlySpan<byte> packet, ReadOnlySpan<byte> originalId, uint version)
    {
        (string key, string nonce) = version switch
        {
            QuicPacket.Version2 => ("8fb4b01b56ac48e260fbcbcead7ccc92", "d86969bc2d7c6d9990efb04a"),
            _ => QuicVersion.DraftOf(version) switch
            {
                <= 28 => ("4d32ecdb2a2133c841e4043df27d4430", "4d1611d05513a552c587d575"),
                <= 32 => ("ccce187ed09a09d05728155a6cb96be1", "e54930f97f2136f0530a8c1c"),
                _ => ("be0c690b9f66575a1d766b54e368c84e", "461599d35d632bf2239825bb"),
            },
        };
        byte[] associated = [(byte)originalId.Length, .. originalId, .. packet[..^TagLength]];
        return TlsCipher.Open(TlsProtection.Gcm, Convert.FromHexString(key), Convert.FromHexString(nonce), default, packet[^TagLength..], default, associated);
    }
}
