using System.Runtime.InteropServices;

namespace NetWhy.Tools;

/// <summary>Says why a file cannot be used in the words of strerror(3), as the tools of the trade do.</summary>
internal static class FileProblem
{
    // Where the kernel refused, HResult of an IOException is errno. Source: errno-base.h and errno.h of asm-generic.
    private const int NoEntry = 2, AccessDenied = 13, IsDirectory = 21, LargestErrno = 133;

    /// <summary>What is wrong with a file, without its name; .NET has no other word for an empty name than that of a bad argument.</summary>
    /// <param name="path">The file.</param>
    /// <param name="refusal">What .NET made of it.</param>
    internal static string Of(string path, Exception refusal) => refusal switch
    {
        FileNotFoundException or DirectoryNotFoundException or ArgumentException => Marshal.GetPInvokeErrorMessage(NoEntry),
        UnauthorizedAccessException => Marshal.GetPInvokeErrorMessage(Directory.Exists(path) ? IsDirectory : AccessDenied),
        IOException { HResult: > 0 and <= LargestErrno and var errno } => Marshal.GetPInvokeErrorMessage(errno),
        _ => refusal.Message,
    };
}
