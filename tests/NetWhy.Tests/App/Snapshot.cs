using Xunit;

namespace NetWhy.Tests.App;

/// <summary>Compares output with a file that a reviewer can read. <c>UPDATE_EXPECTED=1 ./test unit</c> rewrites it.</summary>
internal static class Snapshot
{
    /// <summary>Whether the files are to be rewritten.</summary>
    public static bool IsToBeUpdated => Environment.GetEnvironmentVariable("UPDATE_EXPECTED") is "1";

    public static void Matches(string name, string actual)
    {
        string path = Path.Combine(Root(), "tests", "NetWhy.Tests", "App", "Expected", name);
        if (IsToBeUpdated)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, actual);
        }

        Assert.Equal(File.ReadAllText(path), actual);
    }

    /// <summary>The folder of the repository.</summary>
    public static string Root()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "NetWhy.slnx")))
                return folder.FullName;
        }

        throw new DirectoryNotFoundException("the tests run outside of the repository");
    }
}
