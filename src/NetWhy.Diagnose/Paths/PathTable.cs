using System.Net;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Paths;

/// <summary>The table of one flow, cut at the destination, or at who passes nothing on: what was sent behind it are no hops.</summary>
internal sealed class PathTable
{
    private const int MostRounds = 4096; // of a file from outside: what is more is not read

    private PathTable(PathRounds rounds, int flow)
    {
        (Rounds, Flow) = (rounds, flow);
        PathHop[] rows =
        [
            .. rounds.Rows
                .Where(row => row.Flow == flow && row.Ttl is > 0 and <= 255)
                .OrderBy(row => row.Ttl)
                .DistinctBy(row => row.Ttl)
                .Select(row => new PathHop(row, MostRounds))
                .Where(hop => hop.Sent > 0),
        ];
        // Where the way changes its length, the destination may answer now and then at a limit that is no rule.
        int end = Array.FindIndex(rows, hop => hop.OfDestination > 0 && 2 * hop.OfDestination >= hop.Received);
        if (end < 0)
            end = Array.FindIndex(rows, hop => hop.OfDestination > 0);
        if (end < 0)
            end = Array.FindIndex(rows, hop => hop.Node is { Error: { } error } && !error.IsTimeExceeded && !error.IsTooBig);
        if (end >= 0 && rows[end] is { OfDestination: > 0 } last)
            rows[end] = new PathHop(OfDestination(last.Row, rows), MostRounds, isDestination: true);
        Hops = end < 0 ? rows : rows[..(end + 1)];
        Rows = rows;
        Length = rows.Select(hop => hop.Row.RoundTrips.Count).DefaultIfEmpty(0).Max();
        Length = Math.Min(Length, MostRounds);
    }

    /// <summary>What it was made of.</summary>
    internal PathRounds Rounds { get; }

    /// <summary>Its flow.</summary>
    internal int Flow { get; }

    /// <summary>Rounds.</summary>
    internal int Length { get; }

    /// <summary>The hops, in order; the last one is the destination if it ever answered.</summary>
    internal PathHop[] Hops { get; }

    /// <summary>All that was tried, also behind the destination.</summary>
    internal PathHop[] Rows { get; }

    /// <summary>The destination; null if it never answered.</summary>
    internal PathHop? Destination => Hops is [.., { OfDestination: > 0 } last] ? last : null;

    // While the way is longer, a router answers in the destination's row, and the destination further on.
    private static RoundsRow OfDestination(RoundsRow row, PathHop[] rows)
    {
        int destination = row.Nodes.ToList().FindIndex(node => node.IsDestination);
        int[] trips = [.. row.RoundTrips];
        int[] answerers = [.. Enumerable.Range(0, trips.Length).Select(round => round < row.Answerers.Count ? row.Answerers[round] : trips[round] >= 0 && row.Answerers.Count == 0 ? 0 : -1)];
        for (int round = 0; round < trips.Length; round++)
        {
            if (trips[round] < 0 || answerers[round] == destination)
                continue;
            if (Array.Find(rows, other => other.NodeIndex(round) is >= 0 and var node && other.Row.Nodes[node].IsDestination) is { } further)
                (trips[round], answerers[round]) = (further.Row.RoundTrips[round], destination);
            else if (answerers[round] >= 0 && answerers[round] < row.Nodes.Count && !PathHop.IsRejecting(row.Nodes[answerers[round]]) && !Array.Exists(rows, other => other.Ttl > row.Ttl && other.IsKnown(round)))
                (trips[round], answerers[round]) = (RoundsRow.Unknown, -1); // nothing was sent so far: the round before was shorter
        }

        return row with { RoundTrips = trips, Answerers = answerers };
    }

    /// <summary>The tables of every flow, that of the first one that reaches the destination first.</summary>
    /// <param name="rounds">What was observed.</param>
    internal static PathTable[] All(PathRounds rounds) =>
        [.. rounds.Rows.Select(row => row.Flow).Distinct().Order().Take(64).Select(flow => new PathTable(rounds, flow)).OrderBy(table => table.Destination is null)];
}

/// <summary>One hop limit of one flow.</summary>
internal sealed class PathHop
{
    private const int LeastForSilence = 5;

    private readonly int _length;
    private readonly bool[] _isRefusal; // by node

