using System.Net;
using NetWhy.Collect.Resolver;
using NetWhy.Evidence;
using NetWhy.Names;
using NetWhy.Wire.Dns;

namespace NetWhy.Collect.Probes;

/// <summary>Asks each name server that left a query unanswered ten times more, and sends no query again: how many stay unanswered?</summary>
/// <remarks>
/// A lost query costs an application the whole timeout of resolv.conf, five seconds; one lookup shows that only by chance.
/// Servers limit how often they answer one client, some at 20 queries a second, and how often they answer the same, some at 5:
/// what is counted must not be that. So it begins when the other trials are over, and asks slowly.
/// </remarks>
public sealed class AnswerLossProbe : IProbe
{
    /// <summary>Id of this probe.</summary>
    public const string Id = "dns.loss";

    private const int Queries = 10;

    private static readonly string[] Trials =
        [NameResolutionProbe.Id, AnswerSizeProbe.Id, PairedQueriesProbe.Id, NameControlProbe.Id, AliasChainProbe.Id];

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(0.25);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1.5);
    private static readonly TimeSpan TrialsPatience = TimeSpan.FromSeconds(5);

    /// <inheritdoc/>
    public ProbeInfo Info { get; } = new(
        Id,
        Question: "How many queries are lost?",
        Source: "resolv.conf(5), options timeout",
        Question.Dns)
    {
        SendsPackets = true,
    };

    /// <inheritdoc/>
    public bool Applies(Target target) => target.HasHostName;

    /// <inheritdoc/>
    public async Task RunAsync(ProbeContext context, CancellationToken cancellationToken)
    {
        if (await NameTrial.NameAsync(context, cancellationToken) is not { } name)
            return;
        IReadOnlyList<IPAddress> servers = await SuspectsAsync(context, cancellationToken);
        if (servers.Count == 0)
            return;
        DnsRecordType type = await NameTrial.TypeAsync(context, cancellationToken);
        var options = new DnsQuestionOptions { Purpose = "loss", Patience = Patience, MostSends = 1 };
        List<Task> asked = [];
        for (int i = 0; i < Queries; i++)
        {
            asked.AddRange(servers.Select(server => NameTrial.AskAsync(context, server, name, type, options, cancellationToken)));
            await Task.Delay(Interval, context.Clock, cancellationToken);
        }

        await Task.WhenAll(asked);
    }

    // A server that never answers is no case of loss.
    private static async Task<IReadOnlyList<IPAddress>> SuspectsAsync(ProbeContext context, CancellationToken cancellationToken)
    {
        try
        {
            await context.Evidence.WhenFinishedAsync(Trials, cancellationToken).WaitAsync(TrialsPatience, context.Clock, cancellationToken);
        }
        catch (TimeoutException)
        {
            // the series must end before the investigation does
        }

        return
        [
            .. context.Evidence.All<DnsExchange>()
                .Where(exchange => exchange is { IsConfigured: true, Transport: DnsTransport.Udp })
                .GroupBy(exchange => exchange.Server)
                .Where(exchanges => exchanges.Any(exchange => exchange.Outcome is DnsOutcome.Answered)
                    && exchanges.Any(exchange => exchange.UnansweredSends > 0 || exchange.Outcome is DnsOutcome.TimedOut))
                .Select(exchanges => exchanges.Key),
        ];
    }
}
