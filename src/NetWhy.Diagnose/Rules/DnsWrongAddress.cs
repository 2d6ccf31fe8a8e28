using System.Collections.Immutable;
using System.Net;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Rules;

/// <summary>DNS gives an address that is not the service's.</summary>
/// <remarks>
/// Only three things show it: the user says what is right (<c>--expect</c>), the zone's own server says otherwise, or no
/// host on a network can have the address. That another host answers there is no proof by itself.
/// </remarks>
public sealed class DnsWrongAddress : IRule
{
    private const string Id = "dns-wrong-address";

    private static readonly ImmutableArray<string> Consequences =
    [
        "port-*", "host-unreachable", "neighbour-unresolved", "service-*", "target-is-local", "no-route",
        "route-prohibited", "tls-name-mismatch", "tls-self-signed", "tls-plaintext-service", "http-*",
    ];

    /// <inheritdoc/>
    public RuleInfo Info { get; } = new(Id, Source: "RFC 1034, section 4.3.1; RFC 6890 (addresses that no host has)", Id);

    /// <inheritdoc/>
    public IEnumerable<Finding> Evaluate(EvidenceSet evidence)
    {
        var view = DnsView.Of(evidence);
        if (view.Resolution is not { Source: NameSource.Dns or NameSource.HostsFile, Addresses.Count: > 0 } resolution)
            yield break;

        List<Reason> reasons = [];
        bool isExpected = AgainstExpectation(evidence, resolution, reasons);
        bool isOut = view.TargetIsOut || view.ForeignCertificate is not null;
        AuthorityAnswer? authority = null;
        if (resolution.Source is NameSource.Dns && !isExpected)
        {
            authority = AgainstAuthority(evidence, view, resolution, isOut, reasons);
            AgainstSense(resolution, isOut, reasons);
        }

        if (reasons.Count == 0)
            yield break;

        if (isOut && view.TargetAttempts.LastOrDefault() is { } attempt && view.TargetIsOut)
            reasons.Add(attempt.Weigh(Weight.Hint, $"connecting to {attempt.Address} does not work"));
        if (view.ForeignCertificate is { } chain)
            reasons.Add(chain.Weigh(Weight.Hint, $"{chain.Address} shows a certificate for other names than {view.Host}"));

        DnsExchange? answer = view.Servers.SelectMany(server => server.Answers)
            .FirstOrDefault(exchange => exchange.Addresses.Intersect(resolution.Addresses).Any());
        string right = isExpected ? $"expected {DnsView.Join(evidence.Investigation!.Expected)}"
            : authority is not null ? $"the zone's own server says {DnsView.Join(authority.Addresses)}"
            : "no host can have that address";
        string by = answer is null ? "" : $" by {answer.Server}";
        yield return new Finding(
            Id,
            view.ProxyResolves ? Severity.Info : isOut || isExpected ? Severity.Critical : Severity.Info,
            resolution.Source is NameSource.HostsFile ? Where.Local : Where.Resolver,
            $"{resolution.Name} resolves to {DnsView.Join(resolution.Addresses)}{by}; {right}.",
            [.. reasons])
        {
            AlsoExplains = isOut ? Consequences : [],
            Remedies = Remedies(view, resolution, answer, authority),
            Next = [$"At whoever keeps the zone: what should {resolution.Name} be?"],
        };
    }

    private static bool AgainstExpectation(EvidenceSet evidence, NameResolution resolution, List<Reason> reasons)
    {
        IReadOnlyList<IPAddress> expected = evidence.Investigation?.Expected ?? [];
        IPAddress[] strangers =
        [
            .. resolution.Addresses.Where(address =>
                !expected.Contains(address) && expected.Any(known => known.AddressFamily == address.AddressFamily)),
        ];
        if (strangers.Length == 0)
            return false;

        reasons.Add(resolution.Weigh(
            Weight.Decisive, $"{DnsView.Join(strangers)} is not among the expected {DnsView.Join(expected)}"));
        return true;
    }

