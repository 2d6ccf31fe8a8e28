using System.Diagnostics;
using System.Globalization;
using System.Net;
using NetWhy.Linux;
using NetWhy.Names;
using NetWhy.Wire.Dns;
using Xunit;

namespace NetWhy.Tests.Names.Validation;

/// <summary>The servers of the hierarchy themselves, in a namespace: through a resolver, and from the root down.</summary>
public sealed class LiveHierarchyTests
{
    private static readonly string[] Chosen =
        ["p256", "ed25519", "rsasha256", "nsec3-nxdomain", "nsec3-wildcard", "unsigned", "optout", "expired", "badsig", "dsold", "wildproof", "alias-to-bad"];

    private static readonly string[] Tools = ["python3", "nsd", "unbound", "delv", "dnssec-signzone", "ip"];

    private static string Script => Path.Combine(AppContext.BaseDirectory, "Names", "Validation", "Hierarchy", "make");

    [Fact]
    public async Task Servers_give_the_verdicts_of_delv_and_the_reasons_of_the_breakages()
    {
        Assert.SkipUnless(Environment.UserName == "root", "network namespaces need root");
        string[] absent = [.. Tools.Where(tool => Tool.Find(tool) is null)];
        Assert.SkipUnless(absent.Length == 0, $"not installed: {string.Join(' ', absent)}");

        string name = string.Create(CultureInfo.InvariantCulture, $"netwhy-dnssec-{Environment.ProcessId}");
        string folder = Directory.CreateTempSubdirectory("netwhy-dnssec-").FullName;
        var start = new ProcessStartInfo("python3", [Script, folder, .. Chosen]) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["NAMESPACE"] = name;
        start.Environment["SERVE"] = "1";
        using Process process = Process.Start(start)!;
        try
        {
            Task<string> errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
            string? line;
            do
                line = await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken);
            while (line is not null and not "serving");
            Assert.True(line is not null, line is null ? await errors : "");

            await CompareAsync(folder, new NetworkOf(name));
        }
        finally
        {
            process.StandardInput.Close(); // the servers end, and the namespace goes
            await process.WaitForExitAsync(CancellationToken.None);
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task CompareAsync(string folder, NetworkOf network)
    {
        Assert.Null(TrustAnchorText.Read(File.ReadAllText(Path.Combine(folder, "anchors.txt")), out TrustAnchors anchors));
        IRecordSource[] sources =
        [
            new ForwardingSource(network, [new DnsServer(IPAddress.Loopback)], TimeSpan.FromSeconds(5)),
            new IteratingSource(network, [new DnsServer(IPAddress.Parse("127.0.0.2"))], TimeSpan.FromSeconds(5)),
        ];
        string[] cases = File.ReadAllLines(Path.Combine(folder, "cases.txt"))[1..];
        Assert.Equal(Chosen.Length, cases.Length);
        foreach (string[] words in cases.Select(line => line.Split(' ')))
        {
            Assert.True(DomainName.TryParse(words[1], out DomainName name));
            Assert.True(DnsMnemonics.TryParseType(words[2], out DnsRecordType type));
            foreach (IRecordSource source in sources)
            {
                NetWhy.Names.Validation validation = await new Validator(source, anchors, TimeProvider.System)
                    .ValidateAsync(name, type, TestContext.Current.CancellationToken);
                string id = $"{words[0]} {source.GetType().Name} {validation.Problem}";

                Assert.Equal((id, words[3]), (id, validation.Problem?.Reason.ToString() ?? "Secure"));
                Assert.Equal((id, words[5]), (id, validation.Status.ToString().ToLowerInvariant()));
            }
        }
    }

    // A socket belongs to the namespace of the thread that opens it, which is before anything is waited for.
    private sealed class NetworkOf(string name) : IDnsNetwork
    {
        public Task<DnsArrival> AskAsync(DnsServer server, ReadOnlyMemory<byte> query, TimeSpan patience, CancellationToken cancellationToken) =>
            NetworkNamespace.Run(name, () => DnsNetwork.Instance.AskAsync(server, query, patience, cancellationToken));
    }
}
