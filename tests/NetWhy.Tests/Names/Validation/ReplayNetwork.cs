using NetWhy.Evidence;
using NetWhy.Names;
using NetWhy.Wire.Dns;

namespace NetWhy.Tests.Names.Validation;

/// <summary>A network of the servers of a scenario; what no rule answers is silence.</summary>
internal sealed class ReplayNetwork(ReplayScenario scenario) : IDnsNetwork
{
    /// <summary>The step that the scenario is at.</summary>
    public int Step { get; set; }

    public Task<DnsArrival> AskAsync(DnsServer server, ReadOnlyMemory<byte> query, TimeSpan patience, CancellationToken cancellationToken)
    {
        _ = DnsMessage.Read(query.Span, out DnsMessage message);
        _ = message.ReadQuestion(out DnsQuestion question);
        var name = DomainName.From(question.Name);
        DnsRecordType type = question.Type;
        ReplayEntry? entry = scenario.Ranges
            .Where(range => range.First <= Step && Step <= range.Last && range.Addresses.Contains(server.Address))
            .SelectMany(range => range.Entries)
            .FirstOrDefault(entry => IsFor(entry, name, type, server.Transport));
        return Task.FromResult(entry is null
            ? new DnsArrival(DnsOutcome.TimedOut, default, TimeSpan.Zero)
            : new DnsArrival(DnsOutcome.Answered, Write(entry, message.Header.Id, entry.Adjust.Contains("copy_query") ? name : entry.Name, entry.Adjust.Contains("copy_query") ? type : entry.Type), TimeSpan.Zero));
    }

    private static bool IsFor(ReplayEntry entry, DomainName name, DnsRecordType type, DnsTransport transport) =>
        (!entry.Match.Contains("qname") || entry.Name.Equals(name))
        && (!entry.Match.Contains("subdomain") || name.IsAtOrBelow(entry.Name))
        && (!entry.Match.Contains("qtype") || entry.Type == type)
        && (!entry.Match.Contains("TCP") || transport is DnsTransport.Tcp)
        && (!entry.Match.Contains("UDP") || transport is DnsTransport.Udp);

    private static byte[] Write(ReplayEntry entry, ushort id, DomainName name, DnsRecordType type)
    {
        DnsFlags flags = DnsFlags.Response
            | (entry.Reply.Contains("AA") ? DnsFlags.AuthoritativeAnswer : 0)
            | (entry.Reply.Contains("TC") ? DnsFlags.Truncated : 0)
            | (entry.Reply.Contains("RA") ? DnsFlags.RecursionAvailable : 0);
        byte[] buffer = new byte[65_535];
        _ = DnsMessageWriter.Create(buffer, id, flags, entry.Code, out DnsMessageWriter writer);
        _ = writer.WriteQuestion(name.Octets, type);
        foreach ((DnsSection section, ReplayRecord record) in entry.Records)
            _ = writer.WriteRecord(section, record.Owner.Octets, record.Type, (ushort)DnsClass.Internet, record.TimeToLive, record.Data);
        return writer.Written.ToArray();
    }
}
