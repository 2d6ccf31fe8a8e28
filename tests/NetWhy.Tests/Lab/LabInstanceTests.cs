using System.Diagnostics;
using NetWhy.Lab;
using NetWhy.Tests.App;
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

    [Theory]
    [InlineData("no-such-command", 127)]
    [InlineData("/etc/passwd", 126)]
    public async Task A_command_that_cannot_be_run_ends_as_in_a_shell(string command, int exitCode)
    {
        SkipWithoutRoot();
        string name = Name();
        await using LabInstance instance = await UpAsync("healthy-https", name);

        Assert.Equal(exitCode, await LabInstance.ExecAsync(name, "c", [command], TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData("down NAME")]
    [InlineData("exec NAME c -- true")]
    public void Who_is_not_root_is_told_so(string words)
    {
        SkipWithoutRoot();
        string name = Name();
        DirectoryInfo state = System.IO.Directory.CreateDirectory($"/run/netwhy-lab/{name}");
        try
        {
            File.WriteAllText($"{state.FullName}/namespaces", $"netwhy-{name}-c\n");

            ProgramResult result = NetWhyProgram.Run(
                "setpriv", ["--reuid=65534", "--regid=65534", "--clear-groups", NetWhyProgram.Path, "lab", .. words.Replace("NAME", name).Split(' ')], []);

            Assert.Equal((3, "", "netwhy: the lab works with network namespaces and needs root: run it with sudo\n"), (result.ExitCode, result.Output, result.Error));
        }
        finally
        {
            state.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task Ctrl_C_is_called_that_and_leaves_nothing()
    {
        SkipWithoutRoot();
        string name = Name();
        string path = Path.Combine(Path.GetTempPath(), $"{name}.yaml");
        await File.WriteAllTextAsync(path, "title: t\nsymptom: s\ntarget: https://www.lab.test/\nfault:\n  - c: sleep 30\nexpect: healthy\n", TestContext.Current.CancellationToken);
        try
        {
            // On a terminal Ctrl-C reaches the whole group of processes.
            using Process process = NetWhyProgram.Start("setsid", [NetWhyProgram.Path, "lab", "up", path, "--json"], []);
            Task<string> output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
            while (!process.HasExited && !System.IO.Directory.GetDirectories("/proc").Any(one => CommandLine(one) == "sleep\030\0" && InGroup(one, process.Id)))
                await Task.Delay(20, TestContext.Current.CancellationToken);
            Process.Start("kill", ["-s", "INT", "--", $"-{process.Id}"]).WaitForExit();
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);

            Assert.Equal((130, "netwhy: interrupted\n"), (process.ExitCode, await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken)));
            Assert.Contains("\"error\":\"interrupted\"", await output, StringComparison.Ordinal);
            Assert.Empty(Traces(name));
        }
        finally
        {
            File.Delete(path);
        }

        // Source: proc_pid_stat(5), field 5.
        static bool InGroup(string process, int group)
        {
            try
            {
                string stat = File.ReadAllText(Path.Combine(process, "stat"));
                return stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[2] == $"{group}";
            }
            catch (IOException)
            {
                return false; // it has ended
            }
        }
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
