using System.Net;
using System.Text.Json.Serialization;

namespace NetWhy.Evidence;

/// <summary>One thing that one probe saw at one moment. It says what happened, never what it means.</summary>
/// <remarks>
/// This is the narrow waist of netwhy: probes only make evidence, rules and renderers only read it. Each kind has a
/// stable name in JSON, so evidence saved today can be judged again by next year's rules. A new kind is a deliberate
/// change to that contract: add a record to this folder and a line here. Members are added, never renamed; one that
/// is added later is nullable, since evidence kept before does not have it and that means "unknown".
/// The log that a probe reports to fills in <see cref="Id"/>, <see cref="Probe"/>, <see cref="Vantage"/> and
/// <see cref="At"/>; a probe sets only what it saw.
/// </remarks>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(InvestigationStarted), "investigation.started")]
[JsonDerivedType(typeof(InvestigationEnded), "investigation.ended")]
[JsonDerivedType(typeof(NotObserved), "not-observed")]
[JsonDerivedType(typeof(ResolverConfiguration), "dns.configuration")]
[JsonDerivedType(typeof(HostsFileEntry), "dns.hosts-entry")]
[JsonDerivedType(typeof(DnsExchange), "dns.exchange")]
[JsonDerivedType(typeof(NameResolution), "dns.resolution")]
[JsonDerivedType(typeof(AuthorityAnswer), "dns.authority")]
[JsonDerivedType(typeof(NameValidation), "dns.validation")]
[JsonDerivedType(typeof(DelegationWalk), "dns.delegation")]
[JsonDerivedType(typeof(ZoneServer), "dns.zone-server")]
[JsonDerivedType(typeof(DelegationFlaw), "dns.delegation-flaw")]
[JsonDerivedType(typeof(RouteLookup), "route.lookup")]
[JsonDerivedType(typeof(RouteTable), "route.table")]
[JsonDerivedType(typeof(PolicyRules), "route.rules")]
[JsonDerivedType(typeof(LinkState), "link.state")]
[JsonDerivedType(typeof(QueueDiscipline), "link.queue")]
[JsonDerivedType(typeof(LinkHardware), "link.hardware")]
[JsonDerivedType(typeof(SoftnetState), "kernel.softnet")]
[JsonDerivedType(typeof(NeighbourTable), "neighbour.table")]
[JsonDerivedType(typeof(BridgeStations), "link.bridge-stations")]
[JsonDerivedType(typeof(ConntrackCensus), "conntrack.census")]
[JsonDerivedType(typeof(RouteCacheState), "route.cache")]
[JsonDerivedType(typeof(NetlinkListeners), "socket.netlink")]
[JsonDerivedType(typeof(InterfaceAddresses), "address.list")]
[JsonDerivedType(typeof(NeighbourState), "neighbour.state")]
[JsonDerivedType(typeof(AddressResolution), "neighbour.resolution")]
[JsonDerivedType(typeof(NextHopTrial), "route.next-hop-trial")]
[JsonDerivedType(typeof(EchoSeries), "echo.series")]
[JsonDerivedType(typeof(PathTrace), "path.trace")]
[JsonDerivedType(typeof(PathRounds), "path.rounds")]
[JsonDerivedType(typeof(PathFan), "path.fan")]
[JsonDerivedType(typeof(SizedPacketSeries), "path.sized-packets")]
[JsonDerivedType(typeof(SegmentSizeTrial), "path.segment-size-trial")]
[JsonDerivedType(typeof(UploadTrial), "path.upload-trial")]
[JsonDerivedType(typeof(TransferTrial), "path.transfer-trial")]
[JsonDerivedType(typeof(ConnectAttempt), "tcp.connect")]
[JsonDerivedType(typeof(ConnectSeries), "tcp.connect-series")]
[JsonDerivedType(typeof(StrayAcknowledgement), "tcp.stray-acknowledgement")]
[JsonDerivedType(typeof(ClientOrder), "tcp.client-order")]
[JsonDerivedType(typeof(FlowSighting), "packet.flow")]
[JsonDerivedType(typeof(PacketWatch), "packet.watch")]
[JsonDerivedType(typeof(TcpInfoSample), "tcp.info")]
[JsonDerivedType(typeof(DatagramExchange), "udp.exchange")]
[JsonDerivedType(typeof(TlsHandshake), "tls.handshake")]
[JsonDerivedType(typeof(CertificateChain), "tls.certificate-chain")]
[JsonDerivedType(typeof(TlsSurvey), "tls.survey")]
[JsonDerivedType(typeof(TlsIdentity), "tls.identity")]
[JsonDerivedType(typeof(FetchedIssuer), "tls.fetched-issuer")]
[JsonDerivedType(typeof(RevocationAnswer), "tls.revocation")]
[JsonDerivedType(typeof(StartTlsDialogue), "tls.starttls")]
[JsonDerivedType(typeof(CertificateReview), "tls.certificate-review")]
[JsonDerivedType(typeof(HttpExchange), "http.exchange")]
[JsonDerivedType(typeof(HttpRun), "http.run")]
[JsonDerivedType(typeof(RequestTimeline), "request.timeline")]
[JsonDerivedType(typeof(Silence), "exchange.silence")]
[JsonDerivedType(typeof(ServiceGreeting), "exchange.greeting")]
[JsonDerivedType(typeof(ProxyEnvironment), "proxy.environment")]
[JsonDerivedType(typeof(ProxyTunnel), "proxy.tunnel")]
[JsonDerivedType(typeof(SocketCensus), "socket.census")]
[JsonDerivedType(typeof(Listener), "socket.listener")]
[JsonDerivedType(typeof(EphemeralPorts), "socket.ephemeral-ports")]
[JsonDerivedType(typeof(FirewallDrops), "firewall.drops")]
[JsonDerivedType(typeof(SocketSurvey), "socket.survey")]
[JsonDerivedType(typeof(PortsInUse), "socket.local-ports")]
[JsonDerivedType(typeof(SocketGroup), "socket.group")]
[JsonDerivedType(typeof(PendingConnections), "socket.pending")]
[JsonDerivedType(typeof(TcpFlow), "tcp.flow")]
[JsonDerivedType(typeof(DatagramSocket), "udp.socket")]
[JsonDerivedType(typeof(UnixListener), "unix.listener")]
[JsonDerivedType(typeof(UnixDatagrams), "unix.datagrams")]
[JsonDerivedType(typeof(ProcessDescriptors), "process.descriptors")]
[JsonDerivedType(typeof(ConntrackState), "conntrack.state")]
[JsonDerivedType(typeof(FirewallRuleMatch), "firewall.rule")]
[JsonDerivedType(typeof(FirewallSurvey), "firewall.survey")]
[JsonDerivedType(typeof(KernelSettings), "kernel.settings")]
[JsonDerivedType(typeof(KernelCounters), "kernel.counters")]
[JsonDerivedType(typeof(ProtocolMemory), "kernel.memory")]
[JsonDerivedType(typeof(GroupMemory), "process.memory")]
[JsonDerivedType(typeof(ClockState), "host.clock")]
[JsonDerivedType(typeof(CaptureRead), "capture.read")]
[JsonDerivedType(typeof(CapturedConversation), "capture.conversation")]
[JsonDerivedType(typeof(CapturedNameServer), "capture.name-server")]
[JsonDerivedType(typeof(CapturedRefusal), "capture.refusal")]
[JsonDerivedType(typeof(CapturedNeighbour), "capture.neighbour")]
public abstract record Observation
{
    /// <summary>Name of this observation within its investigation, such as <c>o12</c>; findings refer to it.</summary>
    [JsonPropertyOrder(-4)]
    public string Id { get; init; } = "";

