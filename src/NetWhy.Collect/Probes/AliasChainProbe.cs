using NetWhy.Collect.Resolver;
using NetWhy.Evidence;
using NetWhy.Names;
using NetWhy.Wire.Dns;

namespace NetWhy.Collect.Probes;

/// <summary>Where a name gives no address: follows its aliases one by one, to find the link that leads nowhere.</summary>
public sealed class AliasChainProbe : IProbe
{
    /// <summary>Id of this probe.</summary>
    public const string Id = "dns.aliases";

    private const int MostLinks = 16; // BIND stops at 16

    private static readonly DnsQuestionOptions Options = new() { Purpose = "alias", Patience = TimeSpan.FromSeconds(1.5), MostSends = 2 };

    /// <inheritdoc/>
    public ProbeInfo Info { get; } = new(
        Id,
        Question: "Where do the name's aliases lead?",
        Source: "RFC 1034, section 3.6.2",
        Question.Dns)
    {
        SendsPackets = true,
    };

    /// <inheritdoc/>
    public bool Applies(Target target) => target.HasHostName;

    /// <inheritdoc/>
    public async Task RunAsync(ProbeContext context, CancellationToken cancellationToken)
    {
        if (await NameTrial.ResolutionAsync(context, cancellationToken) is not { Error: not null, Tried.Count: > 0 } resolution)
            return;

        // The server whose answer has aliases, or that fails: a chain that is too long or a circle is a failure to some.
        DnsExchange? start = context.Evidence.All<DnsExchange>().FirstOrDefault(exchange =>
            exchange is { Purpose: "lookup", IsConfigured: true, Outcome: DnsOutcome.Answered } && resolution.Tried.Contains(exchange.Name)
            && (exchange.Aliases.Count > 0 || exchange.ResponseCode is "SERVFAIL"));
        if (start is null)
            return;

        HashSet<string> seen = new(StringComparer.OrdinalIgnoreCase) { start.Name };
        string name = start.Name;
        for (int i = 0; i < MostLinks; i++)
        {
            DnsReply reply = await NameTrial.AskAsync(context, start.Server, name, DnsRecordType.CNAME, Options, cancellationToken);
            if (reply.Exchange.Aliases is not [var target, ..])
                break;
            if (!DnsName.IsValid(target) || !seen.Add(target))
                return;
            name = target;
        }

        if (name != start.Name)
            await NameTrial.AskAsync(context, start.Server, name, DnsRecordType.A, Options, cancellationToken);
    }
}
