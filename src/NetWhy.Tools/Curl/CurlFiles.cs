using NetWhy.Linux;

namespace NetWhy.Tools.Curl;

/// <summary>Files that the user names, and why they cannot be had.</summary>
internal static class CurlFiles
{
    /// <summary>A time as far as a date can be written: from the year 1 to 9999.</summary>
    /// <param name="seconds">Seconds of the epoch.</param>
    internal static DateTimeOffset TimeOf(long seconds) =>
        DateTimeOffset.FromUnixTimeSeconds(Math.Clamp(seconds, DateTimeOffset.MinValue.ToUnixTimeSeconds(), DateTimeOffset.MaxValue.ToUnixTimeSeconds()));

    /// <summary>Makes a file.</summary>
    /// <param name="path">Its path.</param>
    /// <returns>The file; null if it cannot be made.</returns>
    internal static FileStream? Create(string path)
    {
        try
        {
            return File.Create(path, bufferSize: 0);
        }
        catch (Exception refusal) when (refusal is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            return null;
        }
    }

    /// <summary>Why a file could not be opened, in the words of libc.</summary>
    /// <param name="refusal">What was thrown.</param>
    /// <param name="path">The file's path.</param>
    internal static string WhyNot(Exception refusal, string path) => LinuxException.Describe(refusal switch
    {
        FileNotFoundException or DirectoryNotFoundException => Errno.ENOENT,
        UnauthorizedAccessException when Directory.Exists(path) => Errno.EISDIR,
        UnauthorizedAccessException => Errno.EACCES,
        PathTooLongException => Errno.ENAMETOOLONG,
        IOException { HResult: > 0 and < 200 } known => (Errno)known.HResult,
        _ => Errno.EINVAL,
    });
}

/// <summary>Where messages and traces go: what cannot be written ends no transfer, as in curl; there is nobody left to tell.</summary>
/// <param name="stream">Takes what it can.</param>
internal sealed class UncheckedStream(Stream stream) : WriteOnlyStream
{
    /// <inheritdoc/>
    public override void Write(ReadOnlySpan<byte> buffer)
    {
        try
        {
            stream.Write(buffer);
        }
        catch (Exception refusal) when (refusal is IOException or LinuxException or ToolException)
        {
            // such as on a full disk
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
            stream.Dispose();
        base.Dispose(disposing);
    }
}
