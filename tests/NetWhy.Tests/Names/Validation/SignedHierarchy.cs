using System.Diagnostics;
using System.Globalization;
using NetWhy.Linux;
using Xunit;

namespace NetWhy.Tests.Names.Validation;

/// <summary>The zones of <c>Hierarchy/make</c> in a network namespace: authorities at 127.0.0.2, and a resolver at 127.0.0.1 that does not validate.</summary>
public sealed class SignedHierarchy : IAsyncLifetime
{
    private static readonly string[] Chosen =
        ["p256", "ed25519", "rsasha256", "nsec3-nxdomain", "nsec3-wildcard", "unsigned", "optout", "expired", "badsig", "dsold", "wildproof", "alias-to-bad"];

    private static readonly string[] Tools = ["python3", "nsd", "unbound", "delv", "dnssec-signzone", "ip"];

    private Process? _process;

    /// <summary>Why there is none; null if there is.</summary>
    public string? Lack { get; private set; }

    /// <summary>The name of the namespace.</summary>
    public string Name { get; } = string.Create(CultureInfo.InvariantCulture, $"netwhy-dnssec-{Environment.ProcessId}");

    /// <summary>Where its files are, such as <c>anchors.txt</c>.</summary>
    public string Folder { get; } = Directory.CreateTempSubdirectory("netwhy-dnssec-").FullName;

    /// <summary>The cases: id, name, type, reason, file of anchors, and what delv says.</summary>
    public IReadOnlyList<string[]> Cases { get; private set; } = [];

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        string[] absent = [.. Tools.Where(tool => Tool.Find(tool) is null)];
        Lack = Environment.UserName != "root" ? "network namespaces need root"
            : absent.Length > 0 ? $"not installed: {string.Join(' ', absent)}"
            : null;
        if (Lack is not null)
            return;

        string script = Path.Combine(AppContext.BaseDirectory, "Names", "Validation", "Hierarchy", "make");
        var start = new ProcessStartInfo("python3", [script, Folder, .. Chosen]) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["NAMESPACE"] = Name;
        start.Environment["SERVE"] = "1";
        _process = Process.Start(start)!;
        Task<string> errors = _process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        string? line;
        do
            line = await _process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken);
        while (line is not null and not "serving");
        Assert.True(line is not null, line is null ? await errors : "");
        Cases = [.. File.ReadAllLines(Path.Combine(Folder, "cases.txt"))[1..].Select(words => words.Split(' '))];
        Assert.Equal(Chosen.Length, Cases.Count);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
        {
            _process.StandardInput.Close(); // the servers end, and the namespace goes
            await _process.WaitForExitAsync(CancellationToken.None);
            _process.Dispose();
        }

        Directory.Delete(Folder, recursive: true);
    }
}

/// <summary>Tests that share one <see cref="SignedHierarchy"/>.</summary>
[CollectionDefinition(nameof(SignedHierarchy))]
public sealed class SignedHierarchyTests : ICollectionFixture<SignedHierarchy>;
