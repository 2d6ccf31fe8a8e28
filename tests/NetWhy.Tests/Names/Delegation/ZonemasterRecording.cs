using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using NetWhy.Evidence;
using NetWhy.Names;
using NetWhy.Wire.Dns;

namespace NetWhy.Tests.Names.Delegation;

/// <summary>A network of servers as Zonemaster recorded them; a question that nobody asked then cannot be sent.</summary>
/// <remarks>
/// An answer lies under the MD5 of its query's parameters; silence is a null. Recorded messages have lost their OPT records.
/// Source: Zonemaster-Engine, lib/Zonemaster/Engine/Nameserver.pm, "query" and "save".
/// </remarks>
internal sealed class ZonemasterRecording : IDnsNetwork
{
    private static readonly string[] Sizes = ["0", "512", "1232", "4096"];

    private readonly Dictionary<IPAddress, RecordedServer> _servers = [];

    /// <summary>How often a question was asked that nobody had.</summary>
    public int Missing { get; private set; }

    public static ZonemasterRecording Read(string file)
    {
        var recording = new ZonemasterRecording();
        foreach (string line in File.ReadLines(file))
        {
            string[] words = line.Split(' ', 3);
            if (words.Length < 3 || !IPAddress.TryParse(words[1], out IPAddress? address) || words[2] is not ['{', ..])
                continue;

            // The same address may have several names.
            if (!recording._servers.TryGetValue(address, out RecordedServer? server))
                recording._servers[address] = server = new RecordedServer();
            using var document = JsonDocument.Parse(words[2]);
            foreach (JsonProperty entry in document.RootElement.EnumerateObject())
                server.Add(entry.Name, MessageOf(entry.Value));
        }

        return recording;
    }

    public Task<DnsArrival> AskAsync(DnsServer server, ReadOnlyMemory<byte> query, TimeSpan patience, CancellationToken cancellationToken)
    {
        _ = DnsMessage.Read(query.Span, out DnsMessage message);
        _ = message.ReadQuestion(out DnsQuestion question);
        ResponseSets sets = ResponseSets.Read(query.Span)!;
        bool isSecure = sets.HasEdns && IsSecure(message);
        (bool isKnown, byte[]? answer) = _servers.TryGetValue(server.Address, out RecordedServer? recorded)
            ? recorded.Find(DomainName.From(question.Name), question.Type, isSecure, server.Transport is DnsTransport.Tcp)
            : (false, null);
        if (!isKnown)
        {
            Missing++;
            return Task.FromResult(new DnsArrival(DnsOutcome.Failed, default, TimeSpan.Zero) { FailedStep = "send", Reason = "nobody asked that when it was recorded" });
        }

        if (answer is null)
            return Task.FromResult(new DnsArrival(DnsOutcome.TimedOut, default, TimeSpan.Zero));
        byte[] copy = [.. query.Span[..2], .. answer.AsSpan(2)];
        return Task.FromResult(new DnsArrival(DnsOutcome.Answered, copy, TimeSpan.FromMilliseconds(1)));
    }

    private static bool IsSecure(DnsMessage message)
    {
        DnsRecordReader records = message.ReadRecords();
        while (records.Read() is OperationStatus.Done)
        {
            if (records.Current.ReadEdns(out DnsEdns edns) is OperationStatus.Done)
                return edns.DnssecOk;
        }

        return false;
    }

    private static byte[]? MessageOf(JsonElement entry) =>
        entry.ValueKind is JsonValueKind.Null ? null
        : entry.GetProperty("Zonemaster::Engine::Packet").GetProperty("Zonemaster::LDNS::Packet").GetProperty("data").GetBytesFromBase64();

    private sealed class RecordedServer
    {
        private readonly Dictionary<string, byte[]?> _byKey = new(StringComparer.Ordinal);
        private readonly Dictionary<(DomainName, DnsRecordType), byte[]> _byQuestion = [];
        private readonly List<(DomainName Zone, byte[] Message)> _referrals = [];

        public void Add(string key, byte[]? message)
        {
            _byKey[key] = message;
            if (message is null || DnsMessage.Read(message, out DnsMessage read) is not OperationStatus.Done || read.ReadQuestion(out DnsQuestion question) is not OperationStatus.Done)
                return;
            _byQuestion.TryAdd((DomainName.From(question.Name), question.Type), message);
            if (read.Header.ResponseCode is DnsResponseCode.NoError && read.Header.Answers == 0 && (read.Header.Flags & DnsFlags.AuthoritativeAnswer) == 0
                && ResponseSets.Read(message)!.Authority.FirstOrDefault(set => set.Type is DnsRecordType.NS) is { } servers)
            {
                _referrals.Add((servers.Owner, message));
            }
        }

        public (bool IsKnown, byte[]? Message) Find(DomainName name, DnsRecordType type, bool isSecure, bool isTcp)
        {
            foreach (bool secure in (ReadOnlySpan<bool>)[isSecure, !isSecure])
            {
                foreach (string key in Keys(name, type, secure, isTcp))
                {
                    if (_byKey.TryGetValue(key, out byte[]? message))
                        return (true, message);
                }
            }

            if (isTcp)
                return (false, null);
            return _byQuestion.TryGetValue((name, type), out byte[]? same) ? (true, same) : FindReferral(name, type);
        }

        // A server refers every question below a cut to the same servers.
        private (bool IsKnown, byte[]? Message) FindReferral(DomainName name, DnsRecordType type)
        {
            byte[]? lowest = _referrals.Where(referral => !referral.Zone.IsRoot && name.IsAtOrBelow(referral.Zone))
                .OrderByDescending(referral => referral.Zone.Labels)
                .Select(referral => referral.Message)
                .FirstOrDefault();
            return lowest is null ? (false, null) : (true, WithQuestion(lowest, name, type));
        }

        private static byte[] WithQuestion(byte[] message, DomainName name, DnsRecordType type)
        {
            byte[] buffer = new byte[ushort.MaxValue];
            _ = DnsMessage.Read(message, out DnsMessage read);
            _ = DnsMessageWriter.Create(buffer, 0, read.Header.Bits, out DnsMessageWriter writer);
            _ = writer.WriteQuestion(name.Octets, type);
            DnsRecordReader records = read.ReadRecords();
            while (records.Read() is OperationStatus.Done)
                _ = writer.WriteRecord(records.Section, records.Current);
            return writer.Written.ToArray();
        }

        [SuppressMessage("Security", "CA5351", Justification = "that is how the recordings are keyed")]
        private static IEnumerable<string> Keys(DomainName name, DnsRecordType type, bool isSecure, bool isTcp)
        {
            string text = name.IsRoot ? "." : name.ToString().TrimEnd('.').ToLowerInvariant();
            foreach (string recurse in (string[])["0", "1"])
            {
                foreach (string size in Sizes)
                {
                    string query = string.Create(
                        CultureInfo.InvariantCulture,
                        $"NAME{text}TYPE{type.Mnemonic}CLASSINDNSSEC{(isSecure ? 1 : 0)}USEVC{(isTcp ? 1 : 0)}RECURSE{recurse}EDNS_UDP_SIZE{size}");
                    yield return Convert.ToBase64String(MD5.HashData(Encoding.UTF8.GetBytes(query))).TrimEnd('=');
                }
            }
        }
    }
}
