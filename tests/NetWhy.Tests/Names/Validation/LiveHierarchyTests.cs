using System.Net;
using NetWhy.Linux;
using NetWhy.Names;
using NetWhy.Wire.Dns;
using Xunit;

namespace NetWhy.Tests.Names.Validation;

/// <summary>The servers of the hierarchy themselves, in a namespace: through a resolver, and from the root down.</summary>
/// <param name="hierarchy">The servers.</param>
[Collection(nameof(SignedHierarchy))]
public sealed class LiveHierarchyTests(SignedHierarchy hierarchy)
{
    [Fact]
    public async Task Servers_give_the_verdicts_of_delv_and_the_reasons_of_the_breakages()
    {
        Assert.SkipUnless(hierarchy.Lack is null, hierarchy.Lack ?? "");
        Assert.Null(TrustAnchorText.Read(File.ReadAllText(Path.Combine(hierarchy.Folder, "anchors.txt")), out TrustAnchors anchors));
        var network = new NetworkOf(hierarchy.Name);
        IRecordSource[] sources =
        [
            new ForwardingSource(network, [new DnsServer(IPAddress.Loopback)], TimeSpan.FromSeconds(5)),
            new IteratingSource(network, [new DnsServer(IPAddress.Parse("127.0.0.2"))], TimeSpan.FromSeconds(5)),
        ];
        foreach (string[] words in hierarchy.Cases)
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
