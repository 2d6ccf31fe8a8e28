using System.Net;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Rules;

/// <summary>The service listens, but on another address, interface or family of this machine than the one asked for.</summary>
public sealed class ServiceBoundElsewhere : IRule
{
    private const string Cause = "service-bound-elsewhere";

    /// <inheritdoc/>
    public RuleInfo Info { get; } = new(Cause, Source: "bind(2); ip(7); ipv6(7), IPV6_V6ONLY", Cause)
    {
        Explains = ["port-closed", "target-is-local"],
    };

    /// <inheritdoc/>
    public IEnumerable<Finding> Evaluate(EvidenceSet evidence)
    {
        // Listeners are looked for only where the target is of this machine.
        ConnectAttempt? refused = evidence.First<ConnectAttempt>(attempt =>
            attempt.Purpose is "target" && attempt.Errno is "ECONNREFUSED" && attempt.Icmp is null
            && evidence.Any<Listener>(listener => IsOnPort(listener, attempt))
            && !evidence.Any<Listener>(listener => IsOnPort(listener, attempt) && ListeningSockets.Covers(listener, attempt.Address)));
        if (refused is null)
        {
            if (LoopbackOnly(evidence) is { } hidden)
                yield return hidden;
            yield break;
        }

        Listener[] elsewhere = [.. evidence.All<Listener>().Where(listener => IsOnPort(listener, refused)).DistinctBy(ListeningSockets.Place)];
        ConnectAttempt? connected = evidence.First<ConnectAttempt>(attempt => attempt.Purpose is "target" && attempt.Outcome is ConnectOutcome.Connected);
        bool isAskedByPort = evidence.Investigation?.TargetKind is TargetKind.LocalPort;
        if (connected is not null && !isAskedByPort)
            yield break; // a client tries the next address and is served

        string places = string.Join(" and ", elsewhere.Select(ListeningSockets.Place));
        List<Reason> reasons = [refused.Weigh(Weight.Strong, $"{refused.Address} refused the connection to port {refused.Port}")];
        reasons.AddRange(elsewhere.Take(3).Select(listener =>
            listener.Weigh(Weight.VeryStrong, $"{ListeningSockets.Owner(listener)} listens on {ListeningSockets.Place(listener)}")));
        if (connected is not null)
            reasons.Add(connected.Weigh(Weight.Context, $"{connected.Address} port {connected.Port} does connect"));

        yield return new Finding(
            Cause,
            connected is null ? Severity.Critical : Severity.Info,
            Where.Local,
            IPAddress.IsLoopback(elsewhere[0].Address)
                ? $"{ListeningSockets.Owner(elsewhere[0], isStart: true)} listens on {places} only: other machines, and {refused.Address}, cannot reach it."
                : $"{ListeningSockets.Owner(elsewhere[0], isStart: true)} listens on {places} and not on {refused.Address}.",
            [.. reasons])
        {
            Subject = refused.Address,
            Remedies =
            [
                new Remedy("Let the service listen on this address, or on all (0.0.0.0 or [::]), in its configuration, and start it again."),
                new Remedy("See where it listens.", $"ss -ltnp 'sport = :{refused.Port}'"),
                new Remedy("Ask for it where it listens.", $"netwhy {Paths.TargetView.InWords(Reachable(elsewhere[0].Address), refused.Port)}"),
            ],
        };
    }

    // A service that answers here and listens on loopback alone may be meant so: that is for the reader to know.
    private static Finding? LoopbackOnly(EvidenceSet evidence)
    {
        Listener[] listeners = [.. evidence.All<Listener>().Where(listener => listener.Protocol is "tcp").DistinctBy(ListeningSockets.Place)];
        if (evidence.Investigation is not { TargetKind: TargetKind.LocalPort } || listeners is not [{ } first, ..]
            || !listeners.All(listener => IPAddress.IsLoopback(listener.Address) || listener.Device is "lo"))
        {
            return null;
        }

        return new Finding(
            Cause,
            Severity.Info,
            Where.Local,
            $"{ListeningSockets.Owner(first, isStart: true)} listens on {string.Join(" and ", listeners.Select(ListeningSockets.Place))} only: other machines cannot reach it.",
            [.. listeners.Take(3).Select(listener => listener.Weigh(Weight.VeryStrong, $"{ListeningSockets.Owner(listener)} listens on {ListeningSockets.Place(listener)}"))])
        {
            Remedies = [new Remedy("If other machines are meant to reach it, let it listen on an address of theirs, or on all (0.0.0.0 or [::]).", $"ss -ltnp 'sport = :{first.Port}'")],
        };
    }

    private static bool IsOnPort(Listener listener, ConnectAttempt attempt) => listener.Protocol is "tcp" && listener.Port == attempt.Port;

    private static IPAddress Reachable(IPAddress address) =>
        address.Equals(IPAddress.Any) ? IPAddress.Loopback : address.Equals(IPAddress.IPv6Any) ? IPAddress.IPv6Loopback : address;
}
