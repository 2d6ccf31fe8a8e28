using System.Net;
using System.Net.Sockets;
using NetWhy.Diagnose.Paths;
using NetWhy.Diagnose.Routing;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Rules;

/// <summary>The target has IPv6 addresses and IPv6 does not work on the way to them.</summary>
/// <remarks>A machine without IPv6 is not broken: applications prefer IPv4 there and lose nothing (RFC 6724, rule 1).</remarks>
public sealed class Ipv6Broken : IRule
{
    /// <inheritdoc/>
    public RuleInfo Info { get; } = new(
        "ipv6-broken", Source: "RFC 8305, section 1; RFC 6724, section 5", "ipv6-broken")
    {
        Explains =
        [
            "host-unreachable", "port-filtered", "port-rejected", "dns-partial-outage", "no-route", "neighbour-unresolved",
            "gateway-wrong", "routing-loop", "ephemeral-ports-exhausted", "target-is-local",
        ],
    };

    /// <inheritdoc/>
    public IEnumerable<Finding> Evaluate(EvidenceSet evidence)
    {
        Reach[] addresses = [.. Reach.All(evidence).Where(reach => reach.IsTarget)];
        Reach[] broken = [.. addresses.Where(reach => reach.IsIPv6 && !IPAddress.IsLoopback(reach.Address))];
        if (broken.Length == 0 || broken.Any(reach => reach.Success is not null))
            return [];

        // Without a port there is nothing to connect to: any answer shows that IPv4 works.
        bool isHost = evidence.Investigation is { Port: null };
        return addresses.FirstOrDefault(reach => !reach.IsIPv6 && (reach.Connected is not null || (isHost && reach.Success is not null))) is { } working
            ? BesideIPv4(evidence, broken, working)
            : addresses.All(reach => reach.IsIPv6) ? Alone(evidence, broken) : [];
    }

    /// <summary>Whether this machine has no IPv6 address that could reach anything.</summary>
    /// <param name="evidence">The evidence.</param>
    internal static bool IsAbsent(EvidenceSet evidence) =>
        evidence.First<InterfaceAddresses>() is { } addresses
        && !addresses.Addresses.Any(address =>
            address.Address.AddressFamily is AddressFamily.InterNetworkV6
            && address.Scope is "global"
            && !IPAddress.IsLoopback(address.Address));

    /// <summary>IPv4 works: an application waits for IPv6 before it falls back, or fails if it does not.</summary>
    private static IEnumerable<Finding> BesideIPv4(EvidenceSet evidence, Reach[] broken, Reach working)
    {
        // Without an address and a route applications do not even try.
        Reach[] tried = [.. broken.Where(reach => reach.Lookup.Errno is not "ENETUNREACH" && reach.Failure is not null)];
        if (tried.Length == 0 || IsAbsent(evidence))
            return [];

        Reach first = tried[0];
        List<Reason> reasons =
        [
            first.Failure!.Weigh(Weight.Strong, $"{first.Address} cannot be reached: {How(first.Failure!)}"),
            (working.Connected ?? working.Success!).Weigh(Weight.Strong, $"{working.Address} of the same name can"),
            first.Lookup.Weigh(Weight.Hint, first.Lookup.Errno is { } errno ? $"the lookup of the route fails: {ErrnoWords.Of(errno)}" : $"there is a route, so applications try IPv6 first (source {first.Lookup.Source})"),
        ];
        foreach (Reach other in tried.Skip(1))
            reasons.Add(other.Failure!.Weigh(Weight.Hint, $"{other.Address} cannot be reached either"));
        if (first.Echo is { Received: 0 } echo)
            reasons.Add(echo.Weigh(Weight.Hint, "echo over IPv6 is not answered either"));

        ClientOrder? loss = ClientLoss.Of(evidence, first.Address);
        if (loss is not null)
            reasons.Add(loss.Weigh(Weight.Context, $"with these addresses {ClientLoss.InWords(loss)}"));

        Where where = first.Lookup.Errno is not null ? Where.Local
            : first.Failure is ConnectAttempt { Icmp: { } error } && error.Offender.Equals(first.Address) ? Where.Remote
            : Where.Path;
        return
        [
            new Finding(
                "ipv6-broken",
                Severity.Warning,
                where,
                $"IPv6 to {first.Address} does not work while IPv4 to {working.Address} does: {(loss is null ? "applications wait before they fall back" : ClientLoss.InWords(loss))}.",
                [.. reasons])
            {
                Subject = tried.Length == 1 ? first.Address : null,
                AlsoExplains = where is Where.Local ? [] : ["route-prohibited"],
                Remedies =
                [
                    new Remedy("Repair the IPv6 path; find where it ends.", $"traceroute -6 {first.Address}"),
                    new Remedy("Until then prefer IPv4 on this machine.", "echo 'precedence ::ffff:0:0/96 100' >> /etc/gai.conf"),
                ],
                Next =
                [
                    $"On the far side: does the service listen on {first.Address}, and does the IPv6 firewall let it through?",
                    "Or take the AAAA record away until IPv6 works.",
                ],
            },
        ];
    }

    /// <summary>The name has IPv6 addresses only, and this machine has no IPv6.</summary>
    private static IEnumerable<Finding> Alone(EvidenceSet evidence, Reach[] broken)
    {
        if (!IsAbsent(evidence))
            return [];

        Reach first = broken[0];
        InterfaceAddresses addresses = evidence.First<InterfaceAddresses>()!;
        List<Reason> reasons = [addresses.Weigh(Weight.VeryStrong, "this machine has no IPv6 address but its own loopback and link-local ones")];
        if (first.FailedAttempt is { Errno: "EADDRNOTAVAIL" or "ENETUNREACH" or "EAFNOSUPPORT" } attempt)
            reasons.Add(attempt.Weigh(Weight.VeryStrong, $"connecting to {first.Address} fails at once: {ErrnoWords.Of(attempt.Errno)}"));
        else
            reasons.Add(first.Lookup.Weigh(Weight.Hint, $"the route lookup says: {ErrnoWords.Of(first.Lookup.Errno, first.Lookup.RouteType ?? "nothing")}"));

        string? disabled = null;
        if (evidence.First<KernelSettings>() is { } settings)
        {
            disabled = settings.Values
                .FirstOrDefault(value => value.Key.EndsWith(".disable_ipv6", StringComparison.Ordinal) && value.Value is "1").Key;
            if (disabled is not null)
                reasons.Add(settings.Weigh(Weight.Strong, $"{disabled} is 1: IPv6 is switched off"));
        }

        return
        [
            new Finding(
                "ipv6-broken",
                Severity.Critical,
                Where.Local,
                disabled is not null
                    ? $"IPv6 is switched off on this machine ({disabled} is 1), and the target has IPv6 addresses only."
                    : "This machine has no IPv6, and the target has IPv6 addresses only.",
                [.. reasons])
            {
                Remedies = disabled is not null
                    ? [new Remedy("Switch IPv6 on.", $"sysctl -w {disabled}=0")]
                    : [new Remedy("Give the interface an IPv6 address and a route.", "ip -6 addr add ADDRESS/64 dev INTERFACE && ip -6 route add default via GATEWAY")],
                Next = evidence.Investigation?.Literal is null ? ["Or give the name an A record."] : ["Or use an IPv4 address of the service, if it has one."],
            },
        ];
    }

    private static string How(Observation failure) => failure switch
    {
        ConnectAttempt { Errno: { } errno } => ErrnoWords.Of(errno),
        EchoSeries => "no echo reply",
        _ => "nothing comes back",
    };
}
