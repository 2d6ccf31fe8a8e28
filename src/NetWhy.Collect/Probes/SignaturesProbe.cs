using System.Net;
using NetWhy.Collect.Resolver;
using NetWhy.Evidence;
using NetWhy.Names;
using NetWhy.Wire.Dns;

namespace NetWhy.Collect.Probes;

/// <summary>Follows the name's signatures, and asks a server that fails to answer without validating.</summary>
/// <remarks>Where the target is not a name alone, only after a failure of the name server.</remarks>
public sealed class SignaturesProbe : IProbe
{
    /// <summary>Id of this probe.</summary>
    public const string Id = "dns.signatures";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(2.5);
    private static readonly TimeSpan FailureLife = TimeSpan.FromSeconds(1.1); // named keeps a SERVFAIL for one second, apart from CD

    /// <inheritdoc/>
    public ProbeInfo Info { get; } = new(
        Id,
        Question: "Do signatures prove the answer, and if not, at which link does that end?",
        Source: "RFC 4035, section 5",
        Question.Dns)
    {
        SendsPackets = true,
    };

    /// <inheritdoc/>
    public bool Applies(Target target) => target.HasHostName;

    /// <inheritdoc/>
    public async Task RunAsync(ProbeContext context, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        if (context.Target.Kind is TargetKind.Name && await NameTrial.NameAsync(context, cancellationToken) is { } name)
        {
            IReadOnlyList<IPAddress> servers = await NameTrial.ServersAsync(context, cancellationToken);
            limit.CancelAfter(Limit);
            await Task.WhenAll(
                ValidateAsync(context, servers, name, await NameTrial.TypeAsync(context, cancellationToken), limit.Token),
                AskBothWaysAsync(context, cancellationToken));
        }
        else if (await AskUnvalidatedAsync(context, cancellationToken) is { } exchange)
        {
            limit.CancelAfter(Limit);
            await Task.WhenAll(
                ValidateAsync(context, [exchange.Server], exchange.Name, TypeOf(context, exchange), limit.Token),
                AskAgainAsync(context, exchange, cancellationToken));
        }
    }

    private static async Task AskBothWaysAsync(ProbeContext context, CancellationToken cancellationToken)
    {
        if (await AskUnvalidatedAsync(context, cancellationToken) is { } exchange)
            await AskAgainAsync(context, exchange, cancellationToken);
    }

    // Null if nothing failed, or if it fails so too.
    private static async Task<DnsExchange?> AskUnvalidatedAsync(ProbeContext context, CancellationToken cancellationToken)
    {
        if (await NameTrial.ResolutionAsync(context, cancellationToken) is not { Tried.Count: > 0 } resolution)
            return null;
        DnsExchange? failure = context.Evidence.All<DnsExchange>().FirstOrDefault(exchange =>
            exchange is { Purpose: "lookup", ResponseCode: "SERVFAIL" } && resolution.Tried.Contains(exchange.Name));
        if (failure is null)
            return null;

        DnsRecordType type = TypeOf(context, failure);
        var options = new DnsQuestionOptions { Purpose = "unvalidated", Patience = Limit, IsCheckingDisabled = true, UseEdns = true };
        DnsReply reply = await NameTrial.AskAsync(context, failure.Server, failure.Name, type, options, cancellationToken);
        return reply.Exchange is { ResponseCode: "NOERROR" or "NXDOMAIN" } ? reply.Exchange : null;
    }

    // The failure may have passed by now: only one that comes back without CD is one of validation. Where one of several servers
    // behind an address fails, failures come and go, in turn or by chance: in an order that neither keeps.
    private static async Task AskAgainAsync(ProbeContext context, DnsExchange unvalidated, CancellationToken cancellationToken)
    {
        await Task.Delay(FailureLife, context.Clock, cancellationToken);
        foreach (bool isChecked in (bool[])[true, true, false, false, true])
        {
            var options = new DnsQuestionOptions { Purpose = isChecked ? "validated" : "unvalidated", Patience = Limit, UseEdns = true, IsCheckingDisabled = !isChecked };
            DnsReply reply = await NameTrial.AskAsync(context, unvalidated.Server, unvalidated.Name, TypeOf(context, unvalidated), options, cancellationToken);
            if (reply.Exchange.Outcome is not DnsOutcome.Answered || (reply.Exchange.ResponseCode is "SERVFAIL") != isChecked)
                return;
        }
    }

    private static DnsRecordType TypeOf(ProbeContext context, DnsExchange exchange) =>
        DnsMnemonics.TryParseType(exchange.Type, out DnsRecordType type) ? type : context.Options.RecordType ?? DnsRecordType.A;

    private static async Task ValidateAsync(
        ProbeContext context, IReadOnlyList<IPAddress> servers, string name, DnsRecordType type, CancellationToken enough)
    {
        if (!DomainName.TryParse(name, out DomainName parsed))
            return;
        var source = new ForwardingSource(DnsNetwork.Instance, [.. servers.Select(server => new DnsServer(server))], Patience);
        RootedValidation rooted = await new RootedValidator(source, TrustAnchors.ForRoot(), context.Clock).ValidateAsync(parsed, type, enough);
        ValidationProblem? problem = rooted.Validation.Problem;
        context.Report(new NameValidation(
            name, type.Mnemonic, NameTrial.KebabCase(rooted.Validation.Status.ToString()), rooted.Anchor.ToString(), rooted.IsAssumed)
        {
            Reason = problem is null ? null : NameTrial.KebabCase(problem.Reason.ToString()),
            Problem = problem?.ToString(),
            Owner = problem?.Owner.ToString(),
            OwnerType = problem?.Type.Mnemonic,
            Zone = problem?.Zone?.ToString(),
            Time = problem?.Time,
            Chain = [.. rooted.Validation.Chain.Select(link => link.ToString())],
        });
    }
}
