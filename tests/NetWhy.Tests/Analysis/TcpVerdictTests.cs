using System.Globalization;
using NetWhy.Analysis.Tcp;
using NetWhy.Tests.Capture;
using Xunit;

namespace NetWhy.Tests.Analysis;

/// <summary>Our own verdict on TCP segments, against truth that others know.</summary>
public sealed class TcpVerdictTests(ITestOutputHelper output)
{
    [Fact]
    public void Transfers_whose_losses_are_known_are_judged_as_they_happened()
    {
        var table = new SortedDictionary<(TcpVerdict Truth, TcpVerdict Verdict), int>();
        int sides = 0;
        int wrongSides = 0;
        for (int seed = 1; seed <= 300; seed++)
        {
            new LossyTransfer(seed, (truth, side, analysis) =>
            {
                table[(truth, analysis.Verdict)] = table.GetValueOrDefault((truth, analysis.Verdict)) + 1;
                sides += side == TcpLossSide.None ? 0 : 1;
                wrongSides += side != TcpLossSide.None && IsRetransmission(analysis.Verdict) && analysis.LossSide != side ? 1 : 0;
            }).Run();
        }

        foreach (((TcpVerdict truth, TcpVerdict verdict), int count) in table)
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{truth,-24} {verdict,-24} {count,7}"));
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"sides: {wrongSides} of {sides} wrong"));

        int retransmissions = Sum(table, (truth, _) => IsRetransmission(truth));
        int misnamed = Sum(table, (truth, verdict) => IsRetransmission(truth) && !IsRetransmission(verdict));
        int otherReason = Sum(table, (truth, verdict) => IsRetransmission(truth) && truth != verdict);
        Assert.InRange(retransmissions, 2000, int.MaxValue);
        Assert.InRange(misnamed, 0, retransmissions / 100);
        Assert.InRange(otherReason, 0, retransmissions / 20);
        Assert.InRange(wrongSides, 0, sides / 100);
        Assert.Equal(0, Sum(table, (truth, verdict) => truth is TcpVerdict.None or TcpVerdict.Reordering && IsRetransmission(verdict)));
        Assert.Equal(0, Sum(table, (truth, verdict) => truth == TcpVerdict.DuplicateCapture && verdict != TcpVerdict.DuplicateCapture));
    }

    [Fact]
    public void Labelled_captures_are_judged_as_their_labels_say()
    {
        string folder = CaptureLibrary.At("tcprs/tests");
        int labels = 0;
        var misnamed = new List<string>();
        foreach (string baseline in Directory.EnumerateDirectories(Path.Combine(folder, "Baseline")).Order(StringComparer.Ordinal))
        {
            string[] name = Path.GetFileName(baseline).Split('.');
            ILookup<string, string> verdicts = VerdictsOf(Path.Combine(folder, "Traces", "tcp", name[1], name[2] + ".trace"));
            foreach ((string key, bool isReordering) in LabelsOf(baseline))
            {
                labels++;
                string start = isReordering ? "reordering" : "retransmission";
                if (!verdicts[key].Any(verdict => verdict.StartsWith(start, StringComparison.Ordinal)))
                    misnamed.Add($"{name[2]} {key}: not {start}");
            }
        }

        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{misnamed.Count} of {labels} misnamed"));
        Assert.InRange(labels, 500, int.MaxValue);
        Assert.DoesNotContain(misnamed, line => line.EndsWith("reordering", StringComparison.Ordinal));
        Assert.True(misnamed.Count <= labels / 100, string.Join('\n', misnamed));
    }

    // Its first packet asks for it by SACK already: how long it lacked then, nobody knows.
    [Fact]
    public void What_was_asked_for_before_the_capture_is_not_called_overtaken() =>
        Assert.Equal("8 retransmission.sack", FieldTable.OfNetwhy(CaptureLibrary.At("chrissanders-packets/tcp_dupack.pcapng"), ["frame.number", "netwhy.tcp.verdict"])
            .Select(row => row.Replace('\t', ' ')).Single(row => row.StartsWith("8 ", StringComparison.Ordinal)));

    private static bool IsRetransmission(TcpVerdict verdict) => verdict is not (TcpVerdict.None or TcpVerdict.Reordering or TcpVerdict.DuplicateCapture);

    private static int Sum(SortedDictionary<(TcpVerdict Truth, TcpVerdict Verdict), int> table, Func<TcpVerdict, TcpVerdict, bool> counts) =>
        table.Where(row => counts(row.Key.Truth, row.Key.Verdict)).Sum(row => row.Value);

    // By time to the microsecond and sequence number, as the labels have them.
    private static ILookup<string, string> VerdictsOf(string path) =>
        FieldTable.OfNetwhy(path, ["frame.time_epoch", "tcp.seq_raw", "netwhy.tcp.verdict"])
            .Select(row => row.Split('\t'))
            .ToLookup(row => KeyOf(row[0], row[1]), row => row[2]);

    private static IEnumerable<(string Key, bool IsReordering)> LabelsOf(string baseline)
    {
        foreach ((string file, bool isReordering) in new[] { ("tcpretransmissions.log", false), ("tcpreordering.log", true) })
        {
            string path = Path.Combine(baseline, file);
            if (!File.Exists(path))
                continue;
            foreach (string line in File.ReadLines(path).Where(line => !line.StartsWith('#')))
            {
                string[] columns = line.Split('\t');
                yield return (KeyOf(columns[0], columns[7]), isReordering);
            }
        }
    }

    private static string KeyOf(string time, string sequence) =>
        string.Create(CultureInfo.InvariantCulture, $"{decimal.Parse(time, CultureInfo.InvariantCulture):F6} {sequence}");
}
