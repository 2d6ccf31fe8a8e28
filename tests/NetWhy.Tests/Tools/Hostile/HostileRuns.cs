using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using NetWhy.Tests.App;

namespace NetWhy.Tests.Tools.Hostile;

/// <summary>Runs all rows of <see cref="HostileServerTests"/> side by side: most of their time is waiting.</summary>
public sealed class HostileRuns : IDisposable
{
    internal const string OnTerminal = "TERMINAL ";
    internal const string Terminal = "/usr/bin/script";

    private const int AtOnce = 4;

    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(60);

    private readonly HostileServers _servers = new();
    private readonly SemaphoreSlim _places = new(AtOnce);
    private readonly ConcurrentDictionary<(string Server, string Line), Task<HostileResult>> _runs = [];

    public HostileRuns()
    {
        foreach ((string server, string line, int _, string _) in HostileServerTests.Rows.Select(row => row.Data))
        {
            string[] words = line.Replace("HERE", _servers.Here(server), StringComparison.Ordinal).Split(' ');
            _runs[(server, line)] = Task.Run(() => RunAsync(words));
        }
    }

    public void Dispose()
    {
        Task.WaitAll([.. _runs.Values.Select(run => run.ContinueWith(_ => { }, TaskScheduler.Default))]);
        _servers.Dispose();
        _places.Dispose();
    }

    internal Task<HostileResult> OfAsync(string server, string line) => _runs[(server, line)];

    private async Task<HostileResult> RunAsync(string[] words)
    {
        await _places.WaitAsync();
        try
        {
            (string program, string[] arguments) = words[0] == OnTerminal.TrimEnd()
                ? (Terminal, (string[])["-qec", $"{NetWhyProgram.Path} {string.Join(' ', words[1..])}", "/dev/null"])
                : (NetWhyProgram.Path, words);
            using Process process = NetWhyProgram.Start(program, arguments, new() { ["LC_ALL"] = "C.UTF-8", ["TERM"] = "xterm" });
            Task<string> output = process.StandardOutput.ReadToEndAsync(), error = process.StandardError.ReadToEndAsync();
            long start = Stopwatch.GetTimestamp();
            int peak = 0;
            while (!process.WaitForExit(TimeSpan.FromMilliseconds(20)))
            {
                peak = Math.Max(peak, PeakMemory(process.Id));
                if (Stopwatch.GetElapsedTime(start) < Longest)
                    continue;
                process.Kill(entireProcessTree: true);
                throw new TimeoutException($"{string.Join(' ', words)} does not end");
            }

            return new HostileResult(process.ExitCode, await output, await error, peak);
        }
        finally
        {
            _places.Release();
        }
    }

    // Of a process that has just ended nothing is said. Source: proc_pid_status(5), VmHWM.
    private static int PeakMemory(int process)
    {
        const string Name = "VmHWM:";
        try
        {
            string? line = File.ReadLines($"/proc/{process}/status").FirstOrDefault(line => line.StartsWith(Name, StringComparison.Ordinal));
            return line is null ? 0 : int.Parse(line.AsSpan(Name.Length).Trim().TrimEnd("kB").Trim(), CultureInfo.InvariantCulture) / 1024;
        }
        catch (IOException)
        {
            return 0;
        }
    }
}

/// <summary>What a program left.</summary>
/// <param name="ExitCode">How it ended.</param>
/// <param name="Output">Its output.</param>
/// <param name="Error">What it said on standard error.</param>
/// <param name="PeakMemory">Most memory that it had, in MiB; 0 if it was too short to be seen.</param>
internal sealed record HostileResult(int ExitCode, string Output, string Error, int PeakMemory);
