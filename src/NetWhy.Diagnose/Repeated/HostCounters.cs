using System.Globalization;
using NetWhy.Diagnose.Paths;
using NetWhy.Diagnose.Rules;
using NetWhy.Diagnose.Sockets;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Repeated;

/// <summary>What this machine counted while requests were repeated: what rises with failures, and what was used up.</summary>
internal static class HostCounters
{
    // What a failure itself makes is no sign of its cause: SYNs sent again of a connection that times out, or the reset that ends a request.
    // So SYNs are left out of the segments, and resets are told beside answers 5xx alone, where who answers is on this machine.
    private static readonly Counter[] All =
    [
        new("segments of standing connections sent again (RetransSegs)", "packets or their answers are lost", look => Of(look, "Tcp.RetransSegs") - Of(look, "TcpExt.TCPSynRetrans")),
        new("packets dropped before the network stack (softnet_stat)", "this machine takes them too slowly", look => Of(look, "Softnet.dropped")),
        new("TIME-WAIT entries given up (TCPTimeWaitOverflow)", "its table of them is full", look => Of(look, "TcpExt.TCPTimeWaitOverflow")),
        new("connections that found a full queue (ListenOverflows)", "a service here does not accept fast enough", look => Of(look, "TcpExt.ListenOverflows")) { IsOfTargetHere = true },
        new("connections that did not come about (AttemptFails)", "what answers here does not reach what is behind it, as it seems", look => Of(look, "Tcp.AttemptFails")) { IsOfTargetHere = true, IsBesideAnswers = true },
        new("standing connections reset (EstabResets)", "what is behind the service ends its connections, as it seems", look => Of(look, "Tcp.EstabResets")) { IsOfTargetHere = true, IsBesideAnswers = true },
        new("resets sent (OutRsts)", "a service here refuses or resets connections, as it seems", look => Of(look, "Tcp.OutRsts")) { IsOfTargetHere = true, IsBesideAnswers = true },
    ];

    /// <summary>The first counter that grows rather while requests fail than while they do not, and not by chance; null if none does.</summary>
    /// <param name="reading">The requests.</param>
    internal static string? WithFailures(TimelineReading reading)
    {
        IReadOnlyList<HostLook> looks = reading.Timeline.Looks;
        bool isHere = looks.Any(look => look.ListenerDrops is not null);
        TriedRequest[][] failing = [.. Enumerable.Range(1, Math.Max(0, looks.Count - 1)).Select(i => (TriedRequest[])[.. reading.Failures.Where(request => request.At < looks[i].At && request.At + request.Total > looks[i - 1].At)])];
        foreach (Counter counter in All.Where(counter => isHere || !counter.IsOfTargetHere))
        {
            (int Grown, int Steps) bad = (0, 0), calm = (0, 0);
            long growth = 0;
            for (int i = 1; i < looks.Count; i++)
            {
                if (counter.IsBesideAnswers && (looks[i].OthersAsk || looks[i - 1].OthersAsk || failing[i - 1].Any(request => request.Status is not >= 500)))
                    continue;
                long grown = counter.Value(looks[i]) - counter.Value(looks[i - 1]);
                growth += Math.Max(0, grown);
                (int Grown, int Steps) one = (grown > 0 ? 1 : 0, 1);
                if (failing[i - 1].Length > 0)
                    bad = (bad.Grown + one.Grown, bad.Steps + one.Steps);
                else
                    calm = (calm.Grown + one.Grown, calm.Steps + one.Steps);
            }

            if (LossComparison.IsMore(calm, bad, All.Length))
                return $"{counter.What} grew by {growth} on this machine meanwhile, in {bad.Grown} of the {Words.Count(bad.Steps, "step")} with failures and {calm.Grown} of the {calm.Steps} without: {counter.Meaning}";
        }

        return null;
    }

    /// <summary>What of this machine was used up, or nearly.</summary>
    /// <param name="timeline">The requests.</param>
    internal static IEnumerable<string> UsedUp(RequestTimeline timeline)
    {
        HostLook[] counted = [.. timeline.Looks.Where(look => look.PortsInUse is not null)];
        if (timeline.UsablePorts is > 0 and var usable && counted.MaxBy(look => look.PortsInUse) is { PortsInUse: { } ports } scarce && ports >= PortUse.Scarce * usable)
        {
            string before = counted[0].PortsInUse < ports ? string.Create(CultureInfo.InvariantCulture, $", and {counted[0].PortsInUse} at {TimelineReading.After(counted[0].At)}") : "";
            string left = ports >= usable ? "none was left for the next one (EADDRNOTAVAIL)" : string.Create(CultureInfo.InvariantCulture, $"{usable - ports} were left");
            yield return string.Create(CultureInfo.InvariantCulture, $"of the {usable} local ports that connections from here to one address may have, {ports} were in use at {TimelineReading.After(scarce.At)}{before}, those of these requests among them: {left}");
        }

        if (timeline.MostTracked is > 0 and var most && timeline.Looks.Where(look => look.Tracked is not null).MaxBy(look => look.Tracked) is { Tracked: { } tracked } fullest && tracked >= ConntrackFull.NearlyFull * most)
            yield return string.Create(CultureInfo.InvariantCulture, $"this machine tracked {tracked} of at most {most} connections at {TimelineReading.After(fullest.At)} (nf_conntrack_max): where the table is full, new connections are dropped");
    }

    private static long Of(HostLook look, string counter) => look.Growth.GetValueOrDefault(counter);

    private sealed record Counter(string What, string Meaning, Func<HostLook, long> Value)
    {
        internal bool IsOfTargetHere { get; init; }

        internal bool IsBesideAnswers { get; init; }
    }
}
