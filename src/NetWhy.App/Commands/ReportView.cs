using System.Text;
using NetWhy.Analysis.Dissection;
using NetWhy.Analysis.Flows;
using NetWhy.App.Render;
using NetWhy.Diagnose.Captures;

namespace NetWhy.App.Commands;

/// <summary><c>netwhy analyze FILE --report OUT</c>: what a capture shows as one file of HTML.</summary>
internal static class ReportView
{
    private const int MostGraphs = 16;

    /// <summary>Writes it.</summary>
    /// <param name="path">The capture.</param>
    /// <param name="output">The file to write.</param>
    /// <param name="preferences">How packets are analysed.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>What to exit with.</returns>
    /// <exception cref="CommandException">The capture cannot be read, or the file not be written.</exception>
    public static int Write(string path, string output, DissectionPreferences preferences, CancellationToken cancellationToken)
    {
        if (path is "-")
            throw new CommandException(ExitCode.WrongUsage, "--report reads the capture twice, and standard input can be read once: name a file");
        CaptureDiagnosis diagnosis = Captures.Judge(Captures.Analyze([path], new CaptureAnalyzerOptions { KeyLog = preferences.KeyLog }, cancellationToken));
        var capture = new CaptureSeries(preferences);
        string? damage = CaptureFile.ReadAll(path, capture.Read, cancellationToken);
        Dictionary<int, int> places = PlacesOf(diagnosis);
        ConversationTally[] listed = [.. capture.Conversations.OrderBy(one => places.GetValueOrDefault(one.Stream, int.MaxValue)).ThenByDescending(one => one.Trouble).ThenByDescending(one => one.OctetsOfFirst + one.OctetsOfSecond).ThenBy(one => one.Stream)];
        // Of those that one finding is about, the first shows what the others would.
        HashSet<int> shown = [.. diagnosis.Findings.Select(found => found.Finding.Stream).OfType<int>()];
        ConversationTally[] chosen = [.. listed.Where(one => one.OctetsOfFirst + one.OctetsOfSecond > 0).OrderByDescending(one => shown.Contains(one.Stream)).Take(MostGraphs)];
        var series = new ChosenSeries(chosen);
        CaptureFile.ReadAll(path, series.Read, cancellationToken);
        try
        {
            File.WriteAllText(output, ReportPage.Of(new ReportContent(path, diagnosis, capture, listed, chosen, series), damage), new UTF8Encoding(encoderShouldEmitUTF8Identifier: false));
        }
        catch (Exception refusal) when (refusal is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new CommandException(ExitCode.CouldNotWork, FileRefusal.InWords($"--report {output}", refusal));
        }

        if (damage is null)
            return ExitCode.Healthy;
        Terminal.WriteError(damage);
        return ExitCode.CouldNotWork;
    }

    // Conversations in the order of the findings about them.
    private static Dictionary<int, int> PlacesOf(CaptureDiagnosis diagnosis)
    {
        Dictionary<int, int> places = [];
        foreach (int stream in diagnosis.Findings.SelectMany(found => found.Streams.Prepend(found.Finding.Stream ?? -1)))
            places.TryAdd(stream, places.Count);
        return places;
    }
}
