using System.Globalization;

namespace NetWhy.Collect.Sockets;

/// <summary>Reads small files of /proc.</summary>
internal static class KernelFiles
{
    /// <summary>
    /// Whether this is the first network namespace, which alone may set the limits that all of them share: it alone has
    /// those of the neighbour tables. Source: net/core/neighbour.c, neigh_sysctl_register.
    /// </summary>
    internal static bool IsFirstNamespace => File.Exists("/proc/sys/net/ipv4/neigh/default/gc_thresh3");

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
