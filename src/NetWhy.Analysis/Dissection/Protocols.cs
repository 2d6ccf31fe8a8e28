using NetWhy.Analysis.Fields;

namespace NetWhy.Analysis.Dissection;

/// <summary>The protocols whose fields are read.</summary>
internal static class Protocols
{
    /// <summary>Those in the data of TCP streams.</summary>
    internal static FieldGroup[] OfStreams { get; } = [DnsDissector.Group, HttpDissector.Group, Http2Fields.Group, TlsDissector.Group, .. CertificateFields.Groups];

    /// <summary>Those that tell whether QUIC must be read: it is told from other data by what came before.</summary>
    internal static FieldGroup[] OfQuic { get; } = [QuicDissector.Group, TlsDissector.Group, .. CertificateFields.Groups, DataDissector.Group];

    /// <summary>Those that need TCP to be followed.</summary>
    internal static FieldGroup[] OverTcp { get; } = [TcpFields.Group, VerdictFields.Group, .. OfStreams];

    /// <summary>Their fields.</summary>
    internal static IReadOnlyList<FieldGroup> All { get; } =
    [
        FrameFields.Group, FrameFields.Comments, ExpertFields.Group, EthernetFields.Group, VlanFields.Group, MplsFields.Group, CookedDissector.Group, ArpDissector.Group, IpFields.Group, Ipv6Fields.Group,
        IcmpDissector.Group, Icmpv6Dissector.Group, GreDissector.Group, UdpDissector.Group, TcpFields.Group, VerdictFields.Group, VxlanDissector.Group, GeneveDissector.Group,
        DnsDissector.Group, DnsDissector.Multicast, DnsDissector.LinkLocal, HttpDissector.Group, Http2Fields.Group, TlsDissector.Group, QuicDissector.Group,
        .. CertificateFields.Groups, DataDissector.Group,
    ];
}
