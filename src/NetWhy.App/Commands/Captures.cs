using System.Globalization;
using NetWhy.Analysis.Flows;
using NetWhy.Capture.Files;
using NetWhy.Diagnose;
using NetWhy.Diagnose.Captures;

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
        if (paths is [not "-" and var only] && File.Exists(only))
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
        var analyzer = new CaptureAnalyzer(options);
        List<Source> sources = [];
        List<string> damages = [];
        PriorityQueue<Source, (long Time, int Number)> next = new();
        try
        {
            foreach (string path in paths)
            {
                var source = new Source(path, CaptureFile.Open(path), sources.Count);
                sources.Add(source);
                Advance(source);
            }

            while (next.TryDequeue(out Source? source, out _))
            {
                cancellationToken.ThrowIfCancellationRequested();
                analyzer.Read(source.Reader.Current);
                Advance(source);
            }
        }
        finally
        {
            foreach (Source source in sources)
                source.Reader.Dispose();
        }

        return analyzer.Finish(string.Join(", ", paths), damages.Count == 0 ? null : string.Join("; ", damages));

        void Advance(Source source)
        {
            try
            {
                if (source.Reader.Read(out PacketRecord packet))
                {
                    source.Packets++;
                    next.Enqueue(source, (packet.Nanoseconds, source.Number));
                }
            }
            catch (Exception broken) when (broken is CaptureFormatException or IOException)
            {
                damages.Add(string.Create(CultureInfo.InvariantCulture, $"{source.Path}, behind packet {source.Packets}: {FileRefusal.Reason(broken)}"));
            }
        }
    }

    private sealed record Source(string Path, CaptureReader Reader, int Number)
    {
        internal long Packets { get; set; }
    }
}
