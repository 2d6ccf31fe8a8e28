using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using NetWhy.Diagnose.Paths;
using NetWhy.Diagnose.Routing;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Rules;

/// <summary>What the evidence says about name resolution, put together once for every rule that asks.</summary>
internal sealed class DnsView
{
    private DnsView(EvidenceSet evidence)
    {
        Evidence = evidence;
        Host = evidence.Investigation?.Host ?? evidence.First<NameResolution>()?.Name;
        Configuration = evidence.First<ResolverConfiguration>();
        Resolution = evidence.Last<NameResolution>(resolution => resolution.Name == Host);
        DnsExchange[] exchanges = [.. evidence.All<DnsExchange>().Where(exchange => exchange.IsConfigured)];
        IEnumerable<IPAddress> order = (Configuration?.Servers ?? [])
            .Concat(exchanges.Select(exchange => exchange.Server))
            .Distinct();
        Servers = [.. order.Select(address => new ServerView(address, evidence, exchanges))];
    }

    /// <summary>All the evidence.</summary>
    public EvidenceSet Evidence { get; }

    /// <summary>Name of the target; null if it has none.</summary>
    public string? Host { get; }

    /// <summary>How this machine resolves names; null if not seen.</summary>
    public ResolverConfiguration? Configuration { get; }

    /// <summary>The file that names the servers.</summary>
    public string SettingsPath => Configuration?.Path ?? "/etc/resolv.conf";

    /// <summary>What an application gets; null if the name was not resolved, or not in time.</summary>
    public NameResolution? Resolution { get; }

    /// <summary>The configured servers in their order.</summary>
    public ImmutableArray<ServerView> Servers { get; }

    /// <summary>Whether the question is this machine's resolvers, not a name.</summary>
    public bool IsAboutThisMachine => Evidence.Investigation?.TargetKind is TargetKind.ThisMachine;

    /// <summary>
    /// Whether the name is not the application's to resolve: its proxy does it.
    /// </summary>
    public bool ProxyResolves =>
        Evidence.First<ProxyEnvironment>() is { ProxyHost: not null, ExemptedBy: null, Fault: null }
        && Evidence.Investigation?.Scheme is "http" or "https";

    /// <summary>How bad it is that the name does not resolve.</summary>
    public Severity FailureSeverity => ProxyResolves ? Severity.Info : Severity.Critical;

    /// <summary>Whether the name was resolved to an address, or to the records asked for.</summary>
    public bool IsResolved => Resolution is { Addresses.Count: > 0 } or { Records.Count: > 0 };

    /// <summary>The server whose answer was used; null if none.</summary>
    public ServerView? AnsweringServer =>
        Servers.FirstOrDefault(server => server.Address.Equals(Resolution?.AnsweredBy));

    /// <summary>Whether no configured server answered anything.</summary>
    public bool AllAreDead => Servers.Length > 0 && Servers.All(server => server.IsDead);

    /// <summary>Attempts to connect to the target itself.</summary>
    public IEnumerable<ConnectAttempt> TargetAttempts =>
        Evidence.All<ConnectAttempt>().Where(attempt => attempt.Purpose is "target");

    /// <summary>Whether the target was tried and never answered: by connecting, or where no port was asked about by echo and usual ports.</summary>
    public bool TargetIsOut => TargetAttempts.Any()
        ? TargetAttempts.All(attempt => attempt.Outcome is not ConnectOutcome.Connected)
        : Evidence.Investigation is { Host: not null, Port: null }
            && Evidence.Any<EchoSeries>(echo => echo.Purpose is "target")
            && !Evidence.Any<EchoSeries>(echo => echo is { Purpose: "target", Received: > 0 })
            && !Evidence.All<ConnectAttempt>().Any(attempt => attempt.Purpose is "control" && TargetView.AnsweredByHost(attempt));

    /// <summary>A chain whose leaf is for other names than the target's; null if none was shown.</summary>
    public CertificateChain? ForeignCertificate => Evidence.First<CertificateChain>(chain =>
        chain is { Purpose: "target", NameMatches: false } && chain.ServerName == Host);

    /// <summary>Puts the evidence together.</summary>
    /// <param name="evidence">All observations from one vantage.</param>
    public static DnsView Of(EvidenceSet evidence) => new(evidence);

    /// <summary>Whether two answers have no address of a family in common, though both have some of it.</summary>
    /// <param name="left">One answer.</param>
    /// <param name="right">The other.</param>
    public static bool Differ(IEnumerable<IPAddress> left, IEnumerable<IPAddress> right)
    {
        IPAddress[] rights = [.. right];
        return left.GroupBy(address => address.AddressFamily).Any(family =>
            rights.Any(address => address.AddressFamily == family.Key) && !family.Intersect(rights).Any());
    }

    /// <summary>Addresses in words.</summary>
    /// <param name="addresses">The addresses.</param>
    public static string Join(IEnumerable<IPAddress> addresses) =>
        string.Join(", ", addresses.Distinct().OrderBy(address => address.AddressFamily is AddressFamily.InterNetworkV6));

