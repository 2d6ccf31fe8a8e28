using System.Text.RegularExpressions;
using NetWhy.App.Render;
using NetWhy.Diagnose;
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
