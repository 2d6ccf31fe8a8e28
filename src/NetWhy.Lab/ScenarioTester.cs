using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Diagnostics;

namespace NetWhy.Lab;

/// <summary>Sets scenarios up, asks the real netwhy in each, and compares its verdict with the right one.</summary>
/// <param name="netwhy">The program to ask.</param>
/// <param name="clock">The time, for certificates.</param>
public sealed class ScenarioTester(string netwhy, TimeProvider clock)
{
    /// <summary>What follows the scenario's name in the name of the file of its evidence.</summary>
    public const string CaseSuffix = ".netwhy.jsonl";

    private const string ExclusionFile = "exclusion.lock";

    private static readonly TimeSpan LongestRun = TimeSpan.FromSeconds(60);

    private int _number;

    /// <summary>How many scenarios stand at once.</summary>
    public int Jobs { get; init; } = 6;

    /// <summary>Where to keep the evidence of each scenario, a case for the rules; null for nowhere.</summary>
    public string? CasesDirectory { get; init; }

    /// <summary>Tests scenarios: those that share something with all namespaces last, one by one.</summary>
    /// <param name="scenarios">Which ones; one may stand there several times.</param>
    /// <param name="done">Called after each, one call at a time.</param>
    /// <param name="cancel">Ends it early; what stands is taken down.</param>
    /// <returns>The results, in the order of <paramref name="scenarios"/>.</returns>
    /// <exception cref="LabException">The lab itself cannot work.</exception>
    public async Task<ImmutableArray<ScenarioResult>> TestAsync(
        IReadOnlyList<Scenario> scenarios, Action<ScenarioResult> done, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(scenarios);
        ArgumentNullException.ThrowIfNull(done);
        await LabInstance.SweepAsync().ConfigureAwait(false);
        Directory.CreateDirectory(LabState.Root);
        DirectoryInfo certificates = Directory.CreateTempSubdirectory("netwhy-lab-");
        try
        {
            await CertificateMaker.MakeAsync(certificates.FullName, clock.GetUtcNow(), cancel).ConfigureAwait(false);

            var results = new ConcurrentDictionary<int, ScenarioResult>();
            var reporting = new Lock();
            async ValueTask One(int index, CancellationToken stop)
            {
                ScenarioResult result = await TestOneAsync(scenarios[index], certificates.FullName, stop).ConfigureAwait(false);
                results[index] = result;
                lock (reporting)
                    done(result);
            }

            int[] shared = [.. Enumerable.Range(0, scenarios.Count).Where(index => !scenarios[index].IsExclusive)];
            if (shared.Length > 0)
            {
                using FileStream held = await LockAsync(exclusively: false, cancel).ConfigureAwait(false);
                var limit = new ParallelOptions { MaxDegreeOfParallelism = Jobs, CancellationToken = cancel };
                await Parallel.ForEachAsync(shared, limit, One).ConfigureAwait(false);
            }

            foreach (int index in Enumerable.Range(0, scenarios.Count).Except(shared))
            {
                using FileStream held = await LockAsync(exclusively: true, cancel).ConfigureAwait(false);
                await One(index, cancel).ConfigureAwait(false);
            }

            return [.. results.OrderBy(result => result.Key).Select(result => result.Value)];
        }
        finally
        {
            certificates.Delete(recursive: true);
        }
    }

    /// <summary>
    /// Waits for the machine-wide lock: many may hold it shared, one exclusively. .NET maps FileShare to flock(2):
    /// reading and sharing reads is LOCK_SH, sharing nothing is LOCK_EX.
    /// </summary>
    private async Task<FileStream> LockAsync(bool exclusively, CancellationToken cancel)
    {
        string path = Path.Combine(LabState.Root, ExclusionFile);
        while (true)
        {
            try
            {
                if (!File.Exists(path))
                    await File.WriteAllTextAsync(path, "", cancel).ConfigureAwait(false);
                return exclusively
                    ? new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None)
                    : new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
            }
            catch (IOException) // another run of the lab holds it
            {
                await Task.Delay(TimeSpan.FromMilliseconds(100), clock, cancel).ConfigureAwait(false);
            }
        }
    }

    private async Task<ScenarioResult> TestOneAsync(Scenario scenario, string certificates, CancellationToken cancel)
    {
        long start = Stopwatch.GetTimestamp();
        string name = $"test-{Environment.ProcessId}-{Interlocked.Increment(ref _number)}";
        try
        {
            LabInstance instance = await LabInstance
                .UpAsync(scenario, name, netwhy, certificates, outlivesUs: false, clock, cancel).ConfigureAwait(false);
            await using (instance.ConfigureAwait(false))
            {
                string evidence = Path.Combine(instance.Directory, "evidence.netwhy.jsonl");
                TimeSpan setUp = Stopwatch.GetElapsedTime(start);
                long asked = Stopwatch.GetTimestamp();
                using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
                limit.CancelAfter(LongestRun);
                Outcome outcome;
                try
                {
                    outcome = await Shell.RunAsync(
                        instance.ClientCommand("--json", "--save", evidence), instance.ClientVariables, limit.Token).ConfigureAwait(false);
                }
                catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
                {
                    return new ScenarioResult(scenario, null, "no verdict within 60 s", setUp, Stopwatch.GetElapsedTime(asked));
                }

                cancel.ThrowIfCancellationRequested(); // Ctrl-C on a terminal has reached it, too
                TimeSpan verdictTime = Stopwatch.GetElapsedTime(asked);
                var verdict = Verdict.Read(outcome.Output);
                if (verdict is null)
                    return new ScenarioResult(scenario, null, $"no diagnosis, exit code {outcome.ExitCode}: {Shell.OneLine(outcome.Errors)}", setUp, verdictTime);
                if (CasesDirectory is not null)
                    File.Copy(evidence, Path.Combine(Directory.CreateDirectory(CasesDirectory).FullName, scenario.Name + CaseSuffix), overwrite: true);
                return new ScenarioResult(scenario, verdict, verdict.Mismatch(scenario.Expect, outcome.ExitCode), setUp, verdictTime);
            }
        }
        catch (LabException exception) when (!cancel.IsCancellationRequested)
        {
            return new ScenarioResult(scenario, null, exception.Message, Stopwatch.GetElapsedTime(start), TimeSpan.Zero);
        }
    }
}

/// <summary>How one scenario went.</summary>
/// <param name="Scenario">The scenario.</param>
/// <param name="Verdict">What netwhy concluded; null if it concluded nothing.</param>
/// <param name="Problem">What is wrong; null if the verdict is right.</param>
/// <param name="SetUp">How long it took to set the scenario up.</param>
/// <param name="ToVerdict">How long netwhy took, from its start to its end.</param>
public sealed record ScenarioResult(Scenario Scenario, Verdict? Verdict, string? Problem, TimeSpan SetUp, TimeSpan ToVerdict)
{
    /// <summary>Whether the verdict is right.</summary>
    public bool Passed => Problem is null;

    /// <summary>Whether the scenario itself could not be set up or asked.</summary>
    public bool IsBroken => Verdict is null;
}
