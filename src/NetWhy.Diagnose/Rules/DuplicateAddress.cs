using System.Net.Sockets;
using NetWhy.Diagnose.Hosts;
using NetWhy.Diagnose.Routing;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Rules;

/// <summary>Two machines have one address: that of the next hop, or one of this machine.</summary>
public sealed class DuplicateAddress : IRule
{
    /// <inheritdoc/>
    public RuleInfo Info { get; } = new(
        "duplicate-address", Source: "RFC 5227; RFC 4862, section 5.4; linux/if_addr.h, IFA_F_DADFAILED", "duplicate-address")
    {
        Explains = [.. Symptoms.OfNoWay, "neighbour-wrong", "gateway-wrong"],
    };

    /// <inheritdoc/>
    public IEnumerable<Finding> Evaluate(EvidenceSet evidence) =>
        Answering(evidence).Concat(new[] { Refused(evidence), Moving(evidence) }.OfType<Finding>());

    // The kernel asked before it used the address, and somebody had it already: it is not used at all.
    private static Finding? Refused(EvidenceSet evidence)
    {
        InterfaceAddresses? list = evidence.Last<InterfaceAddresses>();
        InterfaceAddress[] refused = [.. (list?.Addresses ?? []).Where(address => address.Flags.Contains("dadfailed"))];
        if (refused is not [var first, ..])
            return null;

        Reach? victim = WholeHost.IsAsked(evidence)
            ? null
            : Reach.Failing(evidence).FirstOrDefault(reach => reach.IsIPv6 && refused.Any(address => address.Interface == reach.Lookup.Interface));
        if (victim is null && !WholeHost.IsAsked(evidence))
            return null;

        // Without another address of its kind the interface has no IPv6 at all.
        bool isCut = !list!.Addresses.Any(address =>
            address.Interface == first.Interface && address.Address.AddressFamily is AddressFamily.InterNetworkV6
            && !address.Flags.Contains("dadfailed") && (address.Scope == first.Scope || address.Scope is "global"));
        string others = refused.Length > 1 ? $" The same holds for {string.Join(", ", refused.Skip(1).Take(4).Select(address => $"{address.Address} on {address.Interface}"))}." : "";
        return new Finding(
            "duplicate-address",
            victim?.Severity ?? (isCut ? Severity.Critical : Severity.Warning),
            Where.Path,
            $"Another machine of the link has {first.Address} already: this machine does not use it on {first.Interface}.{others}",
            [
                list.Weigh(Weight.Decisive, $"duplicate address detection of {first.Address} failed (dadfailed)"),
                .. victim?.Failure is { } failure ? [failure.Weigh(Weight.Context, $"{victim.Name} does not answer")] : Array.Empty<Reason>(),
            ])
        {
            Measure = new Measure($"address {first.Address} of {first.Interface}", "another machine has it", ""),
            Remedies =
            [
                new Remedy(
                    "Give one of the two another address. Then let this machine ask again:",
                    ShellCommand.Of($"ip addr del {first.Address}/{first.PrefixLength} dev {first.Interface} && ip addr add {first.Address}/{first.PrefixLength} dev {first.Interface}")),
            ],
            Next = [$"On the switch of {first.Interface}: which other port has a machine with {first.Address}? A loop that sends our own frames back looks the same."],
        };
    }

    // Whoever answered last has the entry: two that answer take turns. A fail-over moves an address once.
    private static Finding? Moving(EvidenceSet evidence)
    {
        if (!WholeHost.IsAsked(evidence))
            return null;
        (NeighbourTable Table, MovedNeighbour Moved)[] all =
        [
            .. evidence.All<NeighbourTable>().Where(table => table.Moved.Count > 0).GroupBy(table => table.Family).Select(tables => tables.Last())
                .SelectMany(table => table.Moved.Select(moved => (table, moved)))
                .OrderByDescending(pair => IsGateway(evidence, pair.moved)).ThenByDescending(pair => pair.moved.Changes),
        ];
        if (all is not [(var table, var first), .. var others])
            return null;

        bool isGateway = IsGateway(evidence, first);
        bool isBackAndForth = first.Changes > 1;
        return new Finding(
            "duplicate-address",
            Severity.Warning,
            Where.Path,
            $"{(isGateway ? "The gateway " : "")}{first.Address} on {first.Interface} changed its hardware address from {first.Before} to {first.After} in {Words.Of(table.Lasted)}{(isBackAndForth ? $", and did so {first.Changes} times: two machines answer for it" : ": two machines answer for it, or it has just failed over")}.",
            [
                table.Weigh(isBackAndForth ? Weight.VeryStrong : Weight.Strong, $"its neighbour entry had {first.Before}, then {first.After}"),
                .. others.Take(4).Select(other => other.Table.Weigh(Weight.Context, $"{other.Moved.Address} moved from {other.Moved.Before} to {other.Moved.After}, too")),
            ])
        {
            Measure = new Measure($"{(isGateway ? "gateway" : "neighbour")} {first.Address} of {first.Interface}", $"{first.Before}, then {first.After}{(isBackAndForth ? $"; {first.Changes} changes" : "")}", ""),
            Remedies = [new Remedy("See who answers for it: more than one hardware address is the proof.", ShellCommand.Of($"arping -c 3 -I {first.Interface} {first.Address}"))],
            Next = ["On the switch: which ports are those two hardware addresses on?"],
        };
    }

    private static bool IsGateway(EvidenceSet evidence, MovedNeighbour moved) =>
        evidence.Any<RouteTable>(routes => routes.Routes.Any(route => moved.Address.Equals(route.Gateway)));

    private static IEnumerable<Finding> Answering(EvidenceSet evidence) =>
        Reach.Failing(evidence)
            .Where(reach => reach.Resolution is { IsOnPath: true, HardwareAddresses.Count: > 1 })
            .Select(reach =>
            {
                AddressResolution answers = reach.Resolution!;
                string owners = string.Join(" and ", answers.HardwareAddresses);
                return (answers.Address.ToString(), new Finding(
                    "duplicate-address",
                    reach.Severity,
                    Where.Path,
                    $"Two machines answer for {answers.Address} on {answers.Interface}: {owners}.",
                    [
                        answers.Weigh(Weight.VeryStrong, $"one request got answers from {owners}"),
                        reach.Failure!.Weigh(Weight.Hint, $"{reach.Name} does not answer"),
                    ])
                {
                    Subject = reach.Address,
                    Remedies =
                    [
                        new Remedy(
                            "Find the impostor by its hardware address in the switch, and give it another address.",
                            $"arping -D -I {answers.Interface} {answers.Address}"),
                    ],
                    Next = ["On the switch: which ports are those two hardware addresses on?"],
                });
            })
            .ByResource();
}
