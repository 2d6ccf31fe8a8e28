using System.Net;
using System.Text.Json;
using NetWhy.Names;
using NetWhy.Paths;
using NetWhy.Tools;
using NetWhy.Tools.Mtr;
using Xunit;

namespace NetWhy.Tests.Tools.Mtr;

/// <summary>The layout of what mtr 0.95 printed on a path of four routers, and its figures by their definitions.</summary>
public sealed class MtrReportTests
{
    private const string Target = "10.77.4.2";

    // Recorded from mtr 0.95 (Debian), but for the name of the machine and the first line.
    [Theory]
    [InlineData("-n -r",
        """
        HOST: @                           Loss%   Snt   Last   Avg  Best  Wrst StDev
          1.|-- 10.77.0.2                  0.0%     3    0.1   0.1   0.1   0.1   0.0
          2.|-- 10.77.1.2                 33.3%     3    0.1   0.1   0.1   0.1   0.0
          3.|-- ???                       100.0     3    0.0   0.0   0.0   0.0   0.0
          4.|-- 10.77.4.2                  0.0%     3    0.1   0.1   0.1   0.1   0.0

        """)]
    [InlineData("-n -r -z",
        """
        HOST: @                           Loss%   Snt   Last   Avg  Best  Wrst StDev
          1. AS???    10.77.0.2            0.0%     3    0.1   0.1   0.1   0.1   0.0
          2. AS???    10.77.1.2           33.3%     3    0.1   0.1   0.1   0.1   0.0
          3. AS???    ???                 100.0     3    0.0   0.0   0.0   0.0   0.0
          4. AS???    10.77.4.2            0.0%     3    0.1   0.1   0.1   0.1   0.0

        """)]
    [InlineData("-n -r -oLSDR_NBAWVGJMXI",
        """
        HOST: @                           Loss%   Snt Drop   Rcv   Last  Best   Avg  Wrst StDev Gmean Jttr Javg Jmax Jint
          1.|-- 10.77.0.2                  0.0%     3    0     3    0.1   0.1   0.1   0.1   0.0   0.1  0.0  0.0  0.0  0.0
          2.|-- 10.77.1.2                 33.3%     3    1     2    0.1   0.1   0.1   0.1   0.0   0.1  0.0  0.0  0.0  0.0
          3.|-- ???                       100.0     3    3     0    0.0   0.0   0.0   0.0   0.0   0.0  0.0  0.0  0.0  0.0
          4.|-- 10.77.4.2                  0.0%     3    0     3    0.1   0.1   0.1   0.1   0.0   0.1  0.0  0.0  0.0  0.0

        """)]
    public void A_report_has_the_layout_of_mtr(string options, string expected)
    {
        string[] lines = Report(options.Replace('_', ' '), options.Contains('_', StringComparison.Ordinal)).Table(Path()).Split('\n');
        string[] recorded = expected.Split('\n');

        Assert.Equal(recorded[1..], lines[1..]);
        Assert.Equal($"HOST: {Environment.MachineName.PadRight(27)}"[..33] + recorded[0][33..], lines[0]);
    }

    [Fact]
    public void A_wide_report_is_as_wide_as_its_longest_name()
    {
        string[] lines = Report("-n -r -w").Table(Path()).Split('\n');
        int width = Math.Max(Environment.MachineName.Length, "10.77.0.2".Length);

        Assert.Equal($"HOST: {Environment.MachineName.PadRight(width)} Loss%   Snt   Last   Avg  Best  Wrst StDev", lines[0]);
        Assert.Equal($"  1.|-- {"10.77.0.2".PadRight(width)}  0.0%     3    0.1   0.1   0.1   0.1   0.0", lines[1]);
        Assert.Equal($"  3.|-- {"???".PadRight(width)} 100.0     3    0.0   0.0   0.0   0.0   0.0", lines[3]);
    }

