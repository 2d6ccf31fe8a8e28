using System.Text;
using NetWhy.Analysis.Dissection;
using NetWhy.Analysis.Flows;
using NetWhy.App.Render;

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
        var capture = new CaptureSeries(preferences);
        string? damage = CaptureFile.ReadAll(path, capture.Read, cancellationToken);
        ConversationTally[] listed = [.. capture.Conversations.OrderByDescending(one => one.Trouble).ThenByDescending(one => one.OctetsOfFirst + one.OctetsOfSecond).ThenBy(one => one.Stream)];
        ConversationTally[] chosen = [.. listed.Where(one => one.OctetsOfFirst + one.OctetsOfSecond > 0).Take(MostGraphs)];
        var series = new ChosenSeries(chosen);
        CaptureFile.ReadAll(path, series.Read, cancellationToken);
        try
        {
            File.WriteAllText(output, ReportPage.Of(path, capture, listed, chosen, series, damage), new UTF8Encoding(encoderShouldEmitUTF8Identifier: false));
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
}
