using NetWhy.Diagnose.Routing;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Rules;

/// <summary>The neighbour table has a link-layer address that is not, or no longer, the next hop's.</summary>
public sealed class NeighbourWrong : IRule
{
    /// <inheritdoc/>
    public RuleInfo Info { get; } = new(
        "neighbour-wrong", Source: "RFC 826; ip-neighbour(8), NUD states", "neighbour-wrong")
    {
        Explains = [.. Symptoms.OfNoWay, "gateway-wrong", "neighbour-unresolved", "route-overlap", "ipv6-broken"],
    };

    /// <inheritdoc/>
    public IEnumerable<Finding> Evaluate(EvidenceSet evidence) =>
        Reach.Failing(evidence)
            .Where(reach => reach.Success is null)
            .Concat(Reach.All(evidence).Where(reach => IsMended(evidence, reach)))
            .Select(reach => Judge(evidence, reach))
            .OfType<(string, Finding)>()
            .ByResource();

    // The answer to a question of ours corrects an entry that is not permanent: what comes after it works.
    private static bool IsMended(EvidenceSet evidence, Reach reach) =>
        reach is { Success: { } success, Echo: { Sent: > 0, Received: 0, Errno: null } }
        && reach.Neighbour(afterTraffic: false) is { HardwareAddress: { } entry, State: not "permanent" }
        && reach.Resolution is { HardwareAddresses: [_, ..] owners } && !owners.Contains(entry)
        && (success is ConnectAttempt { SynRetransmits: > 0 }
            // Where no port is asked about, the trial is an echo request: it is answered, so echo is not filtered.
            || (evidence.Investigation is { Port: null } && reach.Trials.Any(trial => trial.Answered && owners.Contains(trial.HardwareAddress))));

    private static (string, Finding)? Judge(EvidenceSet evidence, Reach reach)
    {
        // The entry that the packets were sent with: what was found before the traffic, unless there was none.
        NeighbourState? state = reach.Neighbour(afterTraffic: false) is { HardwareAddress: not null } before
            ? before
            : reach.Neighbour(afterTraffic: true);
        if (state is not { HardwareAddress: { } entry })
            return null;

        List<Reason> reasons = [];
        bool isPermanent = state.State is "permanent";
        if (isPermanent)
            reasons.Add(state.Weigh(Weight.Hint, $"somebody set the entry {state.Address} lladdr {entry} by hand"));
        else
            reasons.Add(state.Weigh(Weight.Context, $"{state.Address} is entered as {entry} ({state.State})"));

        string? owner = null;
        switch (reach.Resolution)
        {
            case { HardwareAddresses: [var first, ..] asked } when !asked.Contains(entry):
                owner = first;
                reasons.Add(reach.Resolution.Weigh(Weight.VeryStrong, $"asked, {state.Address} answers from {first}, not from {entry}"));
                break;
            case { HardwareAddresses: [_, ..] } same:
                reasons.Add(same.Weigh(Weight.RulesOut, $"{state.Address} answers from {entry}, as entered"));
                break;
            case { } silent when isPermanent:
                reasons.Add(silent.Weigh(Weight.Hint, $"nobody answers for {state.Address}: the entry may be all that there is"));
                break;
            case { } silent:
                reasons.Add(silent.Weigh(Weight.HintAgainst, $"nobody else answers for {state.Address}"));
                break;
            default:
                if (!isPermanent)
                    return null;
                break;
        }

        if (reach.Trials.FirstOrDefault(trial => trial.NextHop.Equals(state.Address) && trial.HardwareAddress == owner && trial.Answered) is { } trial)
            reasons.Add(trial.Weigh(Weight.Strong, $"{reach.Address} answers when the packet goes to {trial.HardwareAddress}"));
        if (reach.IsSilent && reach.Failure is { } failure)
            reasons.Add(failure.Weigh(Weight.Hint, $"what is sent to {entry} vanishes"));
        else if (reach is { Success: { } success, Echo: { } echo })
            reasons.AddRange([echo.Weigh(Weight.Hint, $"what was sent to {entry} vanished"), success.Weigh(Weight.Strong, $"since {owner} answered, {reach.Address} does")]);

        var flag = ShellCommand.FamilyFlag(reach.IsIPv6);
        string now = owner is null ? "" : $"; it is {owner}";
        return ($"{state.Address} {state.Interface}", new Finding(
            "neighbour-wrong",
            reach.Severity,
            Where.Local,
            $"The neighbour table has the wrong link-layer address {entry} for {state.Address} on {state.Interface}{now}.",
            [.. reasons])
        {
            Subject = reach.Address,
            Remedies = [new Remedy("Delete the entry; the kernel asks anew.", $"ip {flag}neigh del {state.Address} dev {state.Interface}")],
            Next = isPermanent
                ? ["Who set the entry? Look for \"ip neigh\" or \"arp -s\" in start-up scripts."]
                : [$"If {state.Address} moved to another machine: it should send a gratuitous {(reach.IsIPv6 ? "neighbour advertisement" : "ARP")} when it takes the address over."],
        });
    }
}
