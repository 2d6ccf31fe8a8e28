using System.Collections.Immutable;
using System.Net;
using NetWhy.Collect.Firewall;
using NetWhy.Evidence;
using NetWhy.Linux;

namespace NetWhy.Collect.Probes;

/// <summary>Finds the rules of this machine that decide about the target's packets, and whether they counted any.</summary>
/// <remarks>
/// A machine without rules costs a millisecond. Rules that can decide are read again once the exchange is over, if
/// something went wrong: a counter that grew meanwhile tells the rule that acted from one that might have.
/// </remarks>
public sealed class FirewallProbe : IProbe
{
    /// <summary>Id of this probe.</summary>
    public const string Id = "firewall.rules";

    private const int MostFlows = 24; // a name with a hundred addresses has one rule set for all of them
    private const int MostInterfaces = 8; // by which clients may come; a host of containers has hundreds

    // A SYN of our own between the two readings, so that a rule that acted once before the first one counts again.
    private static readonly TimeSpan ConfirmationPatience = TimeSpan.FromMilliseconds(50);

    /// <inheritdoc/>
    public ProbeInfo Info { get; } = new(
        Id,
        Question: "Which firewall rules of this machine decide about the target's packets?",
        Source: "nft(8), libnftables-json(5), iptables-save(8)",
        Question.Port)
    {
        SendsPackets = true,
    };

    /// <inheritdoc/>
    public bool Applies(Target target) => true;

    /// <inheritdoc/>
    public async Task RunAsync(ProbeContext context, CancellationToken cancellationToken)
    {
        if (!Privileges.HasNetAdmin)
        {
            context.ReportNotObserved("the firewall rules of this machine", "needs CAP_NET_ADMIN (run as root)");
            return;
        }

        FirewallReading before = context.Firewall.First(cancellationToken);
        foreach ((string what, string reason) in before.Failures)
            context.ReportNotObserved(what, reason);
        context.Report(new FirewallSurvey(before.Sources, before.Ruleset.RuleCount));
        if (!before.Ruleset.Chains.Any(chain => chain.Rules.Count > 0 || chain.DropsByDefault))
            return;

        List<FirewallFlow> flows = [.. await ExpectedFlowsAsync(context, cancellationToken)];
        List<FirewallMatch> matches = [.. FirewallMatch.Of(before.Ruleset, flows)];
        if (matches.Count == 0 && !MayMeetOthers(context.Target))
            return;

        await context.Evidence.WhenFinishedAsync(
            [ExchangeProbe.Id, EchoProbe.Id, NameResolutionProbe.Id], cancellationToken);
        ImmutableArray<FirewallFlow> others = [.. OtherFlows(context, flows)];
        matches.AddRange(FirewallMatch.Of(before.Ruleset, others));
        if (matches.Count == 0)
            return;

        FirewallIndex? after = null;
        if (HasTrouble(context))
        {
            foreach (FirewallFlow flow in matches.Select(match => match.Flow).Distinct().Where(flow => flow is { Protocol: FirewallPacket.Tcp or FirewallPacket.Udp, Address: not null }).Take(MostFlows))
                await ConfirmAsync(flow, cancellationToken);
            after = new FirewallIndex(FirewallReading.Read(cancellationToken).Ruleset);
        }

        FirewallMatch.Report(context, matches, after, cancellationToken);
    }

