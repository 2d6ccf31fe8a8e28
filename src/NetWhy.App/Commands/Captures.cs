using System.Globalization;
using NetWhy.Analysis.Flows;
using NetWhy.Capture.Files;
using NetWhy.Diagnose;
using NetWhy.Diagnose.Captures;
using NetWhy.Linux;

namespace NetWhy.App.Commands;

/// <summary>Analyses captures, one by itself or several as one.</summary>
internal static class Captures
{
    private const int MostFiles = 1024;

    /// <summary>Analyses captures.</summary>
    /// <param name="paths">Their paths; <c>-</c> for standard input.</param>
    /// <param name="options">What is known besides, and bounds.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="CommandException">One is no capture, or cannot be read.</exception>
    /// <exception cref="OperationCanceledException">It was to end.</exception>
    public static CaptureAnalysis Analyze(IReadOnlyList<string> paths, CaptureAnalyzerOptions options, CancellationToken cancellationToken)
    {
        if (paths.Count > MostFiles)
            throw new CommandException(ExitCode.WrongUsage, string.Create(CultureInfo.InvariantCulture, $"{paths.Count} files are too many at once: {MostFiles} at most"));
        if (paths is [not "-" and var only] && File.Exists(only) && RegularFile.IsAt(only))
            return OfFile(only, options, cancellationToken);
        return Merge(paths, options, cancellationToken);
    }

    /// <summary>Judges what was analysed.</summary>
    /// <param name="analysis">What the captures tell.</param>
    public static CaptureDiagnosis Judge(CaptureAnalysis analysis) => CaptureDiagnosis.Of(
        analysis.Capture, analysis.Conversations, [.. analysis.NameServers, .. analysis.Refusals, .. analysis.Neighbours], RuleCatalog.All);

    private static CaptureAnalysis OfFile(string path, CaptureAnalyzerOptions options, CancellationToken cancellationToken)
    {
        try
        {
            return CaptureAnalyzer.OfFile(path, options, cancellationToken);
        }
        catch (Exception refusal) when (refusal is CaptureFormatException or IOException or UnauthorizedAccessException)
        {
            throw CaptureFile.Refused(path, refusal);
        }
    }

    private static CaptureAnalysis Merge(IReadOnlyList<string> paths, CaptureAnalyzerOptions options, CancellationToken cancellationToken)
    {
        CaptureInput[] inputs = [.. paths.Select(path => new CaptureInput(path))];
        List<string> damages = []; // of the latest reading
        return CaptureAnalyzer.Of(string.Join(", ", paths), Open, () => damages.Count == 0 ? null : string.Join("; ", damages), options, cancellationToken);

        CaptureReader? Open()
        {
            if (!inputs.All(input => input.CanOpen))
                return null;
            damages.Clear();
            var merged = new MergedReader((path, packets, broken) => damages.Add(string.Create(CultureInfo.InvariantCulture, $"{path}, behind packet {packets}: {FileRefusal.Reason(broken)}")));
            try
            {
                foreach (CaptureInput input in inputs)
                    merged.Add(input.Path, input.Open());
                return merged;
            }
            catch
            {
                merged.Dispose();
                throw;
            }
        }
    }
}
