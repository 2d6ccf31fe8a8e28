using System.Runtime.InteropServices;
using NetWhy.Diagnose;

namespace NetWhy.App;

/// <summary>Says in one line why a file cannot be used and what to do.</summary>
internal static class FileRefusal
{
    // Where the kernel refused, HResult of an IOException is errno. Source: errno-base.h and errno.h of asm-generic.
    private const int NoEntry = 2;
    private const int LargestErrno = 133;

    /// <summary>What is wrong, and the way out.</summary>
    /// <param name="what">The file, with the option that names it.</param>
    /// <param name="refusal">What the system said.</param>
    public static string InWords(string what, Exception refusal) => refusal switch
    {
        ArgumentException => $"{what}: that is no name of a file; write one",
        FileNotFoundException or IOException { HResult: NoEntry } => $"{what}: there is no such file; check the name",
        DirectoryNotFoundException => $"{what}: the folder is not there; make it or name another",
        UnauthorizedAccessException when Directory.Exists(what.Split(' ')[^1]) => $"{what}: that is a folder; name a file in it",
        UnauthorizedAccessException => $"{what}: access is denied; use another file or ask its owner",
        _ => $"{what}: {Reason(refusal)}",
    };

    /// <summary>What the system said, without the name of the file that .NET puts around it.</summary>
    /// <param name="refusal">What .NET made of it.</param>
    public static string Reason(Exception refusal) => refusal is IOException { HResult: > 0 and <= LargestErrno and var errno }
        ? Words.Uncapitalized(Marshal.GetPInvokeErrorMessage(errno))
        : refusal.Message;
}
