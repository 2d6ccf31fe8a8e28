using NetWhy.Diagnose.Routing;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Rules;

/// <summary>Two machines answer for the address of the next hop.</summary>
public sealed class DuplicateAddress : IRule
{
    /// <inheritdoc/>
    public RuleInfo Info { get; } = new(
        "duplicate-address", Source: "RFC 5227", "duplicate-address")
    {
        Explains = [.. Symptoms.OfNoWay, "neighbour-wrong", "gateway-wrong"],
    };

    /// <inheritdoc/>
    public IEnumerable<Finding> Evaluate(EvidenceSet evidence) =>
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
