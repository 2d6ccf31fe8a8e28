using System.Globalization;
using NetWhy.Capture.Files;
using NetWhy.Tools.Tcpdump.Printing.Link;

namespace NetWhy.Tools.Tcpdump;

/// <summary>Opens captures that are named on the command line.</summary>
internal static class CaptureFiles
{
    private const int MostFiles = 4096;

    /// <summary>Opens several as one.</summary>
    /// <param name="paths">Their paths; <c>-</c> for standard input.</param>
    /// <param name="host">Whom they are told to.</param>
    /// <param name="noteBroken">Is called where one cannot be read to its end; the host is told which.</param>
    /// <exception cref="ToolException">One is no capture, or cannot be read.</exception>
    internal static MergedReader Open(IReadOnlyList<string> paths, IToolHost host, Action noteBroken)
    {
        if (paths.Count > MostFiles)
            throw new ToolException(ToolException.WrongUsage, string.Create(CultureInfo.InvariantCulture, $"{paths.Count} files are too many at once: {MostFiles} at most"));
        var merged = new MergedReader((path, packets, broken) =>
        {
            noteBroken();
            host.Warn(string.Create(CultureInfo.InvariantCulture, $"{path}: {FileProblem.Of(path, broken)} (behind packet {packets})"));
        });
        try
        {
            foreach (string path in paths)
            {
                CaptureReader reader = OpenOne(path);
                merged.Add(path, reader);
                if (reader.Interfaces is [var first, ..])
                    host.Note(string.Create(CultureInfo.InvariantCulture, $"reading from file {path}, link-type {LinkTypeNames.Of(first.LinkType)} ({LinkTypeNames.Describe(first.LinkType)}), snapshot length {(first.SnapLength == 0 ? CaptureReader.LongestPacket : first.SnapLength)}"));
            }

            return merged;
        }
        catch
        {
            merged.Dispose();
            throw;
        }
    }

    /// <summary>The type of link of a capture.</summary>
    /// <param name="path">Its path.</param>
    internal static int LinkTypeOf(string path)
    {
        using CaptureReader reader = OpenOne(path);
        try
        {
            return reader.Interfaces.Count > 0 || reader.Read(out _) ? reader.Interfaces[0].LinkType : 1;
        }
        catch (CaptureFormatException broken)
        {
            throw new ToolException(ToolException.CouldNotWork, $"{path}: {broken.Message}");
        }
    }

    /// <summary>Opens a capture.</summary>
    /// <param name="path">Its path; <c>-</c> for standard input.</param>
    /// <exception cref="ToolException">It is none, or cannot be read.</exception>
    internal static CaptureReader OpenOne(string path)
    {
        try
        {
            return CaptureReader.Open(path is "-" ? Console.OpenStandardInput() : new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0));
        }
        catch (Exception refusal) when (refusal is CaptureFormatException or IOException or UnauthorizedAccessException)
        {
            throw new ToolException(ToolException.CouldNotWork, $"{path}: {FileProblem.Of(path, refusal)}");
        }
    }
}
