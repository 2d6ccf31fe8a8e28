using System.Globalization;
using NetWhy.Diagnose.Hosts;
using NetWhy.Diagnose.Routing;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Rules;

/// <summary>The carrier of an interface comes and goes while it is watched.</summary>
/// <remarks>What it did before says little: an interface that was set up years ago has changed, too.</remarks>
public sealed class LinkFlapping : IRule
{
    private const string Cause = "link-flapping";

    /// <inheritdoc/>
    public RuleInfo Info { get; } = new(Cause, Source: "linux/if_link.h, IFLA_CARRIER_CHANGES; net/core/link_watch.c", Cause)
    {
        Explains = [.. Symptoms.OfNoWay, "link-no-carrier", "neighbour-unresolved", "no-route", "gateway-wrong", "tls-handshake-stall", "http-stalled-body", "link-errors", "http-backend-partly-failing"],
    };

    /// <inheritdoc/>
    public IEnumerable<Finding> Evaluate(EvidenceSet evidence)
    {
        LinkChange[] flapping =
        [
            .. LinkChange.All(evidence)
                .Where(link => link.CarrierChanges > 0 && link.Before.IsUp && link.After.IsUp && WholeHost.Concerns(evidence, link.Name))
                .OrderByDescending(link => link.CarrierChanges),
        ];
        if (flapping is not [var worst, ..])
            yield break;

        // One change is an event: somebody pulled a cable. To go and to come again is what flapping means.
        List<Reason> reasons =
        [
            worst.After.Weigh(
                worst.CarrierChanges >= 4 ? Weight.Decisive : worst.CarrierChanges >= 2 ? Weight.VeryStrong : Weight.Hint,
                $"the carrier of {worst.Name} changed {Words.Count(worst.CarrierChanges, "time")} {worst.Period}"),
            worst.Before.Weigh(Weight.Context, $"it had changed {Words.Count(worst.Before.CarrierChanges, "time")} before, since the interface exists"),
        ];
        if (worst.CarrierChanges == 1 && !worst.After.HasCarrier)
            reasons.Add(worst.After.Weigh(Weight.Strong, "and now there is none"));
        foreach (LinkChange other in flapping.Skip(1).Take(8))
            reasons.Add(other.After.Weigh(Weight.Context, $"the carrier of {other.Name} changed {Words.Count(other.CarrierChanges, "time")}, too"));

        bool carriesDefault = evidence.First<RouteTable>() is { } table
            && table.Routes.Any(route => route.Interface == worst.Name && route.Destination is "0.0.0.0/0" or "::/0");
        bool fails = Reach.Failing(evidence).Any(reach => reach.Lookup.Interface == worst.Name);
        string others = flapping.Length == 1 ? "" : string.Create(CultureInfo.InvariantCulture, $" So does that of {string.Join(", ", flapping.Skip(1).Take(4).Select(link => link.Name))}{(flapping.Length > 5 ? " and others" : "")}.");
        yield return new Finding(
            Cause,
            fails || (carriesDefault && WholeHost.IsAsked(evidence)) ? Severity.Critical : Severity.Warning,
            Where.Local,
            $"The link of {worst.Name} comes and goes: its carrier changed {Words.Count(worst.CarrierChanges, "time")} {worst.Period}{(worst.After.HasCarrier ? "" : ", and now there is none")}.{others}",
            [.. reasons])
        {
            Measure = new Measure($"carrier of {worst.Name}", $"{Words.Count(worst.CarrierChanges, "change")} {worst.Period}", ""),
            Remedies = worst.After.LinkKind is null
                ?
                [
                    new Remedy("Change the cable or the transceiver, and try another port of the switch; look at what the card says.", ShellCommand.Of($"ethtool {worst.Name}")),
                    new Remedy("See when it went and what the driver said.", ShellCommand.Of($"dmesg --ctime | grep -i {worst.Name}")),
                ]
                : [new Remedy($"Find what switches {worst.Name} ({worst.After.LinkKind}) or its other end off and on: a container that restarts, or two managers of one interface.", "ip -timestamp monitor link")],
            Next = [$"At the other end of {worst.Name}: how often did the port change, and is spanning tree or error-disable at work?"],
        };
    }
}
