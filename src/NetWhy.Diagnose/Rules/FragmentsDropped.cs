using System.Collections.Immutable;
using NetWhy.Diagnose.Paths;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Rules;

/// <summary>Packets that are cut into fragments vanish where whole ones pass.</summary>
public sealed class FragmentsDropped : IRule
{
    private const string Id = "fragments-dropped";

    /// <inheritdoc/>
    public RuleInfo Info { get; } = new(Id, Source: "RFC 8900, section 3; RFC 7872", Id)
    {
        Explains = ["dns-large-answer-lost"],
    };

    /// <inheritdoc/>
    public IEnumerable<Finding> Evaluate(EvidenceSet evidence) =>
        TargetView.All(evidence).Where(view => !view.IsLocal).DistinctBy(view => view.Address)
            .Select(view => Of(evidence, view)).OfType<Finding>();

    private static Finding? Of(EvidenceSet evidence, TargetView view)
    {
        if (Series(evidence, view, "icmp") is not { } echo || PathMtuBlackHole.Bounds(echo) is not var (whole, cut))
            return null;
        List<Reason> reasons =
        [
            echo.Weigh(
                PathMtuBlackHole.IsChance(echo, whole) ? Weight.Hint : Weight.VeryStrong,
                $"echo packets of {whole} octets are answered, of {cut} octets, in two fragments, none is"),
        ];
        string direction = "on the way there or back";
        bool isThere = false; // whether fragments are known to get there
        if (Series(evidence, view, "udp") is { } datagrams)
        {
            if (datagrams.Trials.Any(trial => trial.Size == cut && trial.Answered > 0))
            {
                // A filter of large ICMP, or a host that does not answer it, is more usual than fragments lost on the way back alone.
                isThere = true;
                reasons.Add(datagrams.Weigh(Weight.Against, $"datagrams of {cut} octets, whose answers are small, get there in fragments: it may be large ICMP alone that is not answered"));
            }
            else if (PathMtuBlackHole.Bounds(datagrams) is not null && !PathMtuBlackHole.IsChance(datagrams, whole))
            {
                direction = "on the way there";
                reasons.Add(datagrams.Weigh(Weight.Strong, $"datagrams of {cut} octets, whose answers are small, are not answered either, and those of {whole} are"));
            }
        }

        return isThere ? NotAnswered(view, cut, [.. reasons]) : new Finding(
            Id, Severity.Warning, Where.Path, $"Fragments vanish {direction} to {view.Address}: packets of up to {whole} octets pass whole, larger ones do not.", [.. reasons])
        {
            Subject = view.Address,
            Remedies =
            [
                new Remedy(
                    "Let fragments pass: a filter that looks at ports drops what has none, unless connection tracking puts it together before.",
                    "nft -a list ruleset | grep -E 'frag'; iptables -S | grep -E -- '-f |fragment'",
                    "the firewalls of the way"),
                new Remedy("Or send datagrams that need none: of DNS, 1232 octets at most.", ShellCommand.Of($"ss -uanp dst {view.Address}")),
            ],
            Next = [$"On {view.Address}: nstat -az IpReasmReqds IpReasmFails - do the fragments arrive, and are they put together? net.ipv4.ipfrag_high_thresh bounds the memory for it."],
        };
    }

    private static Finding NotAnswered(TargetView view, int cut, ImmutableArray<Reason> reasons) => new(
        Id,
        Severity.Info,
        Where.Unknown,
        $"Fragments get to {view.Address}, and an echo of {cut} octets is not answered: large ICMP is filtered or not answered there, or fragments vanish on the way back.",
        reasons)
    {
        Subject = view.Address,
        Next = [$"On {view.Address}: tcpdump -ni any icmp or icmp6 - does the echo request come, is there a reply, and does it leave? A large answer over UDP (dig +ignore +bufsize=4096) decides as well."],
    };

    private static SizedPacketSeries? Series(EvidenceSet evidence, TargetView view, string protocol) =>
        evidence.Last<SizedPacketSeries>(series => series.Purpose is "fragments" && series.Protocol == protocol && series.Destination.Equals(view.Address));
}
