using System.Globalization;
using System.Net;
using System.Net.Sockets;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Paths;

/// <summary>One address of the target, and what came back from it and from the way to it.</summary>
internal sealed class TargetView
{
    private static readonly TimeSpan LongQueue = TimeSpan.FromMilliseconds(100); // voice and games suffer from it

    private readonly EvidenceSet _evidence;

    private TargetView(EvidenceSet evidence, IPAddress address, int? port, string purpose = "target")
    {
        (_evidence, Address, Port) = (evidence, address, port);
        Attempts = [.. evidence.All<ConnectAttempt>()
            .Where(attempt => attempt.Purpose == purpose && attempt.Address.Equals(address) && attempt.Port == port && !AnswersQueries(evidence, attempt))];
        Controls = [.. evidence.All<ConnectAttempt>()
            .Where(attempt => attempt.Purpose is "control" && attempt.Address.Equals(address) && attempt.Port != port)];
        Echoes = [.. evidence.All<EchoSeries>().Where(echo => echo.Address.Equals(address))];
        Traces = [.. evidence.All<PathTrace>().Where(trace => trace.Destination.Equals(address))];
        Lookup = evidence.First<RouteLookup>(lookup => lookup.Destination.Equals(address) && lookup.Mark == 0);
    }

    /// <summary>The address.</summary>
    internal IPAddress Address { get; }

    /// <summary>Port asked about; null for a host without one.</summary>
    internal int? Port { get; }

    /// <summary>Connections to the port, as the application makes them.</summary>
    internal ConnectAttempt[] Attempts { get; }

    /// <summary>Connections to other ports of the host, for comparison.</summary>
    internal ConnectAttempt[] Controls { get; }

    /// <summary>Echo series to the address.</summary>
    internal EchoSeries[] Echoes { get; }

    /// <summary>Traces to the address.</summary>
    internal PathTrace[] Traces { get; }

    /// <summary>How the kernel sends there; null if it was not asked.</summary>
    internal RouteLookup? Lookup { get; }

    /// <summary>The evidence that the view is of.</summary>
    internal EvidenceSet Evidence => _evidence;

    /// <summary>Whether the address is this machine's own.</summary>
    internal bool IsLocal => Lookup is { RouteType: "local" } || IPAddress.IsLoopback(Address);

    /// <summary>Whether no router lies between.</summary>
    internal bool IsOnLink => Lookup is { Errno: null, RouteType: "unicast", Gateway: null };

    /// <summary>Address and port as text.</summary>
    internal string Endpoint => Port is { } port ? InWords(Address, port) : Address.ToString();

    /// <summary>A connection to the port that stood; null if none did.</summary>
    internal ConnectAttempt? Connected =>
        Attempts.FirstOrDefault(attempt => attempt.Outcome is ConnectOutcome.Connected);

    /// <summary>How bad it is that this address fails: less so where another one of the target serves.</summary>
    internal Severity Severity =>
        _evidence.Any<ConnectAttempt>(attempt => attempt is { Purpose: "target", Outcome: ConnectOutcome.Connected })
        || _evidence.Any<DatagramExchange>(datagram => datagram.Answered)
        || (Port is null && _evidence.Any<EchoSeries>(echo => echo is { Purpose: "target", Received: > 0 } && !echo.Address.Equals(Address)))
            ? Severity.Warning
            : Severity.Critical;

    /// <summary>How bad it is that the exchange with this address fails: less so where one with another is answered.</summary>
    internal Severity SeverityOfExchange =>
        _evidence.Any<HttpExchange>(http => http is { Purpose: "target", Outcome: HttpOutcome.Complete } && !http.Address.Equals(Address))
            ? Severity.Warning
            : Severity.Critical;

    /// <summary>Whether somebody watched the interfaces for packets of this address.</summary>
    internal PacketWatch? Watch => _evidence.Last<PacketWatch>(watch => watch.Addresses.Contains(Address));

    /// <summary>What the interfaces saw of a connection; null if nobody watched.</summary>
    /// <param name="attempt">The connection.</param>
    internal FlowSighting? Flow(ConnectAttempt attempt) => attempt.SourcePort == 0
        ? null
        : _evidence.Last<FlowSighting>(flow => flow.SourcePort == attempt.SourcePort
            && flow.Port == attempt.Port && flow.Address.Equals(attempt.Address));

    /// <summary>
    /// What shows that the host is alive, apart from the port asked about; null if nothing does.
    /// </summary>
    internal Observation? SignOfLife =>
        Echoes.FirstOrDefault(echo => echo.Received > 0)
        ?? Controls.FirstOrDefault(AnsweredByHost)
        ?? _evidence.First<DnsExchange>(dns => dns.Server.Equals(Address) && dns.Outcome is DnsOutcome.Answered or DnsOutcome.Malformed)
        ?? (Observation?)Traces.FirstOrDefault(trace => trace.Reached && (trace.Port != Port || trace.Protocol is not "tcp"))
        ?? OnLinkAnswer;

