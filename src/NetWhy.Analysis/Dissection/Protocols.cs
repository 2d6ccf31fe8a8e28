using NetWhy.Analysis.Fields;

namespace NetWhy.Analysis.Dissection;

/// <summary>The protocols whose fields are read.</summary>
internal static class Protocols
{
    /// <summary>Those in the data of TCP streams, and what of it nobody reads.</summary>
    internal static FieldGroup[] OfStreams { get; } = [DataDissector.Group, DnsDissector.Group, HttpDissector.Group, .. HttpContent.Groups, Http2Fields.Group, WebSocketDissector.Group, TlsFields.Group, .. CertificateFields.Groups];

    /// <summary>Those that tell whether QUIC must be read: it is told from other data by what came before.</summary>
    internal static FieldGroup[] OfQuic { get; } = [QuicFields.Group, TlsFields.Group, .. CertificateFields.Groups, DataDissector.Group];

    /// <summary>Those that need TCP to be followed.</summary>
    internal static FieldGroup[] OverTcp { get; } = [TcpFields.Group, MultipathFields.Group, VerdictFields.Group, .. OfStreams];

    /// <summary>Those of ICMPv6 that other classes declare.</summary>
    internal static FieldGroup[] OfIcmpv6 { get; } =
    [
        NeighborOptions.Group, ListenerMessages.Group, RouterRenumbering.Group, NodeInformation.Group, MobilityMessages.Group,
        RplMessages.Group, RplOptions.Group, RplMetrics.Group, LowPowerMessages.Group,
    ];

    /// <summary>Their fields.</summary>
    internal static IReadOnlyList<FieldGroup> All { get; } =
    [
        FrameFields.Group, FrameFields.Comments, ExpertFields.Group, .. FaultFields.All, EthernetFields.Group, VlanFields.Group, ServiceVlanFields.Group, LoopbackFields.Group, RawFields.Group, PointToPointFields.Group, SessionFields.Group, MplsFields.Group, CookedDissector.Group, AtmArpDissector.Group, IpFields.Group, Ipv6Fields.Group,
        IcmpDissector.Group, IcmpExtensions.Group, MobileIpAdvertisement.Group, Icmpv6Dissector.Group, .. OfIcmpv6, GreDissector.Group, UdpDissector.Group, UdpDissector.Lite, TcpFields.Group, MultipathFields.Group, VerdictFields.Group, VxlanDissector.Group, GeneveDissector.Group,
        DnsRecordFields.Group, DnsDissector.Multicast, DnsDissector.LinkLocal, HttpDissector.Group, .. HttpContent.Groups, Http2Fields.Group, WebSocketDissector.Group, TlsFields.Group, TlsQuicParameters.Group, QuicFields.Group,
        .. CertificateFields.Groups, DataDissector.Group,
    ];
}
