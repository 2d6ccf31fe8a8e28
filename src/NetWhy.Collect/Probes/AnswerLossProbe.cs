using System.Net;
using NetWhy.Collect.Resolver;
using NetWhy.Evidence;
using NetWhy.Names;
using NetWhy.Wire.Dns;

namespace NetWhy.Collect.Probes;

/// <summary>Asks each name server ten times for the name, and sends no query again: how many stay unanswered?</summary>
/// <remarks>
/// A lost query costs an application the whole timeout of resolv.conf, five seconds; one lookup shows that only by chance. Where
/// the target is not a name alone, only servers that lost a query of the lookup are asked.
/// </remarks>
public sealed class AnswerLossProbe : IProbe
{
    /// <summary>Id of this probe.</summary>
    public const string Id = "dns.loss";

    private const int Queries = 10;

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(0.03);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1.5);

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
        IReadOnlyList<IPAddress> servers = context.Target.Kind is TargetKind.Name
            ? await NameTrial.ServersAsync(context, cancellationToken)
            : await SuspectsAsync(context, cancellationToken);
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

    private static async Task<IReadOnlyList<IPAddress>> SuspectsAsync(ProbeContext context, CancellationToken cancellationToken)
    {
        await NameTrial.ResolutionAsync(context, cancellationToken);
        return
        [
            .. context.Evidence.All<DnsExchange>()
                .Where(exchange => exchange is { Purpose: "lookup", IsConfigured: true, UnansweredSends: > 0 })
                .Select(exchange => exchange.Server)
                .Distinct(),
        ];
    }
}