    /// <summary>The target's own answer to ARP or neighbour solicitation; null if it is not on the link or gave none.</summary>
    internal AddressResolution? OnLinkAnswer => IsOnLink
        ? _evidence.First<AddressResolution>(
            answer => answer is { IsOnPath: true, HardwareAddresses.Count: 1 } && answer.Address.Equals(Address))
        : null;

    /// <summary>
    /// That the host resets a segment to the port that is no SYN, although SYNs to it get no answer: its TCP is reached, and what is
    /// dropped are SYNs alone. Null if it was not seen, or if somebody nearer may have sent the reset.
    /// </summary>
    internal StrayAcknowledgement? ResetByHost => Stray is { IsReset: true } stray
        && !_evidence.All<FlowSighting>().Any(flow => flow.Address.Equals(Address) && flow.Port == Port && flow.SynAcksIn > 0) // answered, and dropped here
        && (Echoes.FirstOrDefault(echo => echo.ReplyTtl is not null)?.ReplyTtl is not { } ttl || stray.ResetTtl is not { } left || Distance(ttl) == Distance(left))
            ? stray
            : null;

    /// <summary>What came of a segment to the port that is no SYN; null if none was sent.</summary>
    internal StrayAcknowledgement? Stray =>
        _evidence.Last<StrayAcknowledgement>(stray => stray.Address.Equals(Address) && stray.Port == Port);

    /// <summary>Several connections to the port, to tell a rate from chance; null if none were made.</summary>
    internal ConnectSeries? Series =>
        _evidence.Last<ConnectSeries>(series => series.Address.Equals(Address) && series.Port == Port);

    /// <summary>
    /// A full queue on the way, seen while an answer of the application kept it full: round trips that take many times
    /// as long as on an idle way. What overflows it is lost, and is no fault of the way. Null if there was none.
    /// </summary>
    internal FullQueue? Queue
    {
        get
        {
            if (!_evidence.Any<HttpExchange>(http => http.Address.Equals(Address) && http.TransferTime >= TimeSpan.FromSeconds(1)))
                return null;
            TimeSpan? idle = _evidence.All<TcpInfoSample>()
                .Where(sample => sample.Address.Equals(Address) && sample.MinRoundTrip > TimeSpan.Zero)
                .Select(sample => (TimeSpan?)sample.MinRoundTrip)
                .Concat(Echoes.Select(echo => echo.MinRoundTrip))
                .Min();
            EchoSeries? loaded = Echoes.Where(echo => echo.MedianRoundTrip is not null).MaxBy(echo => echo.MedianRoundTrip);
            return idle is { } least && loaded?.MedianRoundTrip is { } full && full >= 10 * least && full - least >= LongQueue
                ? new FullQueue(least, full, loaded)
                : null;
        }
    }

    /// <summary>Hops to the host as its own packets tell: initial TTL minus what is left; null if none came.</summary>
    /// <remarks>Senders start with 64, 128 or 255. Source: path-dependent custom; RFC 1700 recommends 64.</remarks>
    internal (int Hops, Observation Source)? DistanceOfHost
    {
        get
        {
            if (Echoes.FirstOrDefault(echo => echo.ReplyTtl is not null) is { } echo)
                return (Distance(echo.ReplyTtl!.Value), echo);
            foreach (ConnectAttempt attempt in Attempts.Concat(Controls))
            {
                if (attempt.Outcome is ConnectOutcome.Connected
                    && Flow(attempt) is { } flow && (flow.SynAckTtl ?? flow.DataTtl) is { } ttl)
                {
                    return (Distance(ttl), flow);
                }
            }

            return null;
        }
    }

    /// <summary>Every address of the target that was tried by itself, with the port asked about.</summary>
    /// <param name="evidence">The evidence.</param>
    internal static TargetView[] All(EvidenceSet evidence)
    {
        InvestigationStarted? investigation = evidence.Investigation;
        return
        [
            .. evidence.All<ConnectAttempt>()
                .Where(attempt => attempt.Purpose is "target" && !AnswersQueries(evidence, attempt))
                .Select(attempt => (attempt.Address, Port: (int?)attempt.Port))
                .Concat(evidence.All<DatagramExchange>().Select(datagram => (datagram.Address, Port: (int?)datagram.Port)))
                .Concat(evidence.All<EchoSeries>()
                    .Where(echo => echo.Purpose is "target" && investigation?.Port is null)
                    .Select(echo => (echo.Address, Port: (int?)null)))
                .Distinct()
                .Select(pair => new TargetView(evidence, pair.Address, pair.Port)),
        ];
    }

    /// <summary>The proxy that an application goes by, as far as it was connected to.</summary>
    /// <param name="evidence">The evidence.</param>
    internal static TargetView[] Proxies(EvidenceSet evidence) =>
    [
        .. evidence.All<ConnectAttempt>()
            .Where(attempt => attempt is { Purpose: "proxy", Outcome: ConnectOutcome.Connected })
            .Select(attempt => (attempt.Address, attempt.Port))
            .Distinct()
            .Select(pair => new TargetView(evidence, pair.Address, pair.Port, "proxy")),
    ];

