using System.Buffers;
using System.Globalization;
using System.Net;
using System.Text;
using NetWhy.Evidence;
using NetWhy.Wire.Dns;

namespace NetWhy.Names;

/// <summary>Turns the octets of an answer into evidence.</summary>
public static class DnsAnswer
{
    private const int MaxAddresses = 64; // each is looked at; no application gets so far
    private const int MaxRecords = 64; // of the type asked for, as text
    private const int MaxText = 1000; // characters of the data of one
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
                bool isAsked = reader.Section is DnsSection.Answer && record.Type is not (DnsRecordType.A or DnsRecordType.AAAA)
                    && record.Type.Mnemonic == exchange.Type;
                var found = Found.From(record, reader.Section, isAsked);
                if (found is { Type: DnsRecordType.A or DnsRecordType.AAAA, Address: null })
                    return new DnsReply(exchange with { Outcome = DnsOutcome.Malformed }); // an address of another size
                records.Add(found);
            }
        }

        bool isTruncated = message.Header.Flags.HasFlag(DnsFlags.Truncated);
        if (!reader.IsComplete && !isTruncated)
            return new DnsReply(exchange with { Outcome = DnsOutcome.Malformed });

        exchange = exchange with
        {
            ResponseCode = code.Mnemonic,
            AdditionalRecords = message.Header.Additionals,
            IsAuthoritative = message.Header.Flags.HasFlag(DnsFlags.AuthoritativeAnswer),
            RecursionAvailable = message.Header.Flags.HasFlag(DnsFlags.RecursionAvailable),
            WasTruncated = isTruncated,
            ExtendedErrors = reasons,
            IsAuthenticData = message.Header.Flags.HasFlag(DnsFlags.AuthenticData),
            Size = octets.Length,
        };
        return Collect(exchange, records);
    }

    /// <summary>The data of a record as a zone file has it, cut after 1000 characters.</summary>
    /// <param name="record">The record.</param>
    public static string TextOf(DnsRecord record)
    {
        var text = new ArrayBufferWriter<byte>();
        DnsRecordText.WriteData(record, DnsTextStyle.Default, text);
        string whole = Encoding.ASCII.GetString(text.WrittenSpan);
        return whole.Length > MaxText ? $"{whole[..MaxText]}…" : whole;
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

        List<string> texts = [.. answers.Where(record => record.Text is not null && record.IsOf(name)).Select(record => record.Text!).Take(MaxRecords)];
        List<IPAddress> addresses = [];
        foreach (Found record in answers.Where(record => (record.Address ?? (object?)record.Text) is not null && record.IsOf(name)))
        {
            if (record.Address is not null)
                addresses.Add(record.Address);
            timeToLive = Smaller(timeToLive, record.TimeToLive);
        }

        Found? start = records.Find(record => record.Type is DnsRecordType.SOA);
        return new DnsReply(exchange with
        {
            Addresses = Bounded(addresses),
            Aliases = aliases,
            TimeToLive = timeToLive is { } time ? (long)time.TotalSeconds : null,
            Records = texts.Count > 0 ? texts : null,
            NegativeZone = start is { Section: DnsSection.Authority } ? start.Owner : null,
            NegativeTimeToLive = start is { Section: DnsSection.Authority } ? Math.Min((long)start.TimeToLive.TotalSeconds, start.Minimum) : null,
            NegativeMinimum = start is { Section: DnsSection.Authority } ? start.Minimum : null,
            Serial = start?.Serial,
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

        string name = ((DnsExtendedErrorCode)code).Mnemonic;
        reasons.Add(string.IsNullOrEmpty(text)
            ? string.Create(CultureInfo.InvariantCulture, $"{code} {name}")
            : string.Create(CultureInfo.InvariantCulture, $"{code} {name}: {Printable(text)}"));
    }

    // The text is the server's: nothing of it may steer a terminal.
    private static string Printable(string text) =>
        string.Concat(text.Where(character => !char.IsControl(character)).Take(200));

    /// <summary>A record, copied out of its message.</summary>
    private sealed record Found(DnsSection Section, DnsRecordType Type, string Owner, TimeSpan TimeToLive)
    {
        public string Target { get; private init; } = "";

        public IPAddress? Address { get; private init; }

        public string? Text { get; private init; }

        public uint Serial { get; private init; }

        public long Minimum { get; private init; }

        public static Found From(DnsRecord record, DnsSection section, bool isAsked)
        {
            bool isStart = record.ReadStartOfAuthority(out DnsStartOfAuthority start) is OperationStatus.Done;
            return new(section, record.Type, record.Owner.ToString(), record.TimeToLive)
            {
                Serial = isStart ? start.Serial : 0,
                Minimum = isStart ? (long)start.Minimum.TotalSeconds : 0,
                Text = isAsked ? TextOf(record) : null,
                Target = record.ReadName(out DnsName name) is OperationStatus.Done ? name.ToString() : "",
                Address = record.ReadAddress(out IPAddress address) is OperationStatus.Done ? address : null,
            };
        }

        public bool IsOf(string name) => Owner.Equals(name, StringComparison.OrdinalIgnoreCase);
    }
}
