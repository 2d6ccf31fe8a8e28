using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using NetWhy.Evidence;
using NetWhy.Paths;

namespace NetWhy.Tools.Mtr;

/// <summary>Waits for a way or a level of delay to change, and tells what was before and what is since.</summary>
/// <param name="target">The host, as it was typed.</param>
/// <param name="options">The command line.</param>
/// <param name="run">What is watched.</param>
/// <param name="host">Where to print.</param>
/// <param name="isOwnAddress">Whether the destination is this machine's.</param>
internal sealed class MtrWatch(string target, MtrOptions options, RoundsRun run, IToolHost host, bool isOwnAddress)
{
    private const int LeastSince = 5; // rounds after a change before it is told: what follows belongs to it

    private static readonly string[] Changes = ["route-change", "latency-level-change"];
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(200);

    /// <summary>Watches until a change, the last round or an interrupt.</summary>
    internal void Run()
    {
        using FileStream? log = Open();
        long judged = 0;
        while (!host.Cancellation.IsCancellationRequested && run.Rounds < (options.Cycles ?? long.MaxValue))
        {
            try
            {
                run.Step(Tick, mayBegin: true, host.Cancellation);
            }
            catch (OperationCanceledException) when (host.Cancellation.IsCancellationRequested)
            {
                return;
            }

            if (run.Rounds == judged || !run.IsRoundSent)
                continue;
            judged = run.Rounds;
            PathRounds seen = run.Observed(isOwnAddress);
            if (host.Judge([seen]).FirstOrDefault(one => Changes.Contains(one.Kind) && one.Round + LeastSince <= judged) is not { } change)
                continue;
            Tell(change, seen, log);
            if (options.EndsWithChange)
                return;
            run.Forget(); // what is now is what the next change is told from
        }
    }

    private FileStream? Open()
    {
        if (options.Log is not { } path)
            return null;
        try
        {
            return new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.Read);
        }
        catch (Exception refusal) when (refusal is IOException or UnauthorizedAccessException)
        {
            throw new ToolException(ToolException.CouldNotWork, $"{path}: {FileProblem.Of(path, refusal)}");
        }
    }

    private void Tell(Statement change, PathRounds seen, FileStream? log)
    {
        int at = (int)Math.Clamp((change.Round ?? 1) - 1 - seen.RoundsBefore, 0, int.MaxValue);
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        HopLevel[] before = Way(seen, 0, at);
        HopLevel[] after = Way(seen, at, int.MaxValue);
        if (log is not null)
        {
            log.Write(Json(change, now, before, after).Span);
            log.Flush();
        }

        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"{now.ToLocalTime():yyyy-MM-dd HH:mm:ss} {change.Text}\n");
        if (options.EndsWithChange)
        {
            text.Append(CultureInfo.InvariantCulture, $"\n{"",4}{"before",-33}{"ms",7}  {"since",-33}{"ms",7}\n");
            for (int i = 0; i < Math.Max(before.Length, after.Length); i++)
            {
                HopLevel? one = i < before.Length ? before[i] : null, other = i < after.Length ? after[i] : null;
                text.Append(string.Create(CultureInfo.InvariantCulture, $"{(one ?? other)?.Ttl,2}. {Name(one),-33}{one?.Text,7}  {Name(other),-33}{other?.Text,7}").TrimEnd()).Append('\n');
            }
        }

        host.Output.Write(Encoding.UTF8.GetBytes(text.ToString()));
    }

    private static string Name(HopLevel? hop) => hop is { } known ? known.Node ?? "???" : "";

    // The hops in some rounds, up to the destination or to the last one that answers.
    private static HopLevel[] Way(PathRounds seen, int from, int to)
    {
        HopLevel[] hops = [.. seen.Rows.Where(row => row.Flow == 0).Select(row => HopLevel.Of(row, from, to)).Where(hop => hop.Sent > 0)];
        int end = Array.FindIndex(hops, hop => hop.IsDestination);
        return hops[..((end < 0 ? Array.FindLastIndex(hops, hop => hop.Node is not null) : end) + 1)];
    }

    private ReadOnlyMemory<byte> Json(Statement change, DateTimeOffset now, HopLevel[] before, HopLevel[] after)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("schema", "netwhy.path-change/1");
            json.WriteString("at", now);
            json.WriteString("target", target);
            json.WriteString("kind", change.Kind);
            json.WriteNumber("round", change.Round ?? 0);
            json.WriteString("text", change.Text);
            Write("before", before);
            Write("since", after);
            json.WriteEndObject();

            void Write(string member, HopLevel[] hops)
            {
                json.WriteStartArray(member);
                foreach (HopLevel hop in hops)
                {
                    json.WriteStartObject();
                    json.WriteNumber("ttl", hop.Ttl);
                    if (hop.Node is { } node)
                        json.WriteString("host", node);
                    json.WriteNumber("sent", hop.Sent);
                    json.WriteNumber("received", hop.Received);
                    if (hop.Median is { } median)
                        json.WriteNumber("medianMs", Math.Round(median / 1000.0, 3));
                    json.WriteEndObject();
                }

                json.WriteEndArray();
            }
        }

        buffer.Write("\n"u8);
        return buffer.WrittenMemory;
    }

    // One hop in some rounds.
    private readonly record struct HopLevel(int Ttl, string? Node, bool IsDestination, int Sent, int Received, int? Median)
    {
        internal string Text => Median is { } median ? (median / 1000.0).ToString("0.0", CultureInfo.InvariantCulture) : "";

        internal static HopLevel Of(RoundsRow row, int from, int to)
        {
            int end = Math.Min(to, row.RoundTrips.Count);
            List<int> trips = [];
            int sent = 0;
            int[] answers = new int[row.Nodes.Count];
            for (int round = from; round < end; round++)
            {
                if (row.RoundTrips[round] is RoundsRow.Unknown)
                    continue;
                sent++;
                if (row.RoundTrips[round] < 0)
                    continue;
                trips.Add(row.RoundTrips[round]);
                int answerer = row.Answerers.Count > round ? row.Answerers[round] : 0;
                if (answerer >= 0 && answerer < answers.Length)
                    answers[answerer]++;
            }

            trips.Sort();
            RowNode? node = trips.Count == 0 || answers.Length == 0 ? null : row.Nodes[Array.IndexOf(answers, answers.Max())];
            return new HopLevel(
                row.Ttl,
                node?.Address.ToString(),
                node is { IsDestination: true },
                sent, trips.Count, trips.Count == 0 ? null : trips[trips.Count / 2]);
        }
    }
}
