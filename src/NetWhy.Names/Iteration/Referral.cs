using System.Buffers;
using System.Net;
using NetWhy.Wire.Dns;

namespace NetWhy.Names;

/// <summary>Where a server sends on to: a zone, its servers, and those of their addresses that came along.</summary>
/// <param name="Zone">The zone.</param>
/// <param name="Servers">The names of its servers.</param>
/// <param name="Glue">Addresses of those whose names are at or below the zone that was asked, so that it may tell them.</param>
public sealed record Referral(DomainName Zone, IReadOnlyList<DomainName> Servers, IReadOnlyList<(DomainName Name, IPAddress Address)> Glue)
{
    private const int MostServers = 32; // the root has 13; a hostile referral has thousands (CVE-2020-12662)

    /// <summary>Reads the referral in an answer that holds no records of the name itself.</summary>
    /// <param name="octets">The answer.</param>
    /// <param name="asked">The zone whose server answered.</param>
    /// <param name="name">The name that was asked for.</param>
    /// <returns>Null if it leads nowhere closer to the name.</returns>
    public static Referral? Read(ReadOnlySpan<byte> octets, DomainName asked, DomainName name)
    {
        if (DnsMessage.Read(octets, out DnsMessage message) is not OperationStatus.Done)
            return null;

        DomainName? zone = null;
        List<DomainName> servers = [];
        List<(DomainName, IPAddress)> glue = [];
        DnsRecordReader records = message.ReadRecords();
        while (records.Read() is OperationStatus.Done)
        {
            DnsRecord record = records.Current;
            if (records.Section is DnsSection.Authority && record.Type is DnsRecordType.NS && record.ReadName(out DnsName server) is OperationStatus.Done)
            {
                var owner = DomainName.From(record.Owner);
                if (servers.Count < MostServers && owner.IsBelow(asked) && name.IsAtOrBelow(owner) && (zone is null || zone.Value.Equals(owner)))
                {
                    zone = owner;
                    servers.Add(DomainName.From(server));
                }
            }
            else if (records.Section is DnsSection.Additional && record.ReadAddress(out IPAddress address) is OperationStatus.Done)
            {
                var owner = DomainName.From(record.Owner);
                if (owner.IsAtOrBelow(asked) && servers.Contains(owner))
                    glue.Add((owner, address));
            }
        }

        return zone is { } found ? new Referral(found, servers, glue) : null;
    }
}
