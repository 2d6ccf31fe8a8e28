using NetWhy.App.Render;
using NetWhy.Collect;
using NetWhy.Diagnose;
using NetWhy.Evidence;
using NetWhy.Tests.App;
using Xunit;

namespace NetWhy.Tests.Docs;

/// <summary>What the README shows is what the program does.</summary>
public sealed class ReadmeTests
{
    private const string Fence = "```";
    private const string Start = $"{Fence}text\nhttps://v4.lab.test/\n";

    [Fact]
    public void The_screen_is_what_the_case_of_its_scenario_gives()
    {
        EvidenceSet evidence = EvidenceFile.Read(
            Path.Combine(AppContext.BaseDirectory, "Cases", "verdicts", "path-mtu-black-hole.netwhy.jsonl")).Evidence;
        string screen = TextReport.Of(
            Diagnosis.Of(evidence, RuleCatalog.All),
            evidence.All<InvestigationEnded>().Single().Elapsed,
            isVerbose: false,
            new Screen(Width: 80, Height: 40, IsUtf8: true)).ToText(hasColour: false);

        string path = Path.Combine(Snapshot.Root(), "README.md");
        string text = File.ReadAllText(path);
        int begin = text.IndexOf(Start, StringComparison.Ordinal) + $"{Fence}text\n".Length;
        int end = text.IndexOf(Fence, begin, StringComparison.Ordinal);
        if (Snapshot.IsToBeUpdated)
        {
            text = $"{text[..begin]}{screen}{text[end..]}";
            end = begin + screen.Length;
            File.WriteAllText(path, text);
        }

        Assert.Equal(screen, text[begin..end]);
    }
}
