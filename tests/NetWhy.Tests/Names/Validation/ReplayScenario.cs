using System.Buffers;
using System.Globalization;
using System.Net;
using System.Text;
using NetWhy.Names;
using NetWhy.Wire.Dns;
using Xunit;

namespace NetWhy.Tests.Names.Validation;

/// <summary>A replay scenario of unbound's tests: servers that answer by rules, and questions with the answers that they must get.</summary>
/// <remarks>Source: unbound, testcode/replay.h and testcode/testpkts.h.</remarks>
internal sealed class ReplayScenario
{
    private readonly Queue<string> _lines;
    private bool _hasNoDate;

    private ReplayScenario(IEnumerable<string> lines) => _lines = new Queue<string>(lines);

    public TrustAnchors Anchors { get; } = new();

    public DateTimeOffset Now { get; private set; } = DateTimeOffset.UnixEpoch;

    public IPAddress? Forwarder { get; private set; }

    public bool UsesIPv6 { get; private set; } = true;

    public List<IPAddress> RootServers { get; } = [];

    /// <summary>Zones that are asked of certain servers.</summary>
    public Dictionary<DomainName, List<IPAddress>> Stubs { get; } = [];

    public List<ReplayRange> Ranges { get; } = [];

    public List<ReplayStep> Steps { get; } = [];

    public string? Unsupported { get; private set; }

    public static ReplayScenario Read(string file)
    {
        var scenario = new ReplayScenario(File.ReadLines(file));
        try
        {
            scenario.ReadConfig();
            scenario.ReadScenario();
            if (scenario._hasNoDate)
                scenario.FindDate();
        }
        catch (FormatException problem)
        {
            scenario.Unsupported = problem.Message;
        }

        return scenario;
    }

    private void ReadConfig()
    {
        string zone = "", zoneName = "";
        while (_lines.TryDequeue(out string? raw) && raw.Trim() != "CONFIG_END")
        {
            string line = raw.Trim();
            if (line.StartsWith('#') || line.StartsWith(';') || !line.Contains(':', StringComparison.Ordinal))
                continue;

            string name = line[..line.IndexOf(':', StringComparison.Ordinal)];
            string value = line[(name.Length + 1)..].Trim();
            value = value.StartsWith('"') ? value[1..value.IndexOf('"', 1)] : value.Split('#', ' ', '\t')[0];
            switch (name)
            {
                case "server" or "stub-zone" or "forward-zone" or "auth-zone" or "local-zone":
                    zone = name;
                    break;
                case "name":
                    zoneName = value;
                    break;
                case "trust-anchor":
                    foreach (ReplayRecord record in ReplayRecord.Read(value))
                        Anchors.Add(record.Owner, record.Type, record.Data);
                    break;
                case "val-override-date" when value.Length == 14:
                    Now = DateTimeOffset.ParseExact(value, "yyyyMMddHHmmss", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);
                    break;
                case "val-override-date":
                    _hasNoDate = true;
                    break;
                case "do-ip6":
                    UsesIPv6 = value != "no";
                    break;
                case "domain-insecure":
                    Unsupported = $"{name}: {value}";
                    break;
                case "stub-addr" when zoneName == ".":
                    RootServers.Add(IPAddress.Parse(value.Split('@')[0]));
                    break;
                case "stub-addr":
                    AddStub(zoneName, value.Split('@')[0]);
                    break;
                case "forward-addr" when zoneName == ".":
                    Forwarder = IPAddress.Parse(value);
                    break;
                case "forward-addr":
                    AddStub(zoneName, value);
                    break;
            }
        }
    }

    private void AddStub(string zone, string address)
    {
        Assert.True(DomainName.TryParse(zone, out DomainName name), zone);
        if (!Stubs.TryGetValue(name, out List<IPAddress>? servers))
            Stubs[name] = servers = [];
        servers.Add(IPAddress.Parse(address));
    }

    // Without a date, unbound accepts any: the middle of the first signature's time serves as well.
    private void FindDate()
    {
        foreach (ReplayRecord record in Ranges.SelectMany(range => range.Entries).SelectMany(entry => entry.Records).Select(pair => pair.Record))
        {
            if (record.Type is DnsRecordType.RRSIG && DnsSignature.Read(record.Data, out DnsSignature signature) is OperationStatus.Done)
            {
                Now = DateTimeOffset.FromUnixTimeSeconds(((long)signature.Inception + signature.Expiration) / 2);
                return;
            }
        }
    }

    private void ReadScenario()
    {
        while (Next() is { } line)
        {
            string[] words = Words(line);
            if (words[0] == "RANGE_BEGIN")
                ReadRange(int.Parse(words[1], CultureInfo.InvariantCulture), int.Parse(words[2], CultureInfo.InvariantCulture));
            else if (words[0] == "STEP")
                ReadStep(int.Parse(words[1], CultureInfo.InvariantCulture), words[2]);
        }
    }

    private void ReadRange(int first, int last)
    {
        var range = new ReplayRange(first, last);
        Ranges.Add(range);
        while (Next() is { } line && line != "RANGE_END")
        {
            if (Words(line) is ["ADDRESS", var address, ..])
                range.Addresses.Add(IPAddress.Parse(address));
            else if (line == "ENTRY_BEGIN")
                range.Entries.Add(ReadEntry());
        }
    }