    internal PathHop(RoundsRow row, int mostRounds, bool isDestination = false)
    {
        Row = row;
        _length = Math.Min(row.RoundTrips.Count, mostRounds);
        // A router that refuses to pass a probe on answers in the place of who would have: the probe was lost all the same. So was one
        // that a router answers in the place of the destination.
        _isRefusal = [.. row.Nodes.Select(node => isDestination ? !node.IsDestination : IsRejecting(node) && row.Nodes.Any(other => !IsRejecting(other)))];
        int[] answers = new int[row.Nodes.Count];
        for (int round = 0; round < _length; round++)
        {
            if (!IsKnown(round))
                continue;
            Sent++;
            if (!IsAnswered(round))
                continue;
            Received++;
            if (NodeIndex(round) is >= 0 and { } node)
            {
                answers[node]++;
                if (row.Nodes[node].IsDestination)
                    OfDestination++;
            }
        }

        Node = answers.Length == 0 || Received == 0 ? null : row.Nodes[Array.IndexOf(answers, answers.Max())];
    }

    /// <summary>What it was made of.</summary>
    internal RoundsRow Row { get; }

    /// <summary>Its hop limit.</summary>
    internal int Ttl => Row.Ttl;

    /// <summary>Probes whose fate is known.</summary>
    internal int Sent { get; }

    /// <summary>Those answered.</summary>
    internal int Received { get; }

    /// <summary>Those answered by the destination.</summary>
    internal int OfDestination { get; }

    /// <summary>Who answered most often; null if nobody did.</summary>
    internal RowNode? Node { get; }

    /// <summary>Those not answered.</summary>
    internal int LostCount => Sent - Received;

    /// <summary>Share of those not answered.</summary>
    internal double Loss => Sent == 0 ? 0 : (double)LostCount / Sent;

    /// <summary>Lost and sent.</summary>
    internal (int Lost, int Sent) Count => (LostCount, Sent);

    /// <summary>Whether it never answers.</summary>
    internal bool IsSilent => Received == 0 && Sent >= LeastForSilence;

    /// <summary>Address and hop for a person.</summary>
    internal string Name => Node is { } node ? $"{node.Address} (hop {Ttl})" : $"hop {Ttl}";

    /// <summary>Whether the fate of a round's probe is known.</summary>
    /// <param name="round">The round.</param>
    internal bool IsKnown(int round) => round < _length && Row.RoundTrips[round] is RoundsRow.Lost or >= 0;

    /// <summary>Whether a round's probe was answered, by somebody who did not refuse to pass it on in another one's place.</summary>
    /// <param name="round">The round.</param>
    internal bool IsAnswered(int round) => HasAnswer(round) && !IsRefusal(round);

    /// <summary>Whether a round's probe was lost.</summary>
    /// <param name="round">The round.</param>
    internal bool IsLost(int round) => round < _length && (Row.RoundTrips[round] == RoundsRow.Lost || (HasAnswer(round) && IsRefusal(round)));

    /// <summary>Whether a node says that it does not pass probes on.</summary>
    /// <param name="node">The node.</param>
    internal static bool IsRejecting(RowNode node) =>
        !node.IsDestination && node.Error is { } error && !error.IsTimeExceeded && !error.IsTooBig;

    private bool HasAnswer(int round) => round < _length && Row.RoundTrips[round] >= 0;

    private bool IsRefusal(int round) => NodeIndex(round) is >= 0 and var node && _isRefusal[node];

    /// <summary>Which node answered in a round; -1 if none is known.</summary>
    /// <param name="round">The round.</param>
    internal int NodeIndex(int round)
    {
        if (!HasAnswer(round))
            return -1;
        int index = Row.Answerers.Count == 0 ? 0 : round < Row.Answerers.Count ? Row.Answerers[round] : -1;
        return index < Row.Nodes.Count ? index : -1;
    }

    /// <summary>Round trips in milliseconds, of the rounds from one on, in their order.</summary>
    /// <param name="from">The first round.</param>
    internal double[] Milliseconds(int from = 0)
    {
        var times = new List<double>(Received);
        for (int round = from; round < _length; round++)
        {
            if (IsAnswered(round))
                times.Add(Row.RoundTrips[round] / 1000.0);
        }

        return [.. times];
    }

    /// <summary>The addresses that answered.</summary>
    internal IEnumerable<IPAddress> Addresses => Row.Nodes.Select(node => node.Address);
}
