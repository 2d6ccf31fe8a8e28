using Xunit;

namespace NetWhy.Tests.App;

/// <summary>The script <c>netwhy</c> and the functions that it seldom needs.</summary>
public sealed class LauncherTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("netwhy-test-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void No_two_checkouts_share_a_folder_of_the_cache()
    {
        string[] checkouts = ["a/b", "a-b", "a_b", "a_-b", "a__b", "a b", "a/_b"];

        string[] caches = [.. checkouts.Select(CacheOf)];

        Assert.Equal(checkouts.Length, caches.Distinct().Count());
        Assert.All(caches, cache => Assert.Equal($"{_folder}/cache/netwhy", Path.GetDirectoryName(cache)));
    }

    [Theory]
    [InlineData("artifacts/netwhy", 1000)]
    [InlineData("elsewhere", 0)]
    public void What_root_builds_in_a_users_checkout_is_the_users(string cache, int owner)
    {
        if (!Environment.IsPrivilegedProcess)
            Assert.Skip("to give files away needs root");
        Directory.CreateDirectory($"{_folder}/artifacts/netwhy");
        string root = cache is "elsewhere" ? $"{_folder}/other" : _folder;
        File.WriteAllText($"{_folder}/artifacts/netwhy/stamp", "");

        ProgramResult result = NetWhyProgram.Run(
            "/bin/bash",
            ["-c", $"set -e; chown 1000:1000 '{_folder}'; root='{root}'; cache='{_folder}/{cache}'; source '{Repository}/tools/setup.bash'; give_to_owner; stat -c %u '{_folder}/artifacts' '{_folder}/artifacts/netwhy/stamp'"],
            []);

        Assert.Equal(($"{owner}\n{owner}\n", ""), (result.Output, result.Error));
    }

    [Fact]
    public void A_limit_of_open_files_too_small_for_the_runtime_is_raised_and_told()
    {
        string binary = $"{_folder}/artifacts/netwhy/netwhy";
        Directory.CreateDirectory($"{_folder}/tools");
        Directory.CreateDirectory($"{_folder}/artifacts/netwhy");
        File.Copy(Path.Combine(Repository, "netwhy"), $"{_folder}/netwhy");
        File.WriteAllText($"{_folder}/tools/setup.bash", "install_packages() { :; }\n");
        File.WriteAllText(binary, "#!/bin/bash\necho \"$NETWHY_OPEN_FILES $(ulimit -Sn)\"\n");
        File.WriteAllText($"{_folder}/artifacts/netwhy/stamp", "");

        ProgramResult result = NetWhyProgram.Run("/bin/bash", ["-c", $"chmod u+x '{binary}'; ulimit -Sn 20; exec '{_folder}/netwhy'"], []);

        Assert.Equal("20 1024\n", result.Output);
    }

    private static string Repository
    {
        get
        {
            string folder = AppContext.BaseDirectory;
            while (!File.Exists(Path.Combine(folder, "tools", "setup.bash")))
                folder = Path.GetDirectoryName(folder) ?? throw new DirectoryNotFoundException("the tests run outside of the repository");
            return folder;
        }
    }

    private string CacheOf(string name)
    {
        string root = Path.Combine(_folder, name);
        Directory.CreateDirectory(Path.Combine(root, "tools"));
        File.Copy(Path.Combine(Repository, "netwhy"), Path.Combine(root, "netwhy"));
        File.WriteAllText(Path.Combine(root, "tools", "setup.bash"), "build_netwhy() { printf %s \"${caches[1]}\"; return 3; }\n");
        ProgramResult result = NetWhyProgram.Run("/bin/bash", [Path.Combine(root, "netwhy")], new() { ["XDG_CACHE_HOME"] = $"{_folder}/cache" });
        Assert.Equal((3, ""), (result.ExitCode, result.Error));
        return result.Output;
    }
}
