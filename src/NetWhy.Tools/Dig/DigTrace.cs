using System.Buffers;
using System.Net;
using System.Net.Sockets;
using NetWhy.Wire.Dns;

namespace NetWhy.Tools.Dig;

/// <summary>Follows delegations: the servers that an answer names are asked next.</summary>
/// <param name="run">Takes the lookup that follows.</param>
/// <param name="settings">What holds for all.</param>
/// <param name="console">Where to print.</param>
internal sealed class DigTrace(DigRun run, DigSettings settings, DigConsole console)
{
    private const int MostServers = 20;

    /// <summary>Puts the lookup that follows in front of all others.</summary>
    /// <param name="exchange">What was asked.</param>
    /// <param name="message">What answered.</param>
    /// <returns>Whether one follows.</returns>
    /// <exception cref="DigExit">No server named has an address.</exception>
    internal bool Follow(DigExchange exchange, DigMessage message)
    {
        DigLookup lookup = exchange.Lookup;
        bool isFirst = lookup.IsFirstOfTrace;
        if (lookup.IsTrace)
            lookup.Type = lookup.TracedType;
        if (lookup.IsAuthoritySearch && (!lookup.IsTrace || !isFirst))
            lookup.Type = DnsRecordType.SOA;
        bool isAnswered = message.Header.Answers > 0;
        if (!isFirst && !lookup.IsAuthoritySearch && isAnswered)
            return false;
        bool follows = (isFirst && FollowSection(exchange, message, DnsSection.Answer)) || FollowSection(exchange, message, DnsSection.Authority);
        lookup.IsFirstOfTrace = false;
        if (lookup is { IsAuthoritySearch: true, IsTrace: false })
            settings.UsesSearch = false;
        return follows;
    }

    private bool FollowSection(DigExchange exchange, DigMessage message, DnsSection section)
    {
        DigLookup lookup = exchange.Lookup;
        if (section is DnsSection.Authority && HasStart(message))
            return false;

        var names = new List<string>();
        byte[]? zone = null;
        DnsRecordReader records = message.View.ReadRecords();
        for (int i = 0; i < message.Records && !(lookup.IsFirstOfTrace && names.Count >= MostServers); i++)
        {
            _ = records.Read();
            DnsRecord record = records.Current;
            if (records.Section != section || record.Type is not DnsRecordType.NS || record.ReadName(out DnsName server) is not OperationStatus.Done)
                continue;
            if (lookup is { IsTrace: true, IsFirstOfTrace: false } && !IsBelow(record.Owner, lookup.Zone, names.Count == 0))
                continue;
            zone ??= WireOf(record.Owner);
            names.Add(DigAnswer.NameWithoutDot(server));
        }

        if (zone is null)
            return false;
        DigServer[] servers = ServersOf(names, message);
        DigLookup next = run.Requeue(lookup, withServers: false);
        next.IsTransfer = false;
        next.IsTrace = (lookup.IsFirstOfTrace || section is not DnsSection.Answer) && lookup.IsTrace;
        next.IsFirstOfTrace = false;
        if (next.IsAuthoritySearch)
            next.Set(DnsFlags.RecursionDesired, false);
        next.Zone = zone;
        next.Servers.AddRange(servers);
        if (lookup is { IsTrace: true, IsFirstOfTrace: true })
            run.BeginTrace(next);
        return true;
    }

    private bool IsBelow(DnsName owner, byte[] zone, bool isFirst)
    {
        int offset = 0;
        _ = DnsName.Read(zone, ref offset, out DnsName parent);
        bool isSame = owner.Equals(parent);
        if (isSame && isFirst)
            console.Warn("BAD (HORIZONTAL) REFERRAL");
        else if (!isSame && !owner.IsWithin(parent) && isFirst)
            console.Warn("BAD REFERRAL");
        return isSame || owner.IsWithin(parent);
    }

    private static bool HasStart(DigMessage message)
    {
        DnsRecordReader records = message.View.ReadRecords();
        for (int i = 0; i < message.Records; i++)
        {
            _ = records.Read();
            if (records is { Section: DnsSection.Authority, Current.Type: DnsRecordType.SOA })
                return true;
        }

        return false;
    }

    private static byte[] WireOf(DnsName name)
    {
        byte[] wire = new byte[name.Length];
        _ = name.CopyTo(wire, out _);
        return wire;
    }

    // The addresses that came with the delegation are those that resolvers ask; dig asks the resolver of the machine instead.
    private DigServer[] ServersOf(List<string> names, DigMessage message)
    {
        var servers = new List<DigServer>();
        string? lacking = null, failure = null;
        foreach (string name in names)
        {
            int before = servers.Count;
            servers.AddRange(GlueOf(name, message));
            if (servers.Count > before)
                continue;
            servers.AddRange(DigServers.Of(name, settings, out string? problem));
            if (problem is null)
                continue;
            console.Print($"couldn't get address for '{name}': {problem}\n");
            (lacking, failure) = (lacking ?? name, failure ?? problem);
        }

        if (servers.Count == 0)
            throw new DigExit(settings.ExitCode == 0 ? 1 : settings.ExitCode, $"couldn't get address for '{lacking}': no more");
        DigServer[] shuffled = [.. servers];
        Random.Shared.Shuffle(shuffled);
        return shuffled;
    }

    private List<DigServer> GlueOf(string name, DigMessage message)
    {
        var servers = new List<DigServer>();
        DnsRecordReader records = message.View.ReadRecords();
        for (int i = 0; i < message.Records; i++)
        {
            _ = records.Read();
            DnsRecord record = records.Current;
            if (records.Section is not DnsSection.Additional || record.ReadAddress(out IPAddress address) is not OperationStatus.Done
                || !DigAnswer.NameWithoutDot(record.Owner).Equals(name, StringComparison.OrdinalIgnoreCase))
            {
                continue;
            }

            if (address.AddressFamily is AddressFamily.InterNetworkV6 ? settings.HasIPv6 : settings.HasIPv4)
                servers.Add(new DigServer(address, name));
        }

        return servers;
    }
}
