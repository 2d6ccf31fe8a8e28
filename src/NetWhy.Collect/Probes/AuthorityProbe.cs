using System.Net;
using NetWhy.Collect.Resolver;
using NetWhy.Evidence;
using NetWhy.Names;
using NetWhy.Paths;
using NetWhy.Wire.Dns;

namespace NetWhy.Collect.Probes;

/// <summary>Asks the zone's own servers for the name, past the resolvers, so that the two can be compared.</summary>
/// <remarks>
/// It finds them through the resolver, so a resolver that hides the zone's servers hides them here too. It never holds a
/// working target up for long: see <see cref="Patience"/>.
/// </remarks>
public sealed class AuthorityProbe : IProbe
{
    /// <summary>Id of this probe.</summary>
    public const string Id = "dns.authority";

    private const int MaxServers = 3; // asked; they should all say the same

    // Long enough on a LAN, and shorter than connecting and asking a distant target takes.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(0.25);

    private static readonly TimeSpan PatienceWithBrokenTarget = TimeSpan.FromSeconds(1.5);

    /// <inheritdoc/>
    public ProbeInfo Info { get; } = new(
        Id,
        Question: "What do the zone's own servers say?",
        Source: "RFC 1034, section 4.3",
        Question.Dns)
    {
        SendsPackets = true,
        Budget = TimeSpan.FromSeconds(12),
    };

    /// <inheritdoc/>
    public bool Applies(Target target) => target.HasHostName;

    /// <inheritdoc/>
    public async Task RunAsync(ProbeContext context, CancellationToken cancellationToken)
    {
        NameResolution? resolution = await context.Evidence.FirstAsync<NameResolution>(
            resolution => resolution.Name == context.Target.Host, [NameResolutionProbe.Id], cancellationToken);
        if (resolution is not { Tried: [.., var last], AnsweredBy: { } resolver })
            return;

        // Where none was found, the name that was written is the one that is missed.
        string written = NameTrial.NameOf(context.Target) ?? last;
        string name = resolution.Error is not null && resolution.Tried.Contains(written) ? written : last;

        using var enough = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task compared = CompareAsync(context, resolver, name, isMissed: resolution.Error is not null, enough.Token);
        await Task.WhenAny(compared, Task.Delay(Patience, context.Clock, cancellationToken));
        bool works = context.Evidence.Snapshot().Any<ConnectAttempt>(
            attempt => attempt is { Purpose: "target", Outcome: ConnectOutcome.Connected });
        if (!works)
            await Task.WhenAny(compared, Task.Delay(PatienceWithBrokenTarget, context.Clock, cancellationToken));

        bool isDone = compared.IsCompleted;
        await enough.CancelAsync();
        await compared;
        if (!isDone && works)
            return; // an address that serves is not put in doubt by what the zone would say: nobody misses that
        if (!isDone)
            context.ReportNotObserved("what the zone's own servers say", "they did not answer soon enough");
        else
            await TryTheirAddressAsync(context, resolution, cancellationToken);
    }

    // Two answers differ for good reasons too. Which one is right shows where the service is.
    private static async Task TryTheirAddressAsync(
        ProbeContext context, NameResolution resolution, CancellationToken cancellationToken)
    {
        EvidenceSet evidence = context.Evidence.Snapshot();
        if (context.Target is not { Port: { } port, IsTcp: true }
            || evidence.Any<ConnectAttempt>(attempt => attempt is { Purpose: "target", Outcome: ConnectOutcome.Connected })
            || evidence.All<AuthorityAnswer>().SelectMany(answer => answer.Addresses).Except(resolution.Addresses)
                .FirstOrDefault(address => resolution.Addresses.Any(other => other.AddressFamily == address.AddressFamily)) is not { } theirs)
        {
            return;
        }

        using TcpConnection connection = await TcpConnector.ConnectAsync(
            theirs, port, new ConnectOptions { Purpose = "trial", Patience = PatienceWithBrokenTarget }, cancellationToken);
        connection.Socket?.AbortOnClose();
        context.Report(connection.Attempt);
    }

    private static async Task CompareAsync(
        ProbeContext context, IPAddress resolver, string name, bool isMissed, CancellationToken enough)
    {
        if (await ZoneSearch.FindZoneAsync(context, resolver, name, enough) is not { } zone)
            return;

        IEnumerable<IPAddress> authorities = (await ZoneSearch.FindServersAsync(context, resolver, zone, enough)).Select(server => server.Address);
        IReadOnlyList<IPAddress> configured =
            context.Evidence.Snapshot().First<Evidence.ResolverConfiguration>()?.Servers ?? [];
        Task known = isMissed ? AskForUnusedNameAsync(context, resolver, zone, enough) : Task.CompletedTask;
        await Task.WhenAll(authorities
            .Except(configured) // a resolver that claims the zone for itself is no second opinion
            .Where(authority => !IPAddress.IsLoopback(authority))
            .Take(MaxServers)
            .Select(authority => AskAuthorityAsync(context, authority, zone, name, enough))
            .Append(known));
    }

    // Which version of the zone the resolver gets, where it cannot have an answer already.
    private static Task<DnsReply> AskForUnusedNameAsync(ProbeContext context, IPAddress resolver, string zone, CancellationToken enough) => NameTrial.AskAsync(
        context,
        resolver,
        NameTrial.RandomBelow(zone),
        DnsRecordType.A,
        new DnsQuestionOptions { Purpose = "unused-name", Patience = PatienceWithBrokenTarget },
        enough);

    private static async Task AskAuthorityAsync(
        ProbeContext context, IPAddress authority, string zone, string name, CancellationToken enough)
    {
        var options = new DnsQuestionOptions
        {
            Patience = PatienceWithBrokenTarget,
            WantsRecursion = false,
            IsConfigured = false,
            Purpose = "authority",
        };
        DnsReply[] replies = await Task.WhenAll(DnsQuestions.Ask(
            authority, name, [DnsRecordType.A, DnsRecordType.AAAA], options, context.Clock, enough));
        foreach (DnsReply reply in replies)
            context.Report(reply.Exchange);

        DnsExchange[] authoritative =
            [.. replies.Select(reply => reply.Exchange).Where(exchange => exchange.IsAuthoritative)];
        if (authoritative.Length == replies.Length)
        {
            context.Report(new AuthorityAnswer(
                zone,
                authority,
                name,
                [.. authoritative.SelectMany(exchange => exchange.Addresses)],
                authoritative[0].ResponseCode!));
        }
    }
}
