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

    private static readonly Screen Screen = new(Width: 80, Height: 40, IsUtf8: true);

    [Theory]
    [InlineData("path-mtu-black-hole", "https://v4.lab.test/")]
    [InlineData("dns-zone-inconsistent", "www.lab.test")]
    [InlineData("tls-client-hello-lost", "v4.lab.test")]
    [InlineData("memory-pressure", "vm net:[")]
    [InlineData("symptom-flapping", "http://v4.lab.test:8000/")]
    public void The_screen_is_what_the_case_of_its_scenario_gives(string scenario, string beginning)
    {
        EvidenceSet evidence = EvidenceFile.Read(Path.Combine(AppContext.BaseDirectory, "Cases", "verdicts", $"{scenario}.netwhy.jsonl")).Evidence;
        var diagnosis = Diagnosis.Of(evidence, RuleCatalog.All);
        TimeSpan elapsed = evidence.All<InvestigationEnded>().Single().Elapsed;
        string screen = (evidence.Investigation!.TargetKind is TargetKind.HostState
            ? AuditReport.Of(diagnosis, elapsed, Screen)
            : TextReport.Of(diagnosis, elapsed, isVerbose: false, Screen)).ToText(hasColour: false);

        string start = $"{Fence}text\n{beginning}";
        string path = Path.Combine(Snapshot.Root(), "README.md");
        string text = File.ReadAllText(path);
        int begin = text.IndexOf(start, StringComparison.Ordinal) + $"{Fence}text\n".Length;
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
