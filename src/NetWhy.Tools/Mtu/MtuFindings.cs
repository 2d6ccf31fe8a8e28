using System.Net;
using System.Net.Sockets;
using NetWhy.Evidence;
using NetWhy.Paths;
using NetWhy.Tools.Calc;

namespace NetWhy.Tools.Mtu;

/// <summary>What was observed of the sizes that a path takes, put in order for output.</summary>
/// <param name="question">What was asked.</param>
/// <param name="observations">What was observed.</param>
internal sealed class MtuFindings(PathMtuQuestion question, IReadOnlyList<Observation> observations)
{
    private const int TimestampOption = 12; // octets of each segment: RFC 7323, appendix A

    /// <summary>What was asked.</summary>
    internal PathMtuQuestion Question => question;

    /// <summary>What was observed.</summary>
    internal IReadOnlyList<Observation> Observations => observations;

    /// <summary>The way there.</summary>
    internal RouteLookup Route { get; } = observations.OfType<RouteLookup>().First();

    /// <summary>The interface; null if the target is this machine.</summary>
    internal LinkState? Link { get; } = observations.OfType<LinkState>().FirstOrDefault();

    /// <summary>Sizes by echo; null if they could not be tried.</summary>
    internal SizedPacketSeries? Echo { get; } = observations.OfType<SizedPacketSeries>().FirstOrDefault(series => series.Purpose is "target");

    /// <summary>Why echo could not be tried; null if it was.</summary>
    internal string? NotAllowed { get; } = observations.OfType<NotObserved>().FirstOrDefault()?.Reason;

    /// <summary>Sizes by datagrams, on the way there only; null if they could not be tried.</summary>
    internal SizedPacketSeries? Forward { get; } = observations.OfType<SizedPacketSeries>().FirstOrDefault(series => series.Purpose is "forward");

    /// <summary>Packets in fragments beside whole ones; null if they were not tried.</summary>
    internal SizedPacketSeries? Fragments { get; } = observations.OfType<SizedPacketSeries>().FirstOrDefault(series => series is { Purpose: "fragments", Protocol: "icmp" });

    /// <summary>The connection; null if none was asked for.</summary>
    internal ConnectAttempt? Connection { get; } = observations.OfType<ConnectAttempt>().FirstOrDefault();

    /// <summary>Full segments sent.</summary>
    internal UploadTrial[] Uploads { get; } = [.. observations.OfType<UploadTrial>()];

    /// <summary>Answers asked for.</summary>
    internal SegmentSizeTrial[] Answers { get; } = [.. observations.OfType<SegmentSizeTrial>()];

    /// <summary>Largest packet of an answer that arrives, and the smallest that does not, in octets; null where size makes no difference.</summary>
    internal (int Passed, int Lost)? Back => Answers.Bounds() is var (passed, lost) ? (passed + Headers, lost + Headers) : null;

    /// <summary>Largest segment that came, in octets; null if none was large enough to be known.</summary>
    internal int? LargestReceived { get; } = observations.OfType<TcpInfoSample>().LastOrDefault() is { ReceiveMss: > 536 and var size, OctetsReceived: var octets } && octets >= size
        ? size
        : null;

    /// <summary>Whether the target is this machine.</summary>
    internal bool IsLocal => Link is null or { IsLoopback: true };

    /// <summary>Octets of the IP and TCP headers, with the options that each segment has.</summary>
    internal int SegmentHeaders => Headers + (Connection?.Options.Contains("timestamps") is true ? TimestampOption : 0);

    /// <summary>Largest full segment that was acknowledged, as a packet, in octets; null if none was.</summary>
    internal int? LargestSent => Uploads.Where(trial => trial.IsAcknowledged).Select(trial => (int?)trial.SendMss + SegmentHeaders).Max();

    /// <summary>What shows that packets of the size of <see cref="Answer"/> pass, such as "echo" or "TCP (there)"; empty if nothing does.</summary>
    internal IReadOnlyList<string> Proofs => Answer is not (var mtu, _) ? [] :
    [
        .. LargestOf(Echo) >= mtu ? (string[])["echo"] : [],
        .. LargestOf(Forward) >= mtu ? (string[])["UDP there"] : [],
        .. (LargestSent >= mtu, LargestCame >= mtu) switch
        {
            (true, true) => (string[])["TCP both ways"],
            (true, false) => ["TCP there"],
            (false, true) => ["TCP back"],
            _ => [],
        },
    ];

    /// <summary>Largest answer that came, as a packet, in octets; null if none was large enough to be known.</summary>
    private int? LargestCame => LargestReceived + SegmentHeaders;

    /// <summary>Octets of the largest answer asked for without a limit; null if none came.</summary>
    internal long? AnswerOctets => Answers.Where(trial => trial.OctetsReceived > 0).Select(trial => (long?)trial.OctetsReceived).Max();

    /// <summary>Whether the peer sent segments as large as pass, or an answer that it had to send full segments of.</summary>
    internal bool IsBackTried =>
        (Answer is (var mtu, _) && LargestCame >= mtu)
        || (Connection is { AdvertisedMss: { } most } && Answers.Any(trial => trial.SegmentSize == 0 && trial.OctetsReceived > 2 * most));

    /// <summary>
    /// Largest packet that is known to pass, and how that is known: <c>echo</c> (both ways), <c>udp</c> or <c>tcp</c> (the way
    /// there); null if nothing was answered.
    /// </summary>
    internal (int Mtu, string By)? Answer =>
        LargestOf(Echo) is { } both ? (both, "echo")
        : LargestOf(Forward) is { } there ? (there, "udp")
        : LargestSent is { } segment ? (segment, "tcp")
        : null;

    /// <summary>Packet that a tunnel on the way would be cut from, in octets: a path may leave a jumbo link for the usual one before it.</summary>
    internal int AroundTunnel
    {
        get
        {
            const int Usual = 1500;
            int link = Link?.Mtu ?? 0;
            return Answer is ( < Usual, _) ? Math.Min(link, Usual) : link;
        }
    }

    /// <summary>The tunnels that leave just what passes of it; none where all of it passes.</summary>
    internal IReadOnlyList<string> Tunnels => Answer is (var mtu, _) && mtu < AroundTunnel ? Tunnel.Between(AroundTunnel, mtu) : [];

    /// <summary>The routers that told an MTU, in the order of the path, with their hops; null where no hop is known.</summary>
    internal IReadOnlyList<(IcmpError Error, int? Hop)> Told =>
    [
        .. new[] { Echo, Forward }.OfType<SizedPacketSeries>()
            .SelectMany(series => series.Trials)
            .Select(trial => trial.Error)
            .OfType<IcmpError>()
            .Where(error => error.Mtu is not null)
            .DistinctBy(error => (error.Offender, error.Mtu))
            .Select(error => (Error: error, Hop: Hop(error.Offender)))
            .OrderBy(told => told.Hop ?? int.MaxValue).ThenByDescending(told => told.Error.Mtu),
    ];

    /// <summary>Largest size that a series saw answered; null if none.</summary>
    internal static int? LargestOf(SizedPacketSeries? series) =>
        series?.Trials.Where(trial => trial.Answered > 0).Select(trial => (int?)trial.Size).Max();

    private int Headers => question.Address.AddressFamily is AddressFamily.InterNetworkV6 ? 60 : 40; // of IP and TCP, without options

    private int? Hop(IPAddress node) => Echo?.Hops?.FirstOrDefault(hop => hop.Error is null && node.Equals(hop.Node))?.Ttl;
}