    /// <summary>Id of the probe that saw it, such as <c>path.mtu</c>.</summary>
    [JsonPropertyOrder(-3)]
    public string Probe { get; init; } = "";

    /// <summary>Where it was seen from: host name and network namespace.</summary>
    [JsonPropertyOrder(-2)]
    public string Vantage { get; init; } = "";

    /// <summary>When it was seen, in UTC.</summary>
    [JsonPropertyOrder(-1)]
    public DateTimeOffset At { get; init; }
}

/// <summary>
/// A probe could not look. It keeps "we saw no loss" apart from "we could not see loss": a rule must not read
/// silence as health.
/// </summary>
/// <param name="What">What could not be seen, in words, such as <c>the firewall rules of this machine</c>.</param>
/// <param name="Reason">Why, in words for a person, such as <c>needs CAP_NET_ADMIN</c>.</param>
public sealed record NotObserved(string What, string Reason) : Observation
{
    /// <summary><see cref="Reason"/> of a probe that the end of the investigation cut off.</summary>
    public const string EndedFirst = "the investigation ended first";

    /// <summary><see cref="What"/> of a service that asked for a certificate of the client, and was not asked for anything without one.</summary>
    public const string WithoutClientCertificate = "what the service does without a client certificate";

    /// <summary><see cref="What"/> of a service that sends what the TLS library of this machine refuses, once the handshake is done.</summary>
    public const string AfterHandshake = "what the service does after the handshake";

    /// <summary>The address of the target that could not be asked; null where it is about no single one.</summary>
    public IPAddress? Address { get; init; }
}
