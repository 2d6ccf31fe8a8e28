using System.Text.RegularExpressions;
using NetWhy.App.Render;
using NetWhy.Diagnose;
using NetWhy.Evidence;
using Xunit;

namespace NetWhy.Tests.App;

public sealed partial class TextReportTests
{
    [Theory]
    [InlineData("broken.txt", false, 80, true)]
    [InlineData("broken-short.txt", false, 79, true, 23)]
    [InlineData("broken-ascii.txt", false, 80, false)]
    [InlineData("broken-narrow.txt", false, 46, true, 60)]
    [InlineData("broken-verbose.txt", true, 100, true)]
    public void Shows_a_fault(string file, bool isVerbose, int width, bool isUtf8, int height = 40) =>
        Snapshot.Matches(file, Text(SampleDiagnosis.Broken(), isVerbose, width, isUtf8, hasColour: false, height));

    [Fact]
    public void Shows_health() =>
        Snapshot.Matches("healthy.txt", Text(SampleDiagnosis.Healthy(), isVerbose: false, 80, isUtf8: true, hasColour: false));

    [Fact]
    public void Shows_colour_only_where_it_may()
    {
        string coloured = Text(SampleDiagnosis.Broken(), isVerbose: true, 80, isUtf8: true, hasColour: true);

        Assert.Contains("\e[1;31m", coloured, StringComparison.Ordinal);
        Assert.Equal(Text(SampleDiagnosis.Broken(), isVerbose: true, 80, isUtf8: true, hasColour: false), Sequences().Replace(coloured, ""));
    }

    [Theory]
    [InlineData(80, 40)]
    [InlineData(100, 40)]
    [InlineData(79, 23)]
    public void Fits_a_screen(int width, int height)
    {
        Assert.InRange(Text(SampleDiagnosis.Broken(), isVerbose: false, width, isUtf8: true, hasColour: false, height).Count(letter => letter == '\n'), 10, height);
        Assert.InRange(Text(SampleDiagnosis.Hostile(), isVerbose: false, width, isUtf8: true, hasColour: false, height).Count(letter => letter == '\n'), 10, 40);
    }

    [Theory]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public void Strings_from_outside_do_not_steer_the_terminal(bool isUtf8, bool isVerbose)
    {
        string text = Text(SampleDiagnosis.Hostile(), isVerbose, 80, isUtf8, hasColour: false);

        Assert.DoesNotContain(text, letter => char.IsControl(letter) && letter != '\n');
        Assert.DoesNotContain('\u202e', text);
        Assert.DoesNotContain(text.Split('\n'), line => line.StartsWith("fake", StringComparison.Ordinal));
        Assert.True(isUtf8 || text.All(char.IsAscii));
    }

    [Theory]
    [InlineData(79, 23)]
    [InlineData(59, 23)]
    public void Shortens_the_proof_before_the_cure(int width, int height)
    {
        Diagnosis sample = SampleDiagnosis.Broken();
        const string Long = "Install a certificate on the server whose names include the one that is asked for, from the same authority as before.";
        Finding root = sample.Causes[0].Finding with { Remedies = [.. sample.Causes[0].Finding.Remedies, new Remedy(Long, "true")] };

        string text = Text(sample with { Causes = [new RankedFinding(root, []), sample.Causes[1]] }, isVerbose: false, width, isUtf8: true, hasColour: false, height);

        string[] words = text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        Assert.Contains("from the same authority as before.", string.Join(' ', words), StringComparison.Ordinal);
        Assert.Contains("Evidence", text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_pipe_keeps_its_empty_lines()
    {
        string text = TextReport.Of(SampleDiagnosis.Hostile(), TimeSpan.Zero, isVerbose: false, new Screen(80, 23, IsUtf8: true, IsTerminal: false)).ToText(hasColour: false);

        Assert.Contains("\n\nFix", text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_path_breaks_behind_a_slash()
    {
        var page = new Page(20, isUtf8: true);

        page.Paragraph(new Piece("  ", Tone.Plain), new Piece("/etc/systemd/resolved.conf.d", Tone.Plain));

        Assert.Equal("  /etc/systemd/\n  resolved.conf.d\n", page.ToText(hasColour: false));
    }

    [Fact]
    public void Probes_that_the_end_cut_off_take_one_line()
    {
        Diagnosis sample = SampleDiagnosis.Healthy();
        NotObserved[] cut = [.. "abc".Select(letter => new NotObserved($"what {letter} is?", NotObserved.EndedFirst))];
        Diagnosis diagnosis = sample with { Status = Status.Inconclusive, NotObserved = [.. cut], Evidence = new EvidenceSet(new InvestigationEnded(TimeSpan.FromSeconds(2), true)) };

        string text = Text(diagnosis, isVerbose: false, 80, isUtf8: true, hasColour: false);

        Assert.Contains("stopped after 2 s: 3 probes did not finish", text, StringComparison.Ordinal);
        Assert.Contains("not finished", text, StringComparison.Ordinal);
        Assert.DoesNotContain("what a is", text, StringComparison.Ordinal);
        Assert.Contains("what a is", Text(diagnosis, isVerbose: true, 80, isUtf8: true, hasColour: false), StringComparison.Ordinal);
    }

    [Fact]
    public void Names_the_vantage_of_what_was_seen_elsewhere()
    {
        Diagnosis sample = SampleDiagnosis.Broken();
        InvestigationStarted server = new("0", ":443", TargetKind.LocalPort, null, null, 443) { Id = "v2.o1", Vantage = "server net:[2]" };

        string text = Text(sample with { Evidence = new EvidenceSet([.. sample.Evidence.Observations, server]) }, isVerbose: false, 80, isUtf8: true, hasColour: false);

        Assert.Contains("v2.o... was seen at server net:[2] by netwhy :443", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Commands_stay_in_one_piece()
    {
        string text = Text(SampleDiagnosis.Broken(), isVerbose: false, 46, isUtf8: true, hasColour: false);

        Assert.Contains("      iptables -t mangle -A FORWARD -p tcp --tcp-flags SYN,RST SYN -j TCPMSS --clamp-mss-to-pmtu\n", text, StringComparison.Ordinal);
    }

    private static string Text(Diagnosis diagnosis, bool isVerbose, int width, bool isUtf8, bool hasColour, int height = 40) =>
        TextReport.Of(diagnosis, TimeSpan.FromSeconds(1.83), isVerbose, new Screen(width, height, isUtf8)).ToText(hasColour);

    [GeneratedRegex("\e\\[[0-9;]*m")]
    private static partial Regex Sequences();
}