    /// <summary>A duration in words, such as <c>0.4 ms</c> or <c>5.2 s</c>.</summary>
    /// <param name="time">The duration.</param>
    public static string InWords(TimeSpan time) => Words.Of(time);

    /// <summary>The record that the name should have, as nsupdate(1) takes it: with the expected address, if there is one.</summary>
    /// <param name="evidence">The evidence.</param>
    /// <param name="name">The name.</param>
    public static string WantedRecord(EvidenceSet evidence, string name) => evidence.Investigation?.RecordType is { } type
        ? $"add {name} 300 {type} DATA"
        : evidence.Investigation?.Expected is [var expected, ..]
        ? $"add {name} 300 {(expected.AddressFamily is System.Net.Sockets.AddressFamily.InterNetworkV6 ? "AAAA" : "A")} {expected}"
        : $"add {name} 300 A ADDRESS";

    /// <summary>A name without its final dot.</summary>
    /// <param name="name">The name.</param>
    public static string Bare(string name) => name.Length > 1 ? name.TrimEnd('.') : name;
}

/// <summary>One configured server and what it did.</summary>
internal sealed class ServerView
{
    /// <summary>A server that was waited for less is not known to be silent.</summary>
    internal static readonly TimeSpan LeastWait = TimeSpan.FromSeconds(0.9);

    private static readonly TimeSpan AtOnce = TimeSpan.FromSeconds(0.5); // ARP gives up after three seconds

    private readonly bool _isNextHopInDoubt;
    private readonly DnsExchange[] _mine;

    internal ServerView(IPAddress address, EvidenceSet evidence, IEnumerable<DnsExchange> exchanges)
    {
        Address = address;
        _isNextHopInDoubt = NextHop.IsInDoubt(evidence, address);
        DnsExchange[] mine = [.. exchanges.Where(exchange => exchange.Server.Equals(address))];
        Lookups = [.. mine.Where(exchange => exchange.Purpose is "lookup")];
        Greeting = mine.Where(exchange => exchange.Purpose is "greeting").OrderByDescending(exchange => exchange.Outcome is DnsOutcome.Answered).FirstOrDefault();
        _mine = mine;
        Echo = evidence.First<EchoSeries>(echo => echo.Purpose is "resolver" && echo.Address.Equals(address));
        Connect = evidence.First<ConnectAttempt>(
            attempt => attempt.Purpose is "resolver" && attempt.Address.Equals(address));
    }

    /// <summary>Its address.</summary>
    public IPAddress Address { get; }

    /// <summary>What it was asked as the application asks.</summary>
    public ImmutableArray<DnsExchange> Lookups { get; }

    /// <summary>What it said to something that it knows by itself, an answer rather than silence; null if not asked.</summary>
    public DnsExchange? Greeting { get; }

    /// <summary>The same question once more after a slow answer; null if not asked.</summary>
    public DnsExchange? Repeat => Trial("repeat");

    /// <summary>The first exchange with it that had a purpose; null if there was none.</summary>
    /// <param name="purpose">The purpose; see <see cref="DnsExchange.Purpose"/>.</param>
    public DnsExchange? Trial(string purpose) => Array.Find(_mine, exchange => exchange.Purpose == purpose);

    /// <summary>Every exchange with it that had a purpose, in order.</summary>
    /// <param name="purpose">The purpose.</param>
    public IEnumerable<DnsExchange> Trials(string purpose) => _mine.Where(exchange => exchange.Purpose == purpose);

    /// <summary>Queries of a series sent once that it left unanswered, while it answers others soon; empty if at most one, which may be chance.</summary>
    public DnsExchange[] Lost =>
        Series.Where(exchange => exchange.Outcome is DnsOutcome.TimedOut).ToArray() is [var first, _, ..] lost
        && SlowestAnswer is { } slowest && slowest < first.Elapsed / 2 ? lost : [];

    /// <summary>Whether it answered the first queries of the series and none of at least three from there on, as who limits how often it answers does.</summary>
    public bool EndsItsAnswers => Lost is [_, _, _, ..] lost && Series.First().Outcome is DnsOutcome.Answered
        && Series.SkipWhile(exchange => exchange.Outcome is not DnsOutcome.TimedOut).Count() == lost.Length;

    // In the order that they were sent in; what is waited for in vain is reported late.
    private IEnumerable<DnsExchange> Series => Trials("loss").OrderBy(exchange => exchange.At - exchange.Elapsed);

    /// <summary>How long it took at most to answer the name, asked once or again and again; null if it never did.</summary>
    public TimeSpan? SlowestAnswer => Answers.Concat(Trials("loss")).Where(exchange => exchange.Outcome is DnsOutcome.Answered)
        .Max(exchange => (TimeSpan?)(exchange.ResponseTime ?? exchange.Elapsed));

