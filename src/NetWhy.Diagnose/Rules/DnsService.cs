using System.Net;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Rules;

/// <summary>The name server that was asked about does not answer as one should.</summary>
/// <remarks>Where its host or port is at fault, the rules about hosts and ports say so.</remarks>
public sealed class DnsService : IRule
{
    private const string Unreachable = "dns-resolver-unreachable";
    private const string Failure = "dns-server-failure";
    private const string Refused = "dns-refused";
    private const string NotFound = "dns-name-not-found";
    private const string NoAddress = "dns-no-address";
    private const string Malformed = "dns-malformed-answer";
    private const string Slow = "dns-slow";

    private static readonly TimeSpan Late = TimeSpan.FromSeconds(0.8); // a recursion from the root takes less

    /// <inheritdoc/>
    public RuleInfo Info { get; } = new(
        "dns-service", Source: "RFC 1035, section 4.1.1; RFC 7766", Unreachable, Failure, Refused, NotFound, NoAddress, Malformed, Slow);

    /// <inheritdoc/>
    public IEnumerable<Finding> Evaluate(EvidenceSet evidence) =>
        evidence.All<DnsExchange>()
            .Where(exchange => exchange.Purpose is "service")
            .GroupBy(exchange => exchange.Server)
            .Select(server => Judge(evidence, server.Key, [.. server]))
            .OfType<Finding>();

    private static Finding? Judge(EvidenceSet evidence, IPAddress server, DnsExchange[] exchanges)
    {
        DnsExchange[] answered = [.. exchanges.Where(exchange => exchange.Outcome is DnsOutcome.Answered)];
        if (exchanges.FirstOrDefault(exchange => exchange.Outcome is DnsOutcome.Malformed) is { } broken)
        {
            return Make(Malformed, Severity.Critical, server, $"What {server} answers on port {broken.Port} is no DNS.",
                [broken.Weigh(Weight.VeryStrong, $"the octets that came over {Over(broken)} are no DNS message")]);
        }

        DnsExchange? silent = exchanges.FirstOrDefault(exchange => exchange is { Transport: DnsTransport.Udp, Outcome: DnsOutcome.TimedOut });
        if (answered.FirstOrDefault(exchange => exchange.Transport is DnsTransport.Tcp) is { } overTcp && silent is not null
            && answered.All(exchange => exchange.Transport is DnsTransport.Tcp))
        {
            return Make(Unreachable, Severity.Critical, server, $"{server} answers DNS over TCP and not over UDP: datagrams to port {silent.Port} are dropped.",
            [
                silent.Weigh(Weight.VeryStrong, $"{silent.Sends} queries over UDP are not answered in {DnsView.InWords(silent.Elapsed)}"),
                overTcp.Weigh(Weight.Strong, $"the same query over TCP is, in {DnsView.InWords(overTcp.Elapsed)}"),
            ]);
        }

        if (answered.Length == 0)
        {
            // The port accepts and nobody speaks: otherwise the rules about hosts and ports have the word.
            ConnectAttempt? connected = evidence.First<ConnectAttempt>(attempt =>
                attempt is { Purpose: "target", Outcome: ConnectOutcome.Connected } && attempt.Address.Equals(server));
            return connected is null || silent is null ? null : Make(
                Unreachable, Severity.Critical, server, $"{server} accepts TCP connections on port {silent.Port} and answers no query.",
                [
                    silent.Weigh(Weight.VeryStrong, $"{silent.Sends} queries over UDP are not answered in {DnsView.InWords(silent.Elapsed)}"),
                    connected.Weigh(Weight.Context, "the TCP port accepts"),
                ]);
        }

        return ByCode(server, answered) ?? ByTime(server, [.. answered.Where(exchange => exchange.Transport is DnsTransport.Udp)]);
    }

    // What it has to ask others about may take its time; what it knows by itself may not.
    private static Finding? ByTime(IPAddress server, DnsExchange[] answered)
    {
        DnsExchange? fastest = answered.MinBy(exchange => exchange.ResponseTime ?? exchange.Elapsed);
        TimeSpan time = fastest?.ResponseTime ?? fastest?.Elapsed ?? TimeSpan.Zero;
        return fastest is null || time < Late ? null : Make(
            Slow, Severity.Warning, server, $"The name server {server} takes {DnsView.InWords(time)} to answer.",
            [fastest.Weigh(Weight.VeryStrong, $"the fastest of {answered.Length} answers, about {fastest.Name}, takes {DnsView.InWords(time)}")]);
    }

    private static Finding? ByCode(IPAddress server, DnsExchange[] answered)
    {
        // A resolver without a way to the root fails for the root; one that fails for localhost too fails for everything.
        DnsExchange first = answered[0];
        string name = DnsView.Bare(first.Name);
        bool isNamed = name is not ("." or "localhost");
        string? code = answered.Select(exchange => exchange.ResponseCode).Distinct().ToArray() is [var only] ? only : null;
        return code switch
        {
            "SERVFAIL" => Make(Failure, Severity.Critical, server, $"The name server {server} answers SERVFAIL {(isNamed ? $"for {name}" : "whatever it is asked")}.", Said(answered, "says SERVFAIL")),
            "REFUSED" when isNamed => Make(Refused, Severity.Critical, server, $"The name server {server} refuses to answer for {name}.", Said(answered, "says REFUSED")),
            "NXDOMAIN" when isNamed => Make(NotFound, Severity.Critical, server, $"The name {name} does not exist, says {server}.", Said(answered, "says NXDOMAIN")),
            "NOERROR" when isNamed && answered.All(exchange => exchange.Addresses.Count == 0) =>
                Make(NoAddress, Severity.Critical, server, $"The name {name} exists at {server} and has no address.", Said(answered, "says NOERROR, with no address")),
            _ => null,
        };
    }

    private static Reason[] Said(DnsExchange[] answered, string what) =>
    [
        .. answered.Select((exchange, i) => exchange.Weigh(
            i == 0 ? Weight.Decisive : Weight.Context, $"over {Over(exchange)} it {what} for {exchange.Name} {exchange.Type}")),
    ];

    private static string Over(DnsExchange exchange) => exchange.Transport is DnsTransport.Tcp ? "TCP" : "UDP";

    private static Finding Make(string cause, Severity severity, IPAddress server, string summary, Reason[] reasons) =>
        new(cause, severity, cause is Unreachable ? Where.Unknown : Where.Resolver, summary, [.. reasons])
        {
            Subject = server,
            Remedies = [new Remedy("Ask it by hand and read its log meanwhile.", $"dig @{server} . NS +tries=1; dig @{server} . NS +tcp")],
            Next = [$"On {server}: what does the name server's log say, and does a firewall there tell UDP from TCP?"],
        };
}
