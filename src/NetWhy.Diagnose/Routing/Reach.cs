using System.Net;
using System.Net.Sockets;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Routing;

/// <summary>One address that the target depends on: its own, a resolver's, the proxy's; and how it was reached.</summary>
internal sealed class Reach
{
    private readonly EvidenceSet _evidence;

    private Reach(EvidenceSet evidence, RouteLookup lookup)
    {
        _evidence = evidence;
        Lookup = lookup;
    }

    /// <summary>How the kernel would send to it, as asked before the traffic.</summary>
    internal RouteLookup Lookup { get; }

    /// <summary>The address.</summary>
    internal IPAddress Address => Lookup.Destination;

    /// <summary>Whether it is an IPv6 address.</summary>
    internal bool IsIPv6 => Address.AddressFamily is AddressFamily.InterNetworkV6;

    /// <summary>Whether it is one of the target's own addresses.</summary>
    internal bool IsTarget => Lookup.Purpose is "target";

    /// <summary>The gateway, or the address itself on the link; null if there is no way.</summary>
    internal IPAddress? NextHop => Lookup is { Errno: null, Interface: not null } ? Lookup.Gateway ?? Address : null;

    /// <summary>The address in words.</summary>
    internal string Name => Lookup.Purpose switch
    {
        "resolver" => $"the name server {Address}",
        "proxy" => $"the proxy {Address}",
        "gateway" => $"the gateway {Address}",
        _ => Address.ToString(),
    };

    /// <summary>A connection to the service that was made; null if none was.</summary>
    internal ConnectAttempt? Connected => _evidence.First<ConnectAttempt>(attempt =>
        attempt.Address.Equals(Address) && attempt.Purpose is not "control" && attempt.Outcome is ConnectOutcome.Connected);

    /// <summary>A connection to the service that failed otherwise than by the host's own RST; null if none did.</summary>
    internal ConnectAttempt? FailedAttempt => _evidence.First<ConnectAttempt>(attempt =>
        attempt.Address.Equals(Address)
        && attempt.Purpose is not "control"
        && attempt.Outcome is not ConnectOutcome.Connected
        && !IsReset(attempt));

    /// <summary>Echo requests to it; null if none were sent.</summary>
    internal EchoSeries? Echo => _evidence.First<EchoSeries>(echo => echo.Address.Equals(Address));

    /// <summary>What shows that packets go there and back; null if nothing does.</summary>
    internal Observation? Success =>
        Connected
        ?? _evidence.First<ConnectAttempt>(attempt =>
            attempt.Address.Equals(Address) && (attempt.Outcome is ConnectOutcome.Connected || IsReset(attempt)))
        ?? _evidence.First<ConnectSeries>(series => series.Address.Equals(Address) && series.Connected > 0)
        ?? _evidence.First<EchoSeries>(echo => echo.Address.Equals(Address) && echo.Received > 0)
        ?? _evidence.First<DatagramExchange>(datagram => datagram.Address.Equals(Address) && datagram.Answered)
        ?? (Observation?)_evidence.First<DnsExchange>(dns =>
            dns.Server.Equals(Address) && dns.Outcome is DnsOutcome.Answered or DnsOutcome.Malformed);

    /// <summary>
    /// Questions to it that were repeated and met no error for a second or more; null if there were none. A route that
    /// refuses would have refused one of them.
    /// </summary>
    internal DnsExchange? LongSilence => _evidence.First<DnsExchange>(dns =>
        dns.Server.Equals(Address)
        && dns is { Outcome: DnsOutcome.TimedOut, Icmp: null, Errno: null, Sends: > 1 }
        && dns.Elapsed >= TimeSpan.FromSeconds(1));

    /// <summary>What shows that it does not work; null if nothing does.</summary>
    internal Observation? Failure
    {
        get
        {
            if (Connected is not null)
                return null;
            if (FailedAttempt is { } attempt)
                return attempt;
            if (Success is not null)
                return null;
            return _evidence.First<DnsExchange>(dns =>
                    dns.Server.Equals(Address) && dns.Outcome is DnsOutcome.TimedOut or DnsOutcome.Failed)
                ?? _evidence.First<DatagramExchange>(datagram => datagram.Address.Equals(Address) && !datagram.Answered)
                ?? (Observation?)_evidence.First<EchoSeries>(echo => echo.Address.Equals(Address) && echo is { Sent: > 0, Received: 0 });
        }
    }