    /// <summary>What speaks against silence to one kind of query: that it leaves queries of every kind unanswered; none if it does not.</summary>
    public IEnumerable<Reason> OddSilence => Lost is [var first, ..] lost && !EndsItsAnswers
        ? [first.Weigh(Weight.RulesOut, $"but of {Trials("loss").Count()} ordinary queries it leaves {lost.Length} unanswered too")]
        : [];

    /// <summary>Echo requests to it; null if none.</summary>
    public EchoSeries? Echo { get; }

    /// <summary>A TCP connection to its port 53; null if not tried.</summary>
    public ConnectAttempt? Connect { get; }

    /// <summary>The lookups that it answered, with whatever code.</summary>
    public IEnumerable<DnsExchange> Answers =>
        Lookups.Where(exchange => exchange.Outcome is DnsOutcome.Answered);

    /// <summary>Its answers that settle a lookup: not a failure of its own.</summary>
    public IEnumerable<DnsExchange> GoodAnswers =>
        Answers.Where(exchange => exchange.ResponseCode is "NOERROR" or "NXDOMAIN" && !exchange.IsReferral);

    /// <summary>The first lookup that it refused by ICMP or that this machine could not send; null if none.</summary>
    public DnsExchange? Refusal => Lookups.Append(Greeting).FirstOrDefault(
        exchange => exchange is { Outcome: DnsOutcome.Failed, WasTruncated: false });

    /// <summary>The lookup that it was silent about longest; null if none.</summary>
    public DnsExchange? LongestSilence => Lookups.Append(Greeting)
        .Where(exchange => exchange is { Outcome: DnsOutcome.TimedOut })
        .MaxBy(exchange => exchange!.Elapsed);

    /// <summary>Whether it answered nothing at all, though it was waited for, or refused every packet.</summary>
    public bool IsDead =>
        !Answers.Any()
        && !(Greeting is { Outcome: DnsOutcome.Answered } && LongestSilence?.Transport is null or DnsTransport.Udp)
        && (Refusal is not null || LongestSilence?.Elapsed >= LeastWait);

    /// <summary>Whether it answers about itself and is silent about the name.</summary>
    public bool IsSilentAboutTheName =>
        !Answers.Any() && Greeting is { Outcome: DnsOutcome.Answered } && LongestSilence is { } silence && silence.Transport == Greeting.Transport;

    /// <summary>Whether this machine could not even send to it: no route, a local rule. That is no fault of DNS.</summary>
    public bool CannotBeSentTo => Refusal is { } refusal
        && refusal.Elapsed < AtOnce
        && (refusal.Icmp is null || (refusal.Icmp.IsOwnAddress && refusal.Icmp.Meaning is not IcmpMeaning.PortUnreachable && !IsUnresolved));

    /// <summary>Whether nobody on the link answers for it or for the gateway to it.</summary>
    /// <remarks>The kernel says so after three seconds, or at once if other traffic had waited for the same neighbour.</remarks>
    public bool IsUnresolved => Refusal is { Icmp: { IsOwnAddress: true } icmp }
        && icmp.Meaning is not IcmpMeaning.PortUnreachable
        && (Refusal.Elapsed >= AtOnce || (icmp.Meaning is IcmpMeaning.HostUnreachable && _isNextHopInDoubt));

    /// <summary>Whether its host is known to be there.</summary>
    public bool HostIsAlive =>
        Echo is { Received: > 0 }
        || Connect is { Outcome: ConnectOutcome.Connected } or { Errno: "ECONNREFUSED" }
        || Refusal?.Icmp is { } icmp && icmp.Meaning is IcmpMeaning.PortUnreachable && icmp.Offender.Equals(Address);

    /// <summary>What it did instead of answering, in words.</summary>
    public string Failure => Refusal switch
    {
        { Icmp: { } icmp } when icmp.Offender.Equals(Address) =>
            $"{Address} refuses by ICMP {icmp.Type}/{icmp.Code}: nothing listens on UDP port 53",
        { Icmp: { IsOwnAddress: true } } when IsUnresolved =>
            $"nobody on the link answers for {Address} or the gateway to it ({ErrnoWords.Of(Refusal!.Errno, "no error")} after {DnsView.InWords(Refusal.Elapsed)})",
        { Icmp: { IsOwnAddress: true } icmp } =>
            $"{Address} cannot be reached: ICMP {icmp.Type}/{icmp.Code} from this machine itself",
        { Icmp: { } icmp } => $"{Address} cannot be reached: ICMP {icmp.Type}/{icmp.Code} from {icmp.Offender}",
        { } refusal => $"nothing can be sent to {Address}: {ErrnoWords.Of(refusal.Errno, "no error")}",
        null => $"{Address} is silent for {DnsView.InWords(LongestSilence?.Elapsed ?? TimeSpan.Zero)}"
            + $" to {LongestSilence?.Sends ?? 0} queries",
    };
}
