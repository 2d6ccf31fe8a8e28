using System.Buffers;
using System.Globalization;
using System.Net;
using NetWhy.Evidence;
using NetWhy.Wire.Dns;

namespace NetWhy.Names;

/// <summary>Turns the octets of an answer into evidence.</summary>
public static class DnsAnswer
{
    private const int MaxAddresses = 64; // each is looked at; no application gets so far
    private const int MaxAliases = 16; // BIND stops at 16, unbound at 11; a longer chain is a loop

    /// <summary>Reads an answer whose id and question have been checked.</summary>
    /// <param name="octets">The message.</param>
    /// <param name="exchange">What is known of the exchange already.</param>
    public static DnsReply Read(ReadOnlySpan<byte> octets, DnsExchange exchange)
    {
        if (DnsMessage.Read(octets, out DnsMessage message) is not OperationStatus.Done)
            return new DnsReply(exchange with { Outcome = DnsOutcome.Malformed });

        List<Found> records = [];
        List<string> reasons = [];
        DnsResponseCode code = message.Header.ResponseCode;
        DnsRecordReader reader = message.ReadRecords();
        OperationStatus status;
        while ((status = reader.Read()) is OperationStatus.Done)
        {
            DnsRecord record = reader.Current;
            if (record.ReadEdns(out DnsEdns edns) is OperationStatus.Done)
            {
                code = edns.Extend(code);
                AddReasons(edns, reasons);
            }
            else if (record.Class is DnsClass.Internet)
            {
                records.Add(Found.From(record, reader.Section));
            }
        }

        bool isTruncated = message.Header.Flags.HasFlag(DnsFlags.Truncated);
        if (!reader.IsComplete && !isTruncated)
            return new DnsReply(exchange with { Outcome = DnsOutcome.Malformed });

        exchange = exchange with
        {
            ResponseCode = code.Mnemonic,
            IsAuthoritative = message.Header.Flags.HasFlag(DnsFlags.AuthoritativeAnswer),
            RecursionAvailable = message.Header.Flags.HasFlag(DnsFlags.RecursionAvailable),
            WasTruncated = isTruncated,
            ExtendedErrors = reasons,
        };
        return Collect(exchange, records);
    }

    private static DnsReply Collect(DnsExchange exchange, List<Found> records)
    {
        List<Found> answers = records.FindAll(record => record.Section is DnsSection.Answer);
        List<string> aliases = [];
        string name = exchange.Name;
        TimeSpan? timeToLive = null;
        while (aliases.Count < MaxAliases
            && answers.Find(record => record.Type is DnsRecordType.CNAME && record.IsOf(name)) is { } alias)
        {
            name = alias.Target;
            aliases.Add(name);
            timeToLive = Smaller(timeToLive, alias.TimeToLive);
        }

        List<IPAddress> addresses = [];
        foreach (Found record in answers.Where(record => record.Address is not null && record.IsOf(name)))
        {
            addresses.Add(record.Address!);
            timeToLive = Smaller(timeToLive, record.TimeToLive);
        }

        Found? start = records.Find(record => record.Type is DnsRecordType.SOA);
        return new DnsReply(exchange with
        {
            Addresses = Bounded(addresses),
            Aliases = aliases,
            TimeToLive = timeToLive is { } time ? (long)time.TotalSeconds : null,
            NegativeZone = start is { Section: DnsSection.Authority } ? start.Owner : null,
        })
        {
            NameServers =
                [.. answers.Where(record => record.Type is DnsRecordType.NS).Select(record => record.Target)],
            Glue =
            [
                .. records.Where(record => record is { Section: DnsSection.Additional, Address: not null })
                    .Select(record => (record.Owner, record.Address!)),
            ],
            Zone = start?.Owner,
        };
    }

    // By value, not by place: servers turn long lists, and what is left must not look like a different answer.
    private static List<IPAddress> Bounded(List<IPAddress> addresses)
    {
        if (addresses.Count <= MaxAddresses)
            return addresses;

        HashSet<IPAddress> kept =
            [.. addresses.Distinct().OrderBy(address => Convert.ToHexString(address.GetAddressBytes()), StringComparer.Ordinal).Take(MaxAddresses)];
        return [.. addresses.Where(kept.Contains).Distinct()];
    }

    private static TimeSpan Smaller(TimeSpan? left, TimeSpan right) =>
        left is { } value && value < right ? value : right;

    private static void AddReasons(DnsEdns edns, List<string> reasons)
    {
        if (!edns.TryFindExtendedError(out ushort code, out string text))
            return;

        string name = NameOfReason(code);
        reasons.Add(string.IsNullOrEmpty(text)
            ? string.Create(CultureInfo.InvariantCulture, $"{code} {name}")
            : string.Create(CultureInfo.InvariantCulture, $"{code} {name}: {Printable(text)}"));
    }

    // The text is the server's: nothing of it may steer a terminal.
    private static string Printable(string text) =>
        string.Concat(text.Where(character => !char.IsControl(character)).Take(200));

    // Source: IANA, "Extended DNS Error Codes".
    private static string NameOfReason(ushort code) => code switch
    {
        0 => "Other",
        1 => "Unsupported DNSKEY Algorithm",
        2 => "Unsupported DS Digest Type",
        3 => "Stale Answer",
        4 => "Forged Answer",
        5 => "DNSSEC Indeterminate",
        6 => "DNSSEC Bogus",
        7 => "Signature Expired",
        8 => "Signature Not Yet Valid",
        9 => "DNSKEY Missing",
        10 => "RRSIGs Missing",
        11 => "No Zone Key Bit Set",
        12 => "NSEC Missing",
        13 => "Cached Error",
        14 => "Not Ready",
        15 => "Blocked",
        16 => "Censored",
        17 => "Filtered",
        18 => "Prohibited",
        19 => "Stale NXDOMAIN Answer",
        20 => "Not Authoritative",
        21 => "Not Supported",
        22 => "No Reachable Authority",
        23 => "Network Error",
        24 => "Invalid Data",
        25 => "Signature Expired before Valid",
        26 => "Too Early",
        27 => "Unsupported NSEC3 Iterations Value",
        28 => "Unable to conform to policy",
        29 => "Synthesized",
        _ => "Unassigned",
    };

    /// <summary>A record, copied out of its message.</summary>
    private sealed record Found(DnsSection Section, DnsRecordType Type, string Owner, TimeSpan TimeToLive)
    {
        public string Target { get; private init; } = "";

        public IPAddress? Address { get; private init; }

        public static Found From(DnsRecord record, DnsSection section) =>
            new(section, record.Type, record.Owner.ToString(), record.TimeToLive)
            {
                Target = record.ReadName(out DnsName name) is OperationStatus.Done ? name.ToString() : "",
                Address = record.ReadAddress(out IPAddress address) is OperationStatus.Done ? address : null,
            };

        public bool IsOf(string name) => Owner.Equals(name, StringComparison.OrdinalIgnoreCase);
    }
}
