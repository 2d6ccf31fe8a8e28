using System.Net;
using NetWhy.Diagnose.Paths;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Rules;

/// <summary>Of several addresses of the name some serve and some do not.</summary>
public sealed class DnsPartialOutage : IRule
{
    private const string Id = "dns-partial-outage";

    /// <inheritdoc/>
    public RuleInfo Info { get; } = new(Id, Source: "RFC 1794; RFC 6724, section 2", Id)
    {
        Explains = ["host-unreachable", "port-*", "neighbour-unresolved", "service-bound-elsewhere", "accept-queue-full"],
    };

    /// <inheritdoc/>
    public IEnumerable<Finding> Evaluate(EvidenceSet evidence)
    {
        var view = DnsView.Of(evidence);
        if (view.Resolution is not { Source: NameSource.Dns, Addresses.Count: > 1 } resolution)
            yield break;

        IGrouping<IPAddress, ConnectAttempt>[] addresses =
        [
            .. view.TargetAttempts
                .Where(attempt => resolution.Addresses.Contains(attempt.Address))
                .GroupBy(attempt => attempt.Address),
        ];
        IGrouping<IPAddress, ConnectAttempt>[] alive = [.. addresses.Where(Serves)];
        foreach (IGrouping<IPAddress, ConnectAttempt> dead in addresses.Where(address => !Serves(address)))
        {
            // Where all addresses of one family fail it is the family, not an address, unless the host itself refuses.
            ConnectAttempt? serving = alive
                .OrderByDescending(address => address.Key.AddressFamily == dead.Key.AddressFamily)
                .SelectMany(address => address)
                .FirstOrDefault(attempt => Connected(attempt)
                    && (attempt.Address.AddressFamily == dead.Key.AddressFamily || dead.Any(TargetView.AnsweredByHost)));
            if (serving is not null)
                yield return Describe(view, resolution, dead.Last(), serving);
        }
    }

    private static bool Serves(IEnumerable<ConnectAttempt> attempts) => attempts.Any(Connected);

    private static bool Connected(ConnectAttempt attempt) => attempt.Outcome is ConnectOutcome.Connected;

    private static Finding Describe(DnsView view, NameResolution resolution, ConnectAttempt dead, ConnectAttempt alive)
    {
        string how = dead.Icmp is { } icmp ? $"{ErrnoWords.Of(dead.Errno, "unreachable")}, ICMP {icmp.Type}/{icmp.Code} from {icmp.Offender}"
            : ErrnoWords.Of(dead.Errno, $"silent for {DnsView.InWords(dead.Elapsed)}");
        DnsExchange? answer = view.Servers.SelectMany(server => server.Answers)
            .FirstOrDefault(exchange => exchange.Addresses.Contains(dead.Address));
        ClientOrder? loss = ClientLoss.Of(view.Evidence, dead.Address);
        return new Finding(
            Id,
            Severity.Warning,
            Where.Remote,
            $"{dead.Address}, one of the {resolution.Addresses.Count} addresses of {resolution.Name}, does not serve port {dead.Port} ({how}), while {alive.Address} does{(loss is null ? "" : $": {ClientLoss.InWords(loss)}")}.",
            [
                dead.Weigh(Weight.VeryStrong, $"{dead.Address} port {dead.Port}: {how}"),
                alive.Weigh(Weight.Strong, $"{alive.Address} accepts in {DnsView.InWords(alive.Elapsed)}"),
                .. loss is null ? [] : new[] { loss.Weigh(Weight.Context, $"with these addresses {ClientLoss.InWords(loss)}") },
                .. answer is null ? [] : new[]
                {
                    answer.Weigh(Weight.Hint, $"{answer.Server} gives {DnsView.Join(answer.Addresses)} for {DnsView.Bare(answer.Name)}"),
                },
            ])
        {
            Subject = dead.Address,
            Remedies =
            [
                new Remedy($"Bring the service on {dead.Address} back, or take its record out of DNS.", Fix.Update($"delete {resolution.Name} {(dead.Address.AddressFamily is System.Net.Sockets.AddressFamily.InterNetworkV6 ? "AAAA" : "A")} {dead.Address}"), "the primary server of the zone"),
            ],
            Next = [$"On {dead.Address}: does the service run and listen on port {dead.Port}?"],
        };
    }
}