    private static AuthorityAnswer? AgainstAuthority(
        EvidenceSet evidence, DnsView view, NameResolution resolution, bool isOut, List<Reason> reasons)
    {
        AuthorityAnswer[] authorities =
            [.. evidence.All<AuthorityAnswer>().Where(answer => answer.Addresses.Count > 0)];
        if (authorities.Length == 0
            || !authorities.All(answer => DnsView.Differ(answer.Addresses, resolution.Addresses)))
        {
            return null;
        }

        // A target that works is not at a wrong address: large services give every asker another one. And a zone that is
        // seen from inside with private addresses, from outside with public ones, is meant to be so.
        bool isSplit = resolution.Addresses.All(IsPrivate) && !authorities.Any(answer => answer.Addresses.Any(IsPrivate));
        ConnectAttempt? trial = evidence.Last<ConnectAttempt>(attempt =>
            attempt.Purpose is "trial" && authorities.Any(answer => answer.Addresses.Contains(attempt.Address)));
        bool isProven = trial is { Outcome: ConnectOutcome.Connected };
        reasons.AddRange(authorities.Select((answer, index) => answer.Weigh(
            index > 0 ? Weight.Context : isOut && (isProven || !isSplit) ? Weight.VeryStrong : Weight.Hint,
            $"{answer.Server}, a server of the zone {DnsView.Bare(answer.Zone)}, says {DnsView.Join(answer.Addresses)}")));
        foreach (DnsExchange exchange in view.Servers.SelectMany(server => server.Answers)
            .Where(exchange => exchange.Addresses.Intersect(resolution.Addresses).Any())
            .Take(1))
        {
            reasons.Add(exchange.Weigh(
                isOut && !isSplit ? Weight.Hint : Weight.Context,
                $"{exchange.Server} says {DnsView.Join(exchange.Addresses)}, to be kept for {exchange.TimeToLive ?? 0} s"));
        }

        if (trial is not null)
        {
            reasons.Add(isProven
                ? trial.Weigh(Weight.VeryStrong, $"{trial.Address} accepts connections to port {trial.Port}")
                : trial.Weigh(Weight.Against, $"connecting to {trial.Address} does not work either"));
        }

        return authorities[0];
    }

    private static void AgainstSense(NameResolution resolution, bool isOut, List<Reason> reasons)
    {
        bool isLocalName = DnsView.Bare(resolution.Name).EndsWith("localhost", StringComparison.OrdinalIgnoreCase);
        if (resolution.Addresses.All(CannotServe) && isOut && !isLocalName)
        {
            reasons.Add(resolution.Weigh(
                Weight.VeryStrong, $"{DnsView.Join(resolution.Addresses)} is no address that another host can have"));
        }
    }

    // Unspecified, loopback, multicast, reserved and broadcast. Source: RFC 6890.
    private static bool CannotServe(IPAddress address) => address.GetAddressBytes() switch
    {
        [0, _, _, _] or [127, _, _, _] or [>= 224, _, _, _] => true,
        { Length: 16 } => address.Equals(IPAddress.IPv6Any) || IPAddress.IsLoopback(address) || address.IsIPv6Multicast,
        _ => false,
    };

    // RFC 1918, RFC 6598, RFC 4193.
    private static bool IsPrivate(IPAddress address) => address.GetAddressBytes() switch
    {
        [10, _, _, _] or [192, 168, _, _] or [172, >= 16 and <= 31, _, _] or [100, >= 64 and <= 127, _, _] => true,
        { Length: 16 } octets => (octets[0] & 0xfe) == 0xfc,
        _ => false,
    };

    private static ImmutableArray<Remedy> Remedies(
        DnsView view, NameResolution resolution, DnsExchange? answer, AuthorityAnswer? authority)
    {
        if (resolution.Source is NameSource.HostsFile)
            return [new Remedy("Correct the line of the hosts file.", $"grep -n '{resolution.Name}' /etc/hosts")];

        string zone = DnsView.Bare(authority?.Zone ?? "the zone");
        return authority is not null && answer is not null
            ?
            [
                new Remedy("Drop what it has cached, or its own record of the name (unbound; named: rndc flushname).", $"unbound-control flush {resolution.Name}", $"the name server {answer.Server}"),
                new Remedy("Until then, ask the right address.", $"netwhy {view.Evidence.Investigation?.Input} --resolve {authority.Addresses[0]}"),
            ]
            : [
                new Remedy(
                    $"Correct the record in {zone}, in its file or, where it takes updates, so.",
                    Fix.Update($"delete {resolution.Name} A", DnsView.WantedRecord(view.Evidence, resolution.Name)),
                    $"the primary server of {zone}"),
            ];
    }
}