    [Fact]
    public void Csv_has_the_lines_of_mtr() => Assert.Equal(
        """
        Mtr_Version,Start_Time,Status,Host,Hop,Ip,Loss%,Snt, ,Last,Avg,Best,Wrst,StDev,
        MTR.0.95,1795784879,OK,10.77.4.2,1,10.77.0.2,0.00,3,0,0.07,0.07,0.07,0.07,0.00
        MTR.0.95,1795784879,OK,10.77.4.2,2,10.77.1.2,33.33,3,1,0.08,0.08,0.08,0.08,0.00
        MTR.0.95,1795784879,OK,10.77.4.2,3,???,100.00,3,3,0.00,0.00,0.00,0.00,0.00
        MTR.0.95,1795784879,OK,10.77.4.2,4,10.77.4.2,0.00,3,0,0.09,0.09,0.09,0.09,0.00

        """,
        Report("-n -C").Csv(Path(), DateTimeOffset.FromUnixTimeSeconds(1_795_784_879)));

    [Fact]
    public void Json_has_the_members_of_mtr_in_its_form_and_statements_beside_them()
    {
        string json = System.Text.Encoding.UTF8.GetString(Report("-n -j -c 3").Json(Path(), [new Statement("no-loss", StatementSeverity.Note, "Nothing is lost.")]).Span);

        Assert.Contains(
            """
                        {
                            "count": 2,
                            "host": "10.77.1.2",
                            "Loss%": 33.333,
                            "Snt": 3,
                            "Last": 0.08,
                            "Avg": 0.08,
                            "Best": 0.08,
                            "Wrst": 0.08,
                            "StDev": 0.0
                        },
            """,
            json, StringComparison.Ordinal);
        using var document = JsonDocument.Parse(json);
        JsonElement head = document.RootElement.GetProperty("report").GetProperty("mtr");
        Assert.Equal(["src", "dst", "tos", "tests", "psize", "bitpattern"], head.EnumerateObject().Select(member => member.Name));
        Assert.Equal("netwhy.mtr/1", document.RootElement.EnumerateObject().First().Value.GetString());
        Assert.Equal("no-loss", document.RootElement.GetProperty("statements")[0].GetProperty("kind").GetString());
    }

    // By hand, from the definitions: mean 20, deviation of the sample 10, geometric mean of 10, 20, 30 ms; J after two differences
    // of 10 ms: 10/16 and 10/16 * 15/16 + 10/16.
    [Fact]
    public void Figures_are_those_of_their_definitions()
    {
        RoundsHop hop = Hop(1, "10.77.0.2", 10_000, 20_000, 30_000);

        Assert.Equal((20_000, 10_000), (Math.Round(hop.Mean, 6), Math.Round(hop.Deviation, 6)));
        Assert.Equal(18_171.205928, hop.GeometricMean, 1e-5);
        Assert.Equal((10_000, 10_000), (hop.Jitter, hop.WorstJitter));
        Assert.Equal(1_210.9375, hop.ArrivalJitter, 1e-6);
        Assert.Equal(19.375, MtrField.Find('I')!.Value(hop, isCompatible: true)); // as mtr shows it, 16 J
    }

    [Fact]
    public void A_late_answer_takes_its_loss_back()
    {
        var hop = new RoundsHop(1, 0);
        hop.Send(0, 0);
        hop.Decide(2_000_000, 1_000_000); // two seconds later
        Assert.Equal((1, 0, 1), (hop.Sent, hop.Outstanding, hop.Dropped));
        hop.Answer(0, Answer("10.77.0.2", 2_100_000), isTranslated: false);

        Assert.Equal((1, 0, 0), (hop.Received, hop.Outstanding, hop.Dropped));
        Assert.Equal([2_100_000], hop.ToRow(1).RoundTrips);
    }