    /// <summary>Whether the failure was silence: no RST, no ICMP error, no refusal of this machine.</summary>
    internal bool IsSilent => Success is null && Failure switch
    {
        ConnectAttempt attempt => attempt is { Errno: null or "ETIMEDOUT", Icmp: null },
        DnsExchange dns => dns is { Errno: null, Icmp: null },
        DatagramExchange datagram => datagram is { Errno: null, Icmp: null },
        EchoSeries echo => echo is { Errno: null, Errors: [] },
        _ => false,
    };

    /// <summary>
    /// ICMP errors that others sent about packets to the address, each with what saw it and how soon it came at the
    /// latest. Routers limit their rate, so one that a SYN did not get may have come for an echo request.
    /// </summary>
    internal IEnumerable<(Observation Observation, IcmpError Error, TimeSpan Within)> PathErrors
    {
        get
        {
            foreach (ConnectAttempt attempt in _evidence.All<ConnectAttempt>().Where(attempt => attempt.Address.Equals(Address)))
            {
                if (attempt.Icmp is { IsOwnAddress: false } error)
                    yield return (attempt, error, attempt.Elapsed);
            }

            foreach (EchoSeries echo in _evidence.All<EchoSeries>().Where(echo => echo.Address.Equals(Address)))
            {
                foreach (IcmpError error in echo.Errors.Where(error => !error.IsOwnAddress))
                    yield return (echo, error, echo.ErrorDelay ?? echo.Waited);
            }

            foreach (DnsExchange dns in _evidence.All<DnsExchange>().Where(dns => dns.Server.Equals(Address)))
            {
                if (dns.Icmp is { IsOwnAddress: false } error)
                    yield return (dns, error, dns.Elapsed);
            }

            foreach (DatagramExchange datagram in _evidence.All<DatagramExchange>().Where(datagram => datagram.Address.Equals(Address)))
            {
                if (datagram.Icmp is { IsOwnAddress: false } error)
                    yield return (datagram, error, datagram.Elapsed);
            }
        }
    }

    /// <summary>How bad it is that the address cannot be reached.</summary>
    internal Severity Severity
    {
        get
        {
            if (IsTarget)
            {
                return _evidence.All<ConnectAttempt>().Any(attempt =>
                    attempt.Purpose is "target" && attempt.Outcome is ConnectOutcome.Connected)
                    || (_evidence.Investigation?.Port is null
                        && _evidence.Any<EchoSeries>(echo => echo is { Purpose: "target", Received: > 0 } && !echo.Address.Equals(Address)))
                    ? Severity.Warning
                    : Severity.Critical;
            }

            if (Lookup.Purpose is "gateway" && HasWorkingGateway)
                return Severity.Warning;

            // What cannot even be sent costs no time: the resolver asks its next server at once.
            return Lookup.Purpose is "resolver" && _evidence.First<NameResolution>() is { Addresses.Count: > 0 }
                ? Lookup.Errno is null ? Severity.Warning : Severity.Info
                : Severity.Critical;
        }
    }

    /// <summary>Whether another address of the target, of the same family, can be connected to.</summary>
    internal bool HasWorkingSibling => IsTarget && _evidence.All<ConnectAttempt>().Any(attempt =>
        attempt.Purpose is "target"
        && attempt.Outcome is ConnectOutcome.Connected
        && attempt.Address.AddressFamily == Address.AddressFamily
        && !attempt.Address.Equals(Address));

    // A machine with another way out works, if badly.
    private bool HasWorkingGateway => _evidence.All<RouteLookup>().Any(lookup =>
        lookup is { Purpose: "gateway", Mark: 0 }
        && !lookup.Destination.Equals(Address)
        && new Reach(_evidence, lookup).Success is not null);

    /// <summary>Everything of interest: the target's addresses, or the proxy's instead; and the resolvers'.</summary>
    /// <param name="evidence">The evidence.</param>
    internal static IEnumerable<Reach> All(EvidenceSet evidence)
    {
        bool isProxied = evidence.First<ProxyEnvironment>() is { Variable: not null, ExemptedBy: null };
        bool isThisMachine = evidence.Investigation?.TargetKind is TargetKind.ThisMachine;
        NameResolution? resolution = evidence.Last<NameResolution>(one => one.Name == evidence.Investigation?.Host);
        bool needsResolver = resolution is null or { Source: NameSource.Dns or NameSource.None };
        return evidence.All<RouteLookup>()
            .Where(lookup => lookup.Mark == 0 && lookup.Purpose switch
            {
                "target" => !isProxied,
                "gateway" => isThisMachine,
                "resolver" => needsResolver,
                _ => true,
            })
            .OrderBy(lookup => lookup.Purpose is not "target") // an address may be the target's and a resolver's
            .DistinctBy(lookup => lookup.Destination)
            .Select(lookup => new Reach(evidence, lookup));
    }

