using System.Net;
using NetWhy.Collect.Probes;
using NetWhy.Evidence;

namespace NetWhy.Collect.Routing;

/// <summary>Says when an address gives trouble, so that probes that disturb a little run only then.</summary>
internal static class Trouble
{
    /// <summary>
    /// Waits for the first sign that an address does not answer: silence, a failed attempt, an unanswered question.
    /// </summary>
    /// <param name="context">The investigation.</param>
    /// <param name="address">The address.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>False if every attempt ended without such a sign.</returns>
    internal static async Task<bool> ComesAsync(
        ProbeContext context, IPAddress address, CancellationToken cancellationToken) =>
        await context.Evidence.FirstAsync<Observation>(
            observation => IsSign(observation, context.Target, address), Observers, cancellationToken) is not null;

    /// <summary>Waits until the attempts to connect to an address are over.</summary>
    /// <param name="context">The investigation.</param>
    /// <param name="address">The address.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Whether it could not be connected to.</returns>
    internal static async Task<bool> LastsAsync(
        ProbeContext context, IPAddress address, CancellationToken cancellationToken)
    {
        ConnectAttempt? attempt = await context.Evidence.FirstAsync<ConnectAttempt>(
            attempt => attempt.Address.Equals(address) && attempt.Purpose is "target" or "proxy" or "direct",
            [ExchangeProbe.Id],
            cancellationToken);
        return attempt is null or { Outcome: not ConnectOutcome.Connected };
    }

    private const string Refused = "ECONNREFUSED"; // then somebody answered

    private static readonly string[] Observers = [ExchangeProbe.Id, EchoProbe.Id, NameResolutionProbe.Id, NeighbourStateProbe.Id];

    /// <summary>Whether an observation says that an address does not answer.</summary>
    /// <param name="observation">The observation.</param>
    /// <param name="target">The target.</param>
    /// <param name="address">The address.</param>
    internal static bool IsSign(Observation observation, Target target, IPAddress address) => observation switch
    {
        Silence silence => silence.Stage is ExchangeStage.NotConnected && silence.Address.Equals(address),
        ConnectAttempt attempt => attempt is { Outcome: not ConnectOutcome.Connected, Errno: not Refused } && attempt.Address.Equals(address),
        EchoSeries echo => target.Port is null && echo.Received == 0 && echo.Address.Equals(address), // a service is its own test
        DatagramExchange datagram => datagram is { Answered: false, Errno: not Refused } && datagram.Address.Equals(address),
        DnsExchange dns => dns is { Outcome: DnsOutcome.TimedOut or DnsOutcome.Failed, Errno: not Refused } && dns.Server.Equals(address),
        NeighbourState neighbour => neighbour is { State: "failed", IsAfterTraffic: true } && neighbour.Address.Equals(address),
        _ => false,
    };
}
