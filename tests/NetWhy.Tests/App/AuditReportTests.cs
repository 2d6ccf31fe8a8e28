using NetWhy.App.Render;
using NetWhy.Diagnose;
using Xunit;

namespace NetWhy.Tests.App;

public sealed class AuditReportTests
{
    [Theory]
    [InlineData("audit.txt", 80, false, true)]
    [InlineData("audit-wide.txt", 100, true, true)]
    [InlineData("audit-narrow.txt", 46, false, false)]
    public void Shows_what_is_wrong_first(string file, int width, bool isWhole, bool isUtf8) =>
        Snapshot.Matches(file, Text(SampleAudit.Troubled(), width, isWhole, isUtf8));

    [Fact]
    public void Says_that_nothing_is_wrong()
    {
        string text = Text(SampleAudit.Quiet(), 80, isWhole: false, isUtf8: true);

        Assert.Contains("Nothing is wrong that can be seen here.", text, StringComparison.Ordinal);
        Assert.Contains("1 fine", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(80)]
    [InlineData(100)]
    [InlineData(60)]
    public void Only_commands_are_wider_than_the_screen(int width)
    {
        foreach (bool isWhole in (bool[])[false, true])
            Assert.All(Text(SampleAudit.Troubled(), width, isWhole, isUtf8: true).Split('\n'), line => Assert.True(line.Length <= width || line.StartsWith("              ", StringComparison.Ordinal), line));
    }

    [Fact]
    public void Strings_from_outside_do_not_steer_the_terminal()
    {
        string text = Text(SampleAudit.Hostile(), 80, isWhole: true, isUtf8: true);

        Assert.DoesNotContain(text, letter => char.IsControl(letter) && letter != '\n');
        Assert.DoesNotContain(text.Split('\n'), line => line.StartsWith("reboot", StringComparison.Ordinal));
    }

    private static string Text(Diagnosis diagnosis, int width, bool isWhole, bool isUtf8) =>
        AuditReport.Of(diagnosis, TimeSpan.FromSeconds(1.5), new Screen(width, 40, isUtf8), isWhole).ToText(hasColour: false);
}
