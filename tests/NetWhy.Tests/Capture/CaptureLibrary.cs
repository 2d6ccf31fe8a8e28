using Xunit;

namespace NetWhy.Tests.Capture;

/// <summary>Captures and expected results of public test suites, which lie beside the project and not in it.</summary>
internal static class CaptureLibrary
{
    private static readonly string? Root = Find();

    /// <summary>A file or folder of them; the test is skipped if they are not there.</summary>
    /// <param name="path">Its path below <c>shared/pcaps</c>.</param>
    internal static string At(string path)
    {
        Assert.SkipUnless(Root is not null, "the captures of public test suites are not beside the project (shared/pcaps)");
        return Path.Combine(Root!, path);
    }

    /// <summary>Those of some folders that are there.</summary>
    /// <param name="paths">Their paths below <c>shared/pcaps</c>.</param>
    internal static IEnumerable<string> Folders(params string[] paths) =>
        Root is null ? [] : paths.Select(path => Path.Combine(Root, path)).Where(Directory.Exists);

    private static string? Find()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            string captures = Path.Combine(folder.FullName, "shared", "pcaps");
            if (Directory.Exists(captures))
                return captures;
        }

        return Environment.GetEnvironmentVariable("NETWHY_PCAPS") is { Length: > 0 } named && Directory.Exists(named) ? named : null;
    }
}
