using System.Net;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Rules;

/// <summary>What following the delegations showed, put together for the rules about them.</summary>
internal sealed class DelegationView
{
    private DelegationView(EvidenceSet evidence)
    {
        Names = DnsView.Of(evidence);
        Walk = evidence.Last<DelegationWalk>();
        Servers = [.. evidence.All<ZoneServer>()];
        Flaws = [.. evidence.All<DelegationFlaw>()];
    }

    /// <summary>What is known of the lookup.</summary>
    public DnsView Names { get; }

    /// <summary>The walk; null if there was none.</summary>
    public DelegationWalk? Walk { get; }

    /// <summary>Each server of each zone.</summary>
    public ZoneServer[] Servers { get; }

    /// <summary>The differences found.</summary>
    public DelegationFlaw[] Flaws { get; }

    /// <summary>How bad a flaw is that some lookups meet, or all of them.</summary>
    public Severity Severity => Names.IsResolved || Names.Resolution is null ? Warning : Names.FailureSeverity;

    private Severity Warning => Names.ProxyResolves ? Severity.Info : Severity.Warning;

    /// <summary>Puts it together.</summary>
    /// <param name="evidence">All observations from one vantage.</param>
    public static DelegationView Of(EvidenceSet evidence) => new(evidence);

    /// <summary>The flaws of some kinds, in their order, those of the name's own zone first.</summary>
    /// <param name="faults">The kinds.</param>
    public DelegationFlaw[] Of(params string[] faults) =>
        [.. Flaws.Where(flaw => faults.Contains(flaw.Fault)).OrderByDescending(flaw => flaw.IsOfName)];

    /// <summary>The servers of a zone that answer for it.</summary>
    /// <param name="zone">The zone.</param>
    public ZoneServer[] Authoritative(string zone) => [.. Servers.Where(server => server.Zone == zone && server.State is "authoritative")];

    /// <summary>The server that a flaw is about, as it was asked; null if it is about several, or was not asked.</summary>
    /// <param name="flaw">The flaw.</param>
    public ZoneServer? ServerOf(DelegationFlaw flaw) =>
        flaw.Address is { } address ? Array.Find(Servers, server => server.Zone == flaw.Zone && server.Address.Equals(address)) : null;

    /// <summary>Whether a server of any zone was heard by the address family of an address: if not, the family may be what is broken here.</summary>
    /// <param name="address">The address.</param>
    public bool HearsFamilyOf(IPAddress address) =>
        Servers.Any(server => server.ResponseTime is not null && server.Address.AddressFamily == address.AddressFamily);

    /// <summary>Whether a server of any zone was heard by TCP and the address family of an address: if not, a firewall at this end may close it.</summary>
    /// <param name="address">The address.</param>
    public bool HearsTcpOf(IPAddress address) =>
        Servers.Any(server => server.HasTcp is true && server.Address.AddressFamily == address.AddressFamily);

    /// <summary>The servers of the name's zone that answer for it.</summary>
    public ZoneServer[] OfName => [.. Servers.Where(server => server is { IsOfName: true, State: "authoritative", Answer.Count: > 0 })];

    /// <summary>The server of some with the lowest serial number; null if none has one.</summary>
    /// <param name="servers">The servers.</param>
    public static ZoneServer? Oldest(IEnumerable<ZoneServer> servers) => servers.Where(server => server.Serial is not null)
        .Aggregate((ZoneServer?)null, (oldest, server) => oldest is null || IsOlder(server, oldest) ? server : oldest);

    // Serial numbers count in a circle. Source: RFC 1982, section 3.2.
    private static bool IsOlder(ZoneServer left, ZoneServer right) => unchecked((int)(right.Serial!.Value - left.Serial!.Value)) > 0;

    /// <summary>The server that fails with a lookup of the name: why the fault is felt; null if none does.</summary>
    public DnsExchange? Failure => Names.Servers.SelectMany(server => server.Answers).FirstOrDefault(exchange => exchange.ResponseCode is "SERVFAIL");

    /// <summary>Two servers of the name's zone that give different answers, the one with the newest serial first; null if none do.</summary>
    public string? Disagreement()
    {
        ZoneServer[] servers = OfName;
        ZoneServer? newest = servers.Where(server => server.Serial is not null)
            .Aggregate((ZoneServer?)null, (newest, server) => newest is null || IsOlder(newest, server) ? server : newest) ?? servers.FirstOrDefault();
        ZoneServer? other = Array.Find(servers, server => !server.Answer.SequenceEqual(newest!.Answer));
        return other is null ? null : $"{Saying(newest!)}, {Saying(other)}";
    }

    private static string Saying(ZoneServer server)
    {
        string serial = server.Serial is { } known ? $", serial {known}" : "";
        return $"{DnsView.Bare(server.Name)} ({server.Address}{serial}) says {string.Join(", ", server.Answer.Take(4))}";
    }

    /// <summary>A server with its address, for a sentence.</summary>
    /// <param name="flaw">What it is about.</param>
    public static string InWords(DelegationFlaw flaw) => (flaw.Server, flaw.Address) switch
    {
        (null or ".", { } address) => $"{address}",
        ({ } name, { } address) => $"{DnsView.Bare(name)} ({address})",
        ({ } name, null) => DnsView.Bare(name),
        _ => DnsView.Bare(flaw.Zone),
    };
}