    private static async Task<IEnumerable<FirewallFlow>> ExpectedFlowsAsync(ProbeContext context, CancellationToken cancellationToken)
    {
        Target target = context.Target;
        List<FirewallFlow> flows = [];
        if (target.Kind is TargetKind.LocalPort or TargetKind.Process)
        {
            if (target.Port is { } service)
            {
                int protocol = target.IsTcp ? FirewallPacket.Tcp : FirewallPacket.Udp;
                flows.Add(FirewallFlow.To("target", protocol, IPAddress.Loopback, service));
                flows.Add(FirewallFlow.To("target", protocol, IPAddress.IPv6Loopback, service));
                InterfaceAddresses? own = await context.Evidence.FirstAsync<InterfaceAddresses>(
                    _ => true, [InterfaceAddressesProbe.Id], cancellationToken);
                flows.AddRange((own?.Addresses ?? [])
                    .Where(address => address.Scope is "global" && !IPAddress.IsLoopback(address.Address))
                    .Select(address => address.Interface)
                    .Distinct()
                    .Take(MostInterfaces)
                    .Select(name => new FirewallFlow("service", protocol, Address: null, service) { Interface = name }));
            }

            if (target.Kind is TargetKind.Process)
                flows.AddRange(await FirewallMatch.PendingAsync(context, cancellationToken));
            return flows;
        }

        if (target.Literal is null)
        {
            ResolverConfiguration? configuration = await context.Evidence.FirstAsync<ResolverConfiguration>(
                _ => true, [ResolverConfigurationProbe.Id], cancellationToken);
            foreach (IPAddress server in configuration?.Servers ?? [])
                flows.AddRange(Both("resolver", server, 53));
        }

        if (target.Host is not null)
        {
            NameResolution? resolution = await context.Evidence.FirstAsync<NameResolution>(
                _ => true, [NameResolutionProbe.Id], cancellationToken);
            foreach (IPAddress address in resolution?.Addresses ?? [])
            {
                flows.Add(FirewallFlow.To("target", FirewallPacket.Icmp, address, 0));
                if (target.Port is not { } port)
                    continue;
                if (target.Scheme is "dns")
                    flows.AddRange(Both("target", address, port));
                else
                    flows.Add(FirewallFlow.To("target", target.IsTcp ? FirewallPacket.Tcp : FirewallPacket.Udp, address, port));
            }
        }

        return flows.Take(MostFlows);

        static FirewallFlow[] Both(string purpose, IPAddress address, int port) =>
        [
            FirewallFlow.To(purpose, FirewallPacket.Udp, address, port),
            FirewallFlow.To(purpose, FirewallPacket.Tcp, address, port),
        ];
    }

    // A proxy's address is known only once the exchange has used it.
    private static bool MayMeetOthers(Target target) => target.IsHttp || target.Kind is TargetKind.LocalPort;

    private static IEnumerable<FirewallFlow> OtherFlows(ProbeContext context, List<FirewallFlow> known) =>
        context.Evidence.All<ConnectAttempt>()
            .Where(attempt => attempt.Purpose is "target" or "proxy")
            .Select(attempt => (attempt.Address, attempt.Port))
            .Distinct()
            .Where(peer => !known.Any(flow => flow.Protocol is FirewallPacket.Tcp && peer.Address.Equals(flow.Address) && flow.Port == peer.Port))
            .Take(MostFlows)
            .Select(peer => FirewallFlow.To("other", FirewallPacket.Tcp, peer.Address, peer.Port));

    /// <summary>Whether anything went wrong that a rule may have done.</summary>
    private static bool HasTrouble(ProbeContext context)
    {
        EvidenceLog evidence = context.Evidence;
        return evidence.All<ConnectAttempt>().Any(attempt => attempt.Outcome is not ConnectOutcome.Connected || attempt.SynRetransmits > 0)
            || evidence.All<DatagramExchange>().Any(exchange => !exchange.Answered)
            || evidence.All<DnsExchange>().Any(exchange => exchange.Outcome is not DnsOutcome.Answered || exchange.Sends > 1)
            || evidence.All<Silence>().Count > 0
            || evidence.All<EchoSeries>().Any(series => series.Received < series.Sent);
    }

    private static async Task ConfirmAsync(FirewallFlow flow, CancellationToken cancellationToken)
    {
        bool isTcp = flow.Protocol is FirewallPacket.Tcp;
        if (LinuxSocket.Open(flow.Address!.AddressFamily, isTcp ? SocketKind.Tcp : SocketKind.Udp, out LinuxSocket? socket) is not Errno.OK)
            return; // the counters then show what they show

        using (socket)
        {
            if (!isTcp)
            {
                if (socket!.Connect(flow.Address, flow.Port) is Errno.OK)
                    _ = socket.Send("\r\n"u8, out _);
                return;
            }

            if (socket!.Connect(flow.Address, flow.Port) is Errno.EINPROGRESS)
                await socket.WaitAsync(PollEvents.Write, ConfirmationPatience, cancellationToken);
        }
    }
}