    [Fact]
    public void What_may_still_be_answered_is_not_lost()
    {
        var hop = new RoundsHop(1, 0);
        hop.Send(0, 0);
        hop.Decide(500_000, 1_000_000);

        Assert.Equal((1, 1, 0), (hop.Sent, hop.Outstanding, hop.Dropped));
        Assert.Equal([NetWhy.Evidence.RoundsRow.Unknown], hop.ToRow(1).RoundTrips);
    }

    // Recorded from mtr 0.95.
    [Theory]
    [InlineData("Unknown field identifier: Q", "-o", "LSQ")]
    [InlineData("Too many fields: LLLLLLLLLLLLLLLLLLLLL", "-o", "LLLLLLLLLLLLLLLLLLLLL")]
    [InlineData("invalid argument: 'x'", "-c", "x")]
    [InlineData("invalid argument: '-1'", "-c", "-1")]
    [InlineData("wait time must be positive", "-i", "0")]
    [InlineData("wait time must be positive", "-G", "0")]
    [InlineData("invalid argument: 'x'", "-i", "x")]
    [InlineData("invalid argument: 'NaN'", "-i", "NaN")]
    [InlineData("Illegal port number: 0", "-P", "0")]
    [InlineData("Illegal port number: 99999", "-P", "99999")]
    [InlineData("Illegal port number: 5", "-L", "5")]
    [InlineData("value 9 out of range (0 - 4)", "-y", "9")]
    [InlineData("value out of range (0 - 2): 9", "--displaymode", "9")]
    [InlineData("invalid argument: 'x'", "-M", "x")]
    [InlineData("invalid argument: 'x'", "-Z", "x")]
    [InlineData("-u , -T and -S are mutually exclusive", "-u", "-T")]
    public void What_makes_no_sense_is_refused_in_the_words_of_mtr(string expected, params string[] words)
    {
        OriginalRefusal refusal = Assert.Throws<OriginalRefusal>(() => MtrOptions.Parse([.. words, "192.0.2.1"]));

        Assert.Equal((1, expected), (refusal.ExitCode, refusal.Message));
    }

    // mtr 0.95 takes the nearest value that it has.
    [Fact]
    public void Values_out_of_range_are_those_that_mtr_takes()
    {
        var options = MtrOptions.Parse(["-f", "0", "-m", "0", "-U", "0", "-Q", "300", "-B", "300", "-c", "0", "-M", "4294967295"]);

        Assert.Equal((1, 1, 1), (options.Rounds.FirstTtl, options.Rounds.MaxTtl, options.Rounds.MaxUnknown));
        Assert.Equal((0, "rand(0x00-FF)", 0, uint.MaxValue), (options.Tos, options.FillText, options.Cycles, options.Mark));
        Assert.Equal(["localhost"], options.Hosts);
    }

    private static MtrReport Report(string options, bool hasBlank = false) =>
        new(MtrOptions.Parse([.. hasBlank ? ["-n", "-r", options[6..]] : options.Split(' '), Target]), Target, new HostNames(), new MtrOrigins(new AutonomousSystems([])));

    private static RoundsHop[] Path() =>
    [
        Hop(1, "10.77.0.2", 70, 70, 70), Hop(2, "10.77.1.2", 80, 80, null), Hop(3, "", null, null, null), Hop(4, Target, 90, 90, 90),
    ];

    private static RoundsHop Hop(int ttl, string address, params int?[] microseconds)
    {
        var hop = new RoundsHop(ttl, 0);
        for (int round = 0; round < microseconds.Length; round++)
        {
            hop.Send(round, 0);
            if (microseconds[round] is { } time)
                hop.Answer(round, Answer(address, time), isTranslated: false);
        }

        hop.Decide(10_000_000, 1_000_000);
        return hop;
    }

    private static ProbeAnswer Answer(string address, int microseconds) =>
        new(1, IPAddress.Parse(address), ProbeAnswerKind.TimeExceeded, TimeSpan.FromMicroseconds(microseconds));
}
