using System.Net;
using NetWhy.Evidence;
using NetWhy.Linux;
using NetWhy.Paths;

namespace NetWhy.Tools;

/// <summary>Why a port does not take what is sent to it, as the rules that judge all evidence see it.</summary>
internal static class FailedConnection
{
    /// <summary>Judges a failure.</summary>
    /// <param name="seen">What was observed: a connection or a datagram that failed.</param>
    /// <param name="name">Name or address of the host, as typed.</param>
    /// <param name="port">The port.</param>
    /// <param name="host">Who judges.</param>
    /// <returns>The most serious cause; null if what was seen shows none.</returns>
    internal static Statement? Judge(Observation seen, string name, int port, IToolHost host)
    {
        IPAddress address = seen switch
        {
            ConnectAttempt attempt => attempt.Address,
            DatagramExchange datagram => datagram.Address,
            _ => throw new ArgumentException($"{seen.GetType().Name} is no exchange with a port", nameof(seen)),
        };
        using RouteNetlink netlink = RouteNetlink.Open();
        return host.Judge(
        [
            new InvestigationStarted("", name, TargetKind.HostPort, Scheme: null, name, port),
            netlink.Ask(address, "target", new RouteSelector()),
            seen,
        ]) is [{ Severity: > StatementSeverity.Note } cause, ..] ? cause : null;
    }
}
