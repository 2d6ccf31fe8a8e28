using NetWhy.Wire.Quic;

namespace NetWhy.Analysis.Dissection;

/// <summary>Versions of QUIC, and what of them differs. Sources: RFC 9000, section 15; RFC 9369; github.com/quicwg/base-drafts/wiki/QUIC-Versions.</summary>
internal static class QuicVersion
{
    /// <summary>Google's last version with frames of its own.</summary>
    internal const uint Q050 = 0x5130_3530;

    /// <summary>Q050 with TLS.</summary>
    internal const uint T050 = 0x5430_3530;

    /// <summary>What followed T050.</summary>
    internal const uint T051 = 0x5430_3531;

    private const uint Mvfst22 = 0xface_b001;
    private const uint Mvfst27 = 0xface_b002;
    private const uint MvfstExperimental = 0xface_b00e;
    private const int Final = 34;
    private const int Second = 100;

    /// <summary>Whether packets carry frames of Google.</summary>
    /// <param name="version">The version.</param>
    internal static bool IsGoogle(uint version) => version is Q050 or T050 or T051;

    /// <summary>The draft that a version is like; 34 for version 1, 100 for version 2, 0 if it is not known.</summary>
    /// <param name="version">The version.</param>
    internal static int DraftOf(uint version) => version switch
    {
        QuicPacket.Version1 => Final,
        QuicPacket.Version2 => Second,
        Mvfst22 => 22,
        Mvfst27 or MvfstExperimental or Q050 or T050 or T051 => 27,
        _ when version >> 8 == 0xff_0000 => (int)(version & 0xff),
        _ when QuicPacket.IsGrease(version) => 29,
        _ => 0,
    };
}
