using System.Globalization;

namespace NetWhy.Collect.Sockets;

/// <summary>Reads small files of /proc.</summary>
internal static class KernelFiles
{
    /// <summary>Text of a file without the final newline; null if it is not there or may not be read.</summary>
    /// <param name="path">Its path.</param>
    internal static string? Text(string path)
    {
        try
        {
            return File.ReadAllText(path).TrimEnd();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Number in a file; null if there is none.</summary>
    /// <param name="path">Its path.</param>
    internal static long? Number(string path) =>
        long.TryParse(Text(path), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long value) ? value : null;
}
