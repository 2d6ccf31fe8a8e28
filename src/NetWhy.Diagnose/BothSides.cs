using System.Net;
using NetWhy.Diagnose.Rules;
using NetWhy.Evidence;

namespace NetWhy.Diagnose;

/// <summary>What a service's own machine shows of a fault that a client suffers: rules see one machine only.</summary>
internal static class BothSides
{
    /// <summary>
    /// Narrows where SYNs vanish: a machine that listens on the port, and whose rules were read and keep nobody from it,
    /// is not where.
    /// </summary>
    /// <param name="finding">What a rule found in the client's evidence.</param>
    /// <param name="client">That evidence.</param>
    /// <param name="others">The evidence of other machines.</param>
    /// <returns>The same finding, unless it is narrowed.</returns>
    internal static Finding Narrow(Finding finding, EvidenceSet client, IEnumerable<EvidenceSet> others)
    {
        if (finding is not { Cause: "port-filtered", Where: Where.Unknown, Subject: { } address } || client.Investigation?.Port is not { } port)
            return finding;
        foreach (EvidenceSet server in others)
        {
            if (LetsClientsIn(server, address) is { } survey
                && server.First<Listener>(listener => listener.Port == port && listener.Protocol is "tcp" && ListeningSockets.Covers(listener, address)) is { } service)
            {
                return finding with
                {
                    Where = Where.Path,
                    Summary = $"TCP port {port} of {address} is filtered on the way: SYNs or their answers vanish between this machine and {address}, which listens on the port and whose own firewall lets clients in.",
                    Reasons =
                    [
                        .. finding.Reasons,
                        service.Weigh(Weight.Context, $"on {address}, {ListeningSockets.Owner(service)} listens on {ListeningSockets.Place(service)}"),
                        survey.Weigh(Weight.Hint, $"no firewall rule of {address} keeps clients from its port"),
                    ],
                    Remedies = [Fix.FindRule($"the firewalls between this machine and {address}", $"TCP port {port}", $"tcp dport {port}")],
                    Next = [$"On {address}: does its way back lead here (ip route get, with this machine's address), and do SYNs arrive (tcpdump -ni any 'tcp dst port {port}')?"],
                };
            }
        }

        return finding;
    }

    private static FirewallSurvey? LetsClientsIn(EvidenceSet server, IPAddress address) =>
        server.Any<InterfaceAddresses>(list => list.Addresses.Any(own => own.Address.Equals(address)))
        && !server.Any<FirewallRuleMatch>(rule => rule.Verdict is not "mark")
            ? server.First<FirewallSurvey>()
            : null;
}
