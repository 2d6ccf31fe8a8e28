using System.Net;
using NetWhy.Collect.Routing;
using NetWhy.Evidence;
using NetWhy.Names;
using NetWhy.Wire.Dns;

namespace NetWhy.Collect.Probes;

/// <summary>Asks a name server that is itself the target, over UDP and over TCP.</summary>
/// <remarks>
/// Without a name in the target it asks for the root's servers and for <c>localhost.</c>: a server of zones of its own
/// refuses both and works, a resolver cut off from the root fails at the first alone (RFC 6761, section 6.3).
/// </remarks>
public sealed class DnsServiceProbe : IProbe
{
    /// <summary>Id of this probe.</summary>
    public const string Id = "dns.service";

    /// <summary><see cref="DnsExchange.Purpose"/> of its questions.</summary>
    public const string Purpose = "service";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    /// <inheritdoc/>
    public ProbeInfo Info { get; } = new(
        Id,
        Question: "Does the name server answer, over UDP and over TCP?",
        Source: "RFC 1035, section 4.2; RFC 7766",
        Question.Application)
    {
        SendsPackets = true,
    };

    /// <inheritdoc/>
    public bool Applies(Target target) => target.Scheme is "dns" && target.Port is not null;

    /// <inheritdoc/>
    public async Task RunAsync(ProbeContext context, CancellationToken cancellationToken)
    {
        List<Task> runs = [];
        await foreach (Destination destination in Destination.StreamAsync(context, cancellationToken))
        {
            if (destination.Purpose is Destination.Target)
                runs.Add(AskAsync(context, destination.Address, cancellationToken));
        }

        await Task.WhenAll(runs);
    }

    private static async Task AskAsync(ProbeContext context, IPAddress server, CancellationToken cancellationToken)
    {
        string name = context.Target.Path.Trim('/');
        (string Name, DnsRecordType[] Types)[] questions = name.Length > 0
            ? [(name.EndsWith('.') ? name : name + ".", [DnsRecordType.A, DnsRecordType.AAAA])]
            : [(".", [DnsRecordType.NS]), ("localhost.", [DnsRecordType.A])];
        var overUdp = new DnsQuestionOptions
        {
            Patience = Patience,
            Port = context.Target.Port!.Value,
            IsConfigured = false,
            Purpose = Purpose,
        };

        DnsQuestionOptions overTcp = overUdp with { UseTcp = true };
        Task<DnsReply>[] udp = [.. questions.SelectMany(question => DnsQuestions.Ask(server, question.Name, question.Types, overUdp, context.Clock, cancellationToken))];
        Task<DnsReply>[] tcp = DnsQuestions.Ask(server, questions[0].Name, questions[0].Types[..1], overTcp, context.Clock, cancellationToken);
        DnsReply[] replies = await Task.WhenAll(udp.Concat(tcp));
        foreach (DnsReply reply in replies)
            context.Report(reply.Exchange);

        DnsExchange first = replies[0].Exchange;
        context.Report(new DatagramExchange(
            server, overUdp.Port, replies[..udp.Length].Any(reply => reply.Exchange.Outcome is DnsOutcome.Answered or DnsOutcome.Malformed), first.Elapsed)
        {
            Errno = first.Errno,
            Icmp = first.Icmp,
        });
    }
}