    /// <summary>Those that cannot be reached: something failed, or the kernel has no way.</summary>
    /// <param name="evidence">The evidence.</param>
    /// <remarks>
    /// IPv6 that this machine does not have is not missed where IPv4 does the work: RFC 6724, rule 1.
    /// </remarks>
    internal static IEnumerable<Reach> Failing(EvidenceSet evidence)
    {
        bool hasIPv6 = !Rules.Ipv6Broken.IsAbsent(evidence);
        bool hasIPv4Connection = evidence.Any<ConnectAttempt>(attempt =>
            attempt.Outcome is ConnectOutcome.Connected && attempt.Address.AddressFamily is AddressFamily.InterNetwork);
        return All(evidence)
            .Where(reach => reach.Failure is not null || (reach.Lookup.Errno is not null && reach.Success is null))
            .Where(reach => !(reach is { IsIPv6: true, IsTarget: true } && hasIPv4Connection && (!hasIPv6 || reach.Lookup.Errno is "ENETUNREACH")));
    }

    /// <summary>Judges each destination that fails and that nothing reached, and joins what one resource explains.</summary>
    /// <param name="evidence">The evidence.</param>
    /// <param name="judge">Gives what is at fault, and the finding; null if there is none.</param>
    internal static IEnumerable<Finding> JudgeUnreached(EvidenceSet evidence, Func<Reach, (string Resource, Finding Finding)?> judge) =>
        Failing(evidence)
            .Where(reach => reach.Success is null)
            .Select(judge)
            .OfType<(string, Finding)>()
            .ByResource();

    /// <summary>What the neighbour table had for the next hop; null if nothing read it.</summary>
    /// <param name="afterTraffic">After the traffic, or at the start.</param>
    internal NeighbourState? Neighbour(bool afterTraffic) => _evidence.Last<NeighbourState>(neighbour =>
        neighbour.IsAfterTraffic == afterTraffic
        && neighbour.Interface == Lookup.Interface
        && neighbour.Address.Equals(NextHop));

    /// <summary>The neighbour entry of the next hop that was never resolved; null if it was, or nothing read it.</summary>
    internal NeighbourState? Unresolved =>
        Neighbour(afterTraffic: true) is { State: "failed" or "incomplete" } state ? state : null;

    /// <summary>Who answered for the next hop; null if nobody was asked.</summary>
    internal AddressResolution? Resolution => _evidence.First<AddressResolution>(resolution =>
        resolution.Interface == Lookup.Interface && resolution.Address.Equals(NextHop));

    /// <summary>Trials of other next hops and other sources for this address.</summary>
    internal IEnumerable<NextHopTrial> Trials =>
        _evidence.All<NextHopTrial>().Where(trial => trial.Destination.Equals(Address));

    /// <summary>State of the outgoing interface; null if unknown.</summary>
    internal LinkState? Link => Lookup.Interface is { } name ? _evidence.Last<LinkState>(link => link.Name == name) : null;

    /// <summary>Longest round trip to a router on the way that a trace or echo measured; zero if none did.</summary>
    /// <param name="router">The router.</param>
    internal TimeSpan RoundTripTo(IPAddress router) =>
        _evidence.All<PathTrace>().SelectMany(trace => trace.Hops)
            .Where(hop => router.Equals(hop.Node)).Select(hop => hop.RoundTrip ?? TimeSpan.Zero)
            .Concat(_evidence.All<EchoSeries>().Where(echo => echo.Address.Equals(router)).Select(echo => echo.MaxRoundTrip ?? TimeSpan.Zero))
            .DefaultIfEmpty(TimeSpan.Zero)
            .Max();

    private static bool IsReset(ConnectAttempt attempt) => attempt is { Errno: "ECONNREFUSED" or "ECONNRESET", Icmp: null };
}
