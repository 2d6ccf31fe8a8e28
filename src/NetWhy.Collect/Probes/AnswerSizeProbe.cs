using System.Net;
using NetWhy.Collect.Resolver;
using NetWhy.Evidence;
using NetWhy.Names;
using NetWhy.Wire.Dns;

namespace NetWhy.Collect.Probes;

/// <summary>Asks each name server the same question without EDNS, with it, and with room for an answer in fragments.</summary>
/// <remarks>
/// Devices on the way that know DNS of 1987 drop queries with EDNS; others drop fragments. The question without EDNS is watched
/// for a second answer. A target other than a name is tried so only where something of the kind shows.
/// </remarks>
public sealed class AnswerSizeProbe : IProbe
{
    /// <summary>Id of this probe.</summary>
    public const string Id = "dns.sizes";

    private const ushort LargeSize = 4096; // octets: what servers sent before 2020, in fragments

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1.5);
    private static readonly TimeSpan Linger = TimeSpan.FromSeconds(0.25);

    /// <inheritdoc/>
    public ProbeInfo Info { get; } = new(
        Id,
        Question: "Do queries with EDNS and large answers get through?",
        Source: "RFC 6891, section 6; RFC 9715",
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
        if (context.Target.Kind is TargetKind.Name)
        {
            IReadOnlyList<IPAddress> servers = await NameTrial.ServersAsync(context, cancellationToken);
            await Task.WhenAll(servers.Select(server => TryAsync(context, server, name, isWhole: true, cancellationToken)));
        }
        else if (await NameTrial.ResolutionAsync(context, cancellationToken) is { Tried: [.., var last] })
        {
            IEnumerable<IPAddress> suspects = context.Evidence.All<DnsExchange>().Where(IsSuspect).Select(exchange => exchange.Server).Distinct();
            await Task.WhenAll(suspects.Select(server => TryAsync(context, server, last, isWhole: false, cancellationToken)));
        }
    }

    // The application asks with EDNS and gets nothing of use, or must ask again because the answer is long.
    private static bool IsSuspect(DnsExchange exchange) => exchange is { Purpose: "lookup", IsConfigured: true }
        && (exchange.WasTruncated
            || (exchange.PayloadSize is not null
                && exchange is { Outcome: DnsOutcome.TimedOut } or { ResponseCode: "FORMERR" or "NOTIMP" or "BADVERS" or "SERVFAIL" }));

    private static async Task TryAsync(ProbeContext context, IPAddress server, string name, bool isWhole, CancellationToken cancellationToken)
    {
        DnsRecordType type = context.Options.RecordType ?? DnsRecordType.A;
        var plain = new DnsQuestionOptions { Purpose = "plain", Patience = Patience, MostSends = 3, Linger = isWhole ? Linger : TimeSpan.Zero };
        DnsQuestionOptions edns = plain with { Purpose = "edns", UseEdns = true, WantsSignatures = true, Linger = TimeSpan.Zero };
        await Task.WhenAll(
            NameTrial.AskAsync(context, server, name, type, plain, cancellationToken),
            NameTrial.AskAsync(context, server, name, type, edns, cancellationToken),
            NameTrial.AskAsync(context, server, name, type, edns with { Purpose = "large", PayloadSize = LargeSize }, cancellationToken));
    }
}
