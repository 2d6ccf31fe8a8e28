using System.Diagnostics;
using NetWhy.Lab;
using Xunit;

namespace NetWhy.Tests.Lab;

public sealed class LabInstanceTests
{
    [Fact]
    public async Task Leaves_nothing_behind()
    {
        SkipWithoutRoot();
        string name = Name();
        LabInstance instance = await UpAsync("healthy-https", name);
        Assert.NotEmpty(Traces(name));
        Assert.Equal(0, await LabInstance.ExecAsync(name, "c", ["sh", "-c", "ip route get 10.10.2.2 >/dev/null"], TestContext.Current.CancellationToken));

        await instance.DisposeAsync();

        Assert.Empty(Traces(name));
    }

    [Fact]
    public async Task Carries_frames_over_an_impaired_link()
    {
        SkipWithoutRoot();
        string name = Name();
        await using LabInstance instance = await UpAsync("healthy-far", name);
        long start = Stopwatch.GetTimestamp();

        int exitCode = await LabInstance.ExecAsync(
            name, "c", ["sh", "-c", "ping -c 1 -W 5 10.10.2.2 >/dev/null"], TestContext.Current.CancellationToken);

        Assert.Equal(0, exitCode);
        Assert.True(Stopwatch.GetElapsedTime(start) > TimeSpan.FromMilliseconds(150));
    }

    [Fact]
    public async Task Takes_down_what_stands_when_the_fault_fails()
    {
        SkipWithoutRoot();
        string name = Name();
        Scenario scenario = ScenarioCatalog.Find("healthy-https") with { Faults = [new FaultStep("c", "echo broken glass >&2; exit 7", null)] };

        LabException exception = await Assert.ThrowsAsync<LabException>(() => UpAsync(scenario, name));

        Assert.Contains("broken glass", exception.Message, StringComparison.Ordinal);
        Assert.Empty(Traces(name));
    }

    [Fact]
    public async Task Takes_down_what_a_killed_run_left()
    {
        SkipWithoutRoot();
        string name = Name();
        Scenario scenario = ScenarioCatalog.Find("healthy-https") with
        {
            Faults = [new FaultStep("machine", "touch /run/netwhy-lab/$(basename \"$LAB\").mark", "rm /run/netwhy-lab/$(basename \"$LAB\").mark")],
        };
        await UpAsync(scenario, name);
        string mark = $"/run/netwhy-lab/{name}.mark";
        Assert.True(File.Exists(mark));
        await File.WriteAllTextAsync($"/run/netwhy-lab/{name}/owner", "1 2", TestContext.Current.CancellationToken); // nobody has that start time

        await LabInstance.SweepAsync();

        Assert.Empty(Traces(name));
        Assert.False(File.Exists(mark));
    }

    [Fact]
    public async Task Two_runs_may_find_the_same_orphan()
    {
        SkipWithoutRoot();
        string name = Name();
        await UpAsync("healthy-https", name);
        await File.WriteAllTextAsync($"/run/netwhy-lab/{name}/owner", "1 2", TestContext.Current.CancellationToken);
        LabState orphan = LabState.Find(name)!;

        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => orphan.TearDownAsync()));

        Assert.Empty(Traces(name));
    }

    [Fact]
    public async Task Ends_what_it_runs_when_it_is_ended()
    {
        string mark = $"30.{Guid.NewGuid().GetHashCode() & 0xffff}";
        using var cancel = new CancellationTokenSource(TimeSpan.FromSeconds(0.3));

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Shell.RunHereAsync(
            ["sh", "-c", $"sleep {mark}; true"], new Dictionary<string, string>(), cancel.Token));

        for (int i = 0; i < 100 && Sleeps(); i++)
            await Task.Delay(10, TestContext.Current.CancellationToken);
        Assert.False(Sleeps());

        bool Sleeps() => Directory.GetDirectories("/proc").Any(process => CommandLine(process) == $"sleep\0{mark}\0");
    }

    [Fact]
    public async Task Says_what_it_does_not_know()
    {
        LabException exception = await Assert.ThrowsAsync<LabException>(() => LabInstance.DownAsync("never-was-up"));
        Assert.Contains("not up", exception.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<LabException>(() => LabInstance.ExecAsync("never-was-up", "c", ["true"], TestContext.Current.CancellationToken));
    }

    private static void SkipWithoutRoot()
    {
        if (!Environment.IsPrivilegedProcess)
            Assert.Skip("network namespaces need root");
    }

    private static string Name() => $"unit-{Guid.NewGuid().ToString("N")[..8]}";

    private static Task<LabInstance> UpAsync(string scenario, string name) => UpAsync(ScenarioCatalog.Find(scenario), name);

    private static Task<LabInstance> UpAsync(Scenario scenario, string name) => LabInstance.UpAsync(
        scenario,
        name,
        Path.Combine(AppContext.BaseDirectory, "netwhy"),
        certificates: null,
        outlivesUs: false,
        TimeProvider.System,
        TestContext.Current.CancellationToken);

    /// <summary>What an instance has outside this process: namespaces, files, processes that name it.</summary>
    private static string[] Traces(string name) =>
    [
        .. Directory.Exists("/run/netns") ? Directory.GetFiles("/run/netns", $"netwhy-{name}-*") : [],
        .. Directory.Exists("/etc/netns") ? Directory.GetDirectories("/etc/netns", $"netwhy-{name}-*") : [],
        .. Directory.Exists($"/run/netwhy-lab/{name}") ? [$"/run/netwhy-lab/{name}"] : Array.Empty<string>(),
        .. Directory.GetDirectories("/proc").Where(process => CommandLine(process).Contains(name, StringComparison.Ordinal)),
    ];

    private static string CommandLine(string process)
    {
        try
        {
            return File.ReadAllText(Path.Combine(process, "cmdline"));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }
}
