using NetWhy.Collect.Resolver;
using NetWhy.Evidence;
using NetWhy.Names;
using NetWhy.Wire.Dns;

namespace NetWhy.Collect.Probes;

/// <summary>
/// Where one of the two queries of a lookup got no answer at first: sends the pair again from new sockets, and the one alone,
/// so that chance is told from a device that lets only one pass.
/// </summary>
public sealed class PairedQueriesProbe : IProbe
{
    /// <summary>Id of this probe.</summary>
    public const string Id = "dns.pair";

    private const int Pairs = 2;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(0.6);
    private static readonly DnsRecordType[] Types = [DnsRecordType.A, DnsRecordType.AAAA];

    /// <inheritdoc/>
    public ProbeInfo Info { get; } = new(
        Id,
        Question: "Is one of two queries from one socket lost every time?",
        Source: "resolv.conf(5), \"single-request-reopen\"; netfilter, net/netfilter/nf_conntrack_core.c",
        Question.Dns)
    {
        SendsPackets = true,
    };

    /// <inheritdoc/>
    public bool Applies(Target target) => target.HasHostName;

    /// <inheritdoc/>
    public async Task RunAsync(ProbeContext context, CancellationToken cancellationToken)
    {
        if (await NameTrial.ResolutionAsync(context, cancellationToken) is null)
            return;
        DnsExchange[] lookups = [.. context.Evidence.All<DnsExchange>().Where(exchange => exchange.Purpose is "lookup")];
        DnsExchange? lost = Array.Find(lookups, exchange => IsLostAtFirst(exchange) && Array.Exists(
            lookups, other => other.Server.Equals(exchange.Server) && other.Name == exchange.Name && other.Type != exchange.Type
                && other is { Outcome: DnsOutcome.Answered, Sends: 1 }));
        if (lost is null)
            return;

        var options = new DnsQuestionOptions { Purpose = "pair", Patience = Patience, MostSends = 1 };
        Task<DnsReply>[] replies =
        [
            .. Enumerable.Range(0, Pairs).SelectMany(_ => DnsQuestions.Ask(lost.Server, lost.Name, Types, options, context.Clock, cancellationToken)),
            .. DnsQuestions.Ask(
                lost.Server, lost.Name, [.. Types.Where(type => type.Mnemonic == lost.Type)], options with { Purpose = "alone" }, context.Clock, cancellationToken),
        ];
        foreach (Task<DnsReply> reply in replies)
            context.Report((await reply).Exchange);
    }

    private static bool IsLostAtFirst(DnsExchange exchange) =>
        exchange is { Transport: DnsTransport.Udp, Sends: > 1, Outcome: DnsOutcome.Answered or DnsOutcome.TimedOut };
}
