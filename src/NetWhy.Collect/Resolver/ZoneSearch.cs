using System.Net;
using NetWhy.Names;
using NetWhy.Wire.Dns;

namespace NetWhy.Collect.Resolver;

/// <summary>Finds the zone of a name and its servers through a resolver; one that hides them hides them here too.</summary>
internal static class ZoneSearch
{
    private const int MaxServers = 8; // names of servers that are looked up
    private const int MaxZones = 4; // parents of the name that may be the zone

    private static readonly DnsQuestionOptions Options = new() { Patience = TimeSpan.FromSeconds(1.5), Purpose = "authority" };

    /// <summary>Finds the zone: the owner of the SOA record, whether it stands in the answer or says that there is none.</summary>
    /// <param name="context">The clock.</param>
    /// <param name="resolver">Whom to ask.</param>
    /// <param name="name">The absolute name.</param>
    /// <param name="enough">Ends the wait.</param>
    /// <returns>The zone with its final dot; null if it was not found.</returns>
    internal static async Task<string?> FindZoneAsync(ProbeContext context, IPAddress resolver, string name, CancellationToken enough)
    {
        List<string> candidates = [];
        for (string rest = name; rest.Count(character => character == '.') > 1 && candidates.Count < MaxZones;)
        {
            candidates.Add(rest);
            rest = rest[(rest.IndexOf('.', StringComparison.Ordinal) + 1)..];
        }

        DnsReply[] replies = await Task.WhenAll(candidates.Select(candidate => AskAsync(context, resolver, candidate, DnsRecordType.SOA, enough)));
        return replies.Select(reply => reply.Zone)
            .Where(zone => zone is not null and not "." && name.EndsWith(zone, StringComparison.OrdinalIgnoreCase))
            .MaxBy(zone => zone!.Length);
    }

    /// <summary>Finds the servers of a zone.</summary>
    /// <param name="context">The clock.</param>
    /// <param name="resolver">Whom to ask.</param>
    /// <param name="zone">The zone, with its final dot.</param>
    /// <param name="enough">Ends the wait.</param>
    internal static async Task<IReadOnlyList<(string Name, IPAddress Address)>> FindServersAsync(
        ProbeContext context, IPAddress resolver, string zone, CancellationToken enough)
    {
        DnsReply reply = await AskAsync(context, resolver, zone, DnsRecordType.NS, enough);
        string[] names = [.. reply.NameServers.Where(name => DnsName.IsValid(name)).Take(MaxServers)];
        (string, IPAddress)[] glue = [.. reply.Glue.Where(glue => names.Contains(glue.Name, StringComparer.OrdinalIgnoreCase))];
        if (glue.Length > 0)
            return glue;

        (string Name, DnsRecordType Type)[] questions = [.. names.Select(name => (name, DnsRecordType.A)), .. names.Select(name => (name, DnsRecordType.AAAA))];
        DnsReply[] addresses = await Task.WhenAll(questions.Select(question => AskAsync(context, resolver, question.Name, question.Type, enough)));
        return [.. questions.Zip(addresses).SelectMany(pair => pair.Second.Exchange.Addresses.Select(address => (pair.First.Name, address)))];
    }

    private static Task<DnsReply> AskAsync(ProbeContext context, IPAddress server, string name, DnsRecordType type, CancellationToken enough) =>
        DnsQuestions.Ask(server, name, [type], Options, context.Clock, enough)[0];
}
