using NetWhy.Linux;

namespace NetWhy.Tools.Curl;

/// <summary>Files that the user names, and why they cannot be had.</summary>
internal static class CurlFiles
{
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