    private void ReadStep(int number, string kind)
    {
        if (kind is "QUERY" or "CHECK_ANSWER" or "REPLY" or "CHECK_OUT_QUERY")
        {
            while (Next() is { } line && line != "ENTRY_BEGIN")
            {
            }

            Steps.Add(new ReplayStep(number, kind, ReadEntry()));
        }
        else
        {
            Steps.Add(new ReplayStep(number, kind, null));
        }
    }

    private ReplayEntry ReadEntry()
    {
        var entry = new ReplayEntry();
        string section = "";
        while (Next() is { } line && line != "ENTRY_END")
        {
            string[] words = Words(line);
            switch (words[0])
            {
                case "MATCH":
                    entry.Match.UnionWith(words[1..]);
                    break;
                case "ADJUST":
                    entry.Adjust.UnionWith(words[1..]);
                    break;
                case "REPLY":
                    entry.Reply.UnionWith(words[1..]);
                    break;
                case "SECTION":
                    section = words[1];
                    break;
                case "HEX_ANSWER_BEGIN" or "HEX_EDNSDATA_BEGIN":
                    Unsupported = words[0];
                    break;
                default:
                    entry.Take(section, line);
                    break;
            }
        }

        return entry;
    }

    private string? Next()
    {
        while (_lines.TryDequeue(out string? raw))
        {
            string line = raw.Trim();
            if (line.Length > 0 && line[0] is not (';' or '#'))
                return line;
        }

        return null;
    }

    private static string[] Words(string line) => line.Split(';')[0].Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
}

/// <summary>Servers that answer alike between two steps.</summary>
internal sealed record ReplayRange(int First, int Last)
{
    public List<IPAddress> Addresses { get; } = [];

    public List<ReplayEntry> Entries { get; } = [];
}

/// <summary>A step: a question, or the answer that must come.</summary>
internal sealed record ReplayStep(int Number, string Kind, ReplayEntry? Entry);

/// <summary>A rule for an answer, or a question, or an answer that must come.</summary>
internal sealed class ReplayEntry
{
    public HashSet<string> Match { get; } = new(StringComparer.OrdinalIgnoreCase);

    public HashSet<string> Adjust { get; } = new(StringComparer.OrdinalIgnoreCase);

    public HashSet<string> Reply { get; } = new(StringComparer.OrdinalIgnoreCase);

    public DomainName Name { get; private set; }

    public DnsRecordType Type { get; private set; }

    public List<(DnsSection Section, ReplayRecord Record)> Records { get; } = [];

    public DnsResponseCode Code =>
        Enum.GetValues<DnsResponseCode>().Where(code => Reply.Contains(code.Mnemonic)).DefaultIfEmpty(DnsResponseCode.NoError).First();

    public void Take(string section, string line)
    {
        if (section == "QUESTION")
        {
            string[] words = line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            Assert.True(DomainName.TryParse(words[0], out DomainName name), line);
            Assert.True(DnsMnemonics.TryParseType(words[^1], out DnsRecordType type), line);
            (Name, Type) = (name, type);
            return;
        }

        DnsSection at = section switch { "ANSWER" => DnsSection.Answer, "AUTHORITY" => DnsSection.Authority, _ => DnsSection.Additional };
        Records.AddRange(ReplayRecord.Read(line).Select(record => (at, record)));
    }
}

/// <summary>A record, copied.</summary>
internal sealed record ReplayRecord(DomainName Owner, DnsRecordType Type, uint TimeToLive, byte[] Data)
{
    public static IEnumerable<ReplayRecord> Read(string line)
    {
        // Data that its type does not allow, on purpose; a zone file may not hold it.
        if (line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries) is [var owner, var seconds, "IN", var mnemonic, "\\#", _, var hex]
            && DomainName.TryParse(owner, out DomainName name) && DnsMnemonics.TryParseType(mnemonic, out DnsRecordType type))
        {
            return [new ReplayRecord(name, type, uint.Parse(seconds, CultureInfo.InvariantCulture), Convert.FromHexString(hex))];
        }

        var zone = new ZoneFileReader(Encoding.ASCII.GetBytes($"$TTL 3600\n{line}\n"));
        List<ReplayRecord> records = [];
        OperationStatus status;
        while ((status = zone.Read(out DnsRecord record)) is not OperationStatus.NeedMoreData)
        {
            if (status is not OperationStatus.Done)
                return ReadBrokenSignature(line) is { } broken ? [broken] : throw new FormatException($"{zone.Error}: {line}");
            records.Add(new ReplayRecord(DomainName.From(record.Owner), record.Type, record.TimeToLiveSeconds, record.Data.ToArray()));
        }

        return records;
    }

    // A signature that is cut or empty on purpose: what is there of it, behind fields that can be read.
    private static ReplayRecord? ReadBrokenSignature(string line)
    {
        string[] words = line.Split(';')[0].Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        if (words.Length is not (12 or 13) || words[3] != "RRSIG")
            return null;

        string signature = words.Length == 13 ? words[12] : "";
        ReplayRecord whole = Read($"{string.Join(' ', words[..12])} AAAA").Single();
        signature = signature[..(signature.Length / 4 * 4)];
        return whole with { Data = [.. whole.Data[..^3], .. Convert.FromBase64String(signature)] };
    }
}
