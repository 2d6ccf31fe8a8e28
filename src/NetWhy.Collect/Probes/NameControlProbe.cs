using System.Net;
using NetWhy.Collect.Resolver;
using NetWhy.Evidence;
using NetWhy.Names;
using NetWhy.Wire.Dns;

namespace NetWhy.Collect.Probes;

/// <summary>Asks for names that cannot exist, and asks where no name server is: an answer comes from somebody who makes answers.</summary>
/// <remarks>
/// Nothing exists below <c>invalid.</c> (RFC 6761, section 6.4), and 192.0.2.0/24 is no network (RFC 5737). Where the target is
/// not a name alone, only the server whose answer is used is asked, and not waited for long.
/// </remarks>
public sealed class NameControlProbe : IProbe
{
    /// <summary>Id of this probe.</summary>
    public const string Id = "dns.control";

    private const string Impossible = "invalid.";

    private static readonly IPAddress Nobody = IPAddress.Parse("192.0.2.53");
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(0.8);
    private static readonly TimeSpan Linger = TimeSpan.FromSeconds(0.25); // who answers first may be another one than the server
    private static readonly TimeSpan NobodyPatience = TimeSpan.FromSeconds(0.5); // nearly everywhere there is silence
    private static readonly TimeSpan ShortPatience = TimeSpan.FromSeconds(0.2);

    /// <inheritdoc/>
    public ProbeInfo Info { get; } = new(
        Id,
        Question: "Are there answers that nobody can have given?",
        Source: "RFC 6761, section 6.4; RFC 5737",
        Question.Dns)
    {
        SendsPackets = true,
    };

    /// <inheritdoc/>
    public bool Applies(Target target) => target.HasHostName;

    /// <inheritdoc/>
    public async Task RunAsync(ProbeContext context, CancellationToken cancellationToken)
    {
        if (NameTrial.NameOf(context.Target) is not { } name)
            return;
        if (context.Target.Kind is TargetKind.Name)
        {
            IReadOnlyList<IPAddress> servers = await NameTrial.ServersAsync(context, cancellationToken);
            await Task.WhenAll(
                [.. servers.SelectMany(server => AskForNothing(context, server, name, cancellationToken)), AskNobodyAsync(context, name, cancellationToken)]);
        }
        else if (await context.Evidence.FirstAsync<NameResolution>(
            resolution => resolution.Name == context.Target.Host && !resolution.IsProvisional, [NameResolutionProbe.Id], cancellationToken) is { Source: NameSource.Dns, Addresses.Count: > 0, AnsweredBy: { } server })
        {
            await AskAsync(context, server, NameTrial.RandomBelow(Impossible), "impossible", ShortPatience, TimeSpan.Zero, cancellationToken);
        }
    }

    private static IEnumerable<Task> AskForNothing(ProbeContext context, IPAddress server, string name, CancellationToken cancellationToken)
    {
        yield return AskAsync(context, server, NameTrial.RandomBelow(Impossible), "impossible", Patience, Linger, cancellationToken);
        string[] labels = name.Split('.', StringSplitOptions.RemoveEmptyEntries);
        if (labels.Length > 1)
            yield return AskAsync(context, server, NameTrial.RandomBelow($"{labels[^1]}."), "sibling", Patience, Linger, cancellationToken);
    }

    private static Task<DnsReply> AskNobodyAsync(ProbeContext context, string name, CancellationToken cancellationToken) => NameTrial.AskAsync(
        context, Nobody, name, DnsRecordType.A, new DnsQuestionOptions { Purpose = "nobody", Patience = NobodyPatience, IsConfigured = false, MostSends = 2 }, cancellationToken);

    private static Task<DnsReply> AskAsync(
        ProbeContext context, IPAddress server, string name, string purpose, TimeSpan patience, TimeSpan linger, CancellationToken cancellationToken) => NameTrial.AskAsync(
            context, server, name, DnsRecordType.A, new DnsQuestionOptions { Purpose = purpose, Patience = patience, MostSends = 2, Linger = linger }, cancellationToken);
}
