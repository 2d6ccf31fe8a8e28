using NetWhy.Diagnose;
using NetWhy.Evidence;

namespace NetWhy.App.Render;

/// <summary>Shows a diagnosis on standard output.</summary>
internal static class Report
{
    /// <summary>Shows it.</summary>
    /// <param name="diagnosis">The diagnosis.</param>
    /// <param name="asJson">Whether for a program.</param>
    /// <param name="isVerbose">Whether with everything that was seen.</param>
    /// <param name="refusesColour">Whether the user refused colour.</param>
    /// <param name="elapsed">How long it took.</param>
    /// <param name="error">What could not be done besides; null if all could.</param>
    /// <param name="isWhole">Whether an audit shows what is well too.</param>
    /// <param name="errorCode">What to exit with where there is an error.</param>
    /// <returns>What to exit with.</returns>
    public static int Write(
        Diagnosis diagnosis, bool asJson, bool isVerbose, bool refusesColour, TimeSpan elapsed, string? error = null, bool isWhole = false, int errorCode = ExitCode.CouldNotWork)
    {
        diagnosis = ScopeNames.In(diagnosis);
        int exitCode = error is null ? ExitCodeOf(diagnosis.Status) : errorCode;
        if (asJson)
        {
            Terminal.WriteOutput(JsonReport.Of(diagnosis, exitCode, elapsed, isVerbose, isIndented: Terminal.HasOutput, error));
        }
        else
        {
            Page page = diagnosis.Investigation?.TargetKind is TargetKind.HostState
                ? AuditReport.Of(diagnosis, elapsed, Terminal.Screen, isWhole, isVerbose)
                : TextReport.Of(diagnosis, elapsed, isVerbose, Terminal.Screen);
            Terminal.WriteOutput(page.ToText(Terminal.HasColour(refusesColour)));
        }

        return error is null ? exitCode : ErrorReport.Write(exitCode, error);
    }

    /// <summary>What to exit with.</summary>
    /// <param name="status">How the target is.</param>
    internal static int ExitCodeOf(Status status) => status switch
    {
        Status.Healthy => ExitCode.Healthy,
        Status.Degraded or Status.Broken => ExitCode.ProblemFound,
        _ => ExitCode.CouldNotWork,
    };
}