    // A name server is asked by datagrams; that it refuses connections matters for truncated answers only.
    private static bool AnswersQueries(EvidenceSet evidence, ConnectAttempt attempt) =>
        evidence.Investigation?.Scheme is "dns"
        && attempt.Outcome is not ConnectOutcome.Connected
        && evidence.Any<DnsExchange>(dns =>
            dns.Server.Equals(attempt.Address) && dns.Port == attempt.Port && dns is { Transport: DnsTransport.Udp, Outcome: DnsOutcome.Answered });

    /// <summary>Hops that a packet has come: the usual initial values are 64, 128 and 255.</summary>
    /// <param name="ttl">What is left of its TTL.</param>
    internal static int Distance(int ttl) => (ttl <= 64 ? 64 : ttl <= 128 ? 128 : 255) - ttl;

    /// <summary>Who answered at a hop limit, in any trace to the address; null if nobody did.</summary>
    /// <param name="ttl">The hop limit.</param>
    internal IPAddress? NodeAt(int ttl) =>
        Traces.SelectMany(trace => trace.Hops).FirstOrDefault(hop => hop.Ttl == ttl && hop.Node is not null)?.Node;

    /// <summary>Highest hop limit that somebody answered in a trace; 0 if nobody did.</summary>
    /// <param name="trace">The trace.</param>
    internal static int LastAnswer(PathTrace trace) =>
        trace.Hops.Where(hop => hop.Node is not null).Select(hop => hop.Ttl).DefaultIfEmpty(0).Max();

    /// <summary>Whether an attempt was answered by the host: accepted, or refused with a RST.</summary>
    /// <param name="attempt">The attempt.</param>
    internal static bool AnsweredByHost(ConnectAttempt attempt) =>
        attempt.Outcome is ConnectOutcome.Connected || attempt is { Errno: "ECONNREFUSED" or "ECONNRESET", Icmp: null };

    /// <summary>Whether an attempt ended in silence.</summary>
    /// <param name="attempt">The attempt.</param>
    internal static bool IsSilent(ConnectAttempt attempt) =>
        attempt is { Outcome: ConnectOutcome.TimedOut, Icmp: null, Errno: null or "ETIMEDOUT" };

    /// <summary>Payload of the largest segment that TCP is known to have got across, either way, in octets; 0 if none is.</summary>
    /// <param name="sample">The kernel's account of the connection.</param>
    internal static long LargestSegment(TcpInfoSample sample) => Math.Max(LargestReceived(sample), LargestAcknowledged(sample));

    /// <summary>Payload of the largest segment that arrived, in octets; 0 if not known.</summary>
    /// <remarks>The kernel starts its estimate at 536 at most: what is above has been seen. Source: net/ipv4/tcp_input.c.</remarks>
    /// <param name="sample">The kernel's account of the connection.</param>
    internal static int LargestReceived(TcpInfoSample sample) => sample is { ReceiveMss: > 536, OctetsReceived: > 0 } ? sample.ReceiveMss : 0;

    /// <summary>
    /// Whether size cannot be why one trial got an answer and the one without a limit did not: all that was sent arrived
    /// in both, and the whole answer is no larger than one segment of the size that passes.
    /// </summary>
    /// <param name="trial">The trial with an answer.</param>
    /// <param name="unlimited">The trial without a limit; null if there was none.</param>
    internal static bool IsChance(SegmentSizeTrial trial, SegmentSizeTrial? unlimited) =>
        unlimited is { AllAcknowledged: true } && trial.OctetsReceived > 0 && trial.OctetsReceived <= trial.SegmentSize;

    /// <summary>Payload that the segments sent and acknowledged had on average, in octets: one of them had as much.</summary>
    /// <param name="sample">The kernel's account of the connection.</param>
    internal static long LargestAcknowledged(TcpInfoSample sample) =>
        sample is { DataSegmentsOut: > 0, OctetsAcknowledged: > 1 }
            ? Math.Min((sample.OctetsAcknowledged - 1) / sample.DataSegmentsOut, sample.SendMss)
            : 0;

    /// <summary>Address and port as people write them; evidence from a file may have a port that no endpoint can have.</summary>
    /// <param name="address">Address.</param>
    /// <param name="port">Port.</param>
    internal static string InWords(IPAddress address, int port) => address.AddressFamily is AddressFamily.InterNetworkV6
        ? string.Create(CultureInfo.InvariantCulture, $"[{address}]:{port}")
        : string.Create(CultureInfo.InvariantCulture, $"{address}:{port}");

    /// <summary>A duration for a person.</summary>
    /// <param name="time">The duration.</param>
    internal static string InWords(TimeSpan time) => Words.Of(time);
}

/// <summary>A queue on the way that the application's own answer keeps full.</summary>
/// <param name="Idle">Round trip on the idle way.</param>
/// <param name="Full">Median round trip with the queue full.</param>
/// <param name="Seen">What saw it full.</param>
internal sealed record FullQueue(TimeSpan Idle, TimeSpan Full, EchoSeries Seen);
