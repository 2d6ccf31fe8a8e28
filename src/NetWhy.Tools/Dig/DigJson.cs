using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using NetWhy.Names;
using NetWhy.Wire.Dns;

namespace NetWhy.Tools.Dig;

/// <summary>Writes what came as one object: messages as RFC 8427 has them, and what dig says of servers that failed.</summary>
internal sealed class DigJson : IDisposable
{
    private readonly List<string> _notes = [];
    private readonly List<(Validation Validation, TimeSpan Elapsed)> _validations = [];
    private readonly List<DelegationSurvey> _surveys = [];
    private readonly ArrayBufferWriter<byte> _exchanges = new();
    private readonly Utf8JsonWriter _json;

    /// <summary>Begins.</summary>
    internal DigJson()
    {
        _json = new Utf8JsonWriter(_exchanges);
        _json.WriteStartArray();
    }

    /// <summary>Keeps what dig says.</summary>
    /// <param name="line">The line, without its semicolons.</param>
    internal void Note(string line) => _notes.Add(line);

    /// <summary>Writes an exchange.</summary>
    /// <param name="exchange">The exchange.</param>
    /// <param name="message">What answered.</param>
    internal void Add(DigExchange exchange, DigMessage message)
    {
        _json.WriteStartObject();
        _json.WriteString("server", exchange.Server.Text);
        _json.WriteString("serverName", exchange.Server.Word);
        _json.WriteNumber("port", exchange.Port);
        _json.WriteString("transport", exchange.Lookup.TransportName.ToLowerInvariant());
        _json.WriteNumber("elapsedMilliseconds", Math.Round(exchange.Elapsed.TotalMilliseconds, 3));
        _json.WriteString("sentAt", DigClock.Iso(exchange.Sent, hasMicroseconds: true));
        _json.WriteStartObject("queryMessage");
        WriteMessage(DigMessage.Read(exchange.Query.Message, isBestEffort: true, isOwn: true));
        _json.WriteEndObject();
        _json.WriteStartObject("responseMessage");
        WriteMessage(message);
        _json.WriteEndObject();
        _json.WriteEndObject();
    }

    /// <summary>Keeps what validation found out.</summary>
    /// <param name="validation">It.</param>
    /// <param name="elapsed">How long it took.</param>
    internal void Add(Validation validation, TimeSpan elapsed) => _validations.Add((validation, elapsed));

    /// <summary>Keeps what a survey found out.</summary>
    /// <param name="survey">It.</param>
    internal void Add(DelegationSurvey survey) => _surveys.Add(survey);

    /// <inheritdoc/>
    public void Dispose() => _json.Dispose();

    /// <summary>Ends the object and gives it.</summary>
    /// <param name="exitCode">What the tool exits with.</param>
    internal byte[] Finish(int exitCode)
    {
        _json.WriteEndArray();
        _json.Flush();
        var output = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(output))
        {
            json.WriteStartObject();
            json.WriteString("schema", "netwhy.dig/1");
            json.WritePropertyName("exchanges");
            json.WriteRawValue(_exchanges.WrittenSpan, skipInputValidation: true);
            json.WriteStartArray("notes");
            foreach (string note in _notes)
                json.WriteStringValue(note);
            json.WriteEndArray();
            DigFindingsJson.Write(json, _validations);
            DigFindingsJson.Write(json, _surveys);
            json.WriteNumber("exitCode", exitCode);
            json.WriteEndObject();
        }

        output.Write("\n"u8);
        return output.WrittenSpan.ToArray();
    }

    private void WriteMessage(DigMessage message)
    {
        DnsHeader header = message.Header;
        _json.WriteNumber("ID", (ushort)header.Id);
        WriteFlag("QR", header, DnsFlags.Response);
        _json.WriteNumber("Opcode", header.Opcode);
        WriteFlag("AA", header, DnsFlags.AuthoritativeAnswer);
        WriteFlag("TC", header, DnsFlags.Truncated);
        WriteFlag("RD", header, DnsFlags.RecursionDesired);
        WriteFlag("RA", header, DnsFlags.RecursionAvailable);
        WriteFlag("AD", header, DnsFlags.AuthenticData);
        WriteFlag("CD", header, DnsFlags.CheckingDisabled);
        _json.WriteNumber("RCODE", (int)message.ResponseCode);
        _json.WriteString("RCODEname", DigText.NameOf(message.ResponseCode, ""));
        _json.WriteNumber("QDCOUNT", (ushort)header.Questions);
        _json.WriteNumber("ANCOUNT", (ushort)header.Answers);
        _json.WriteNumber("NSCOUNT", (ushort)header.Authorities);
        _json.WriteNumber("ARCOUNT", (ushort)header.Additionals);
        if (message.Questions > 0 && message.View.ReadQuestion(out DnsQuestion question) is OperationStatus.Done)
        {
            _json.WriteString("QNAME", question.Name.ToString());
            _json.WriteNumber("QTYPE", (ushort)question.Type);
            _json.WriteString("QTYPEname", question.Type.Mnemonic);
            _json.WriteNumber("QCLASS", (ushort)question.Class);
            _json.WriteString("QCLASSname", question.Class.Mnemonic);
        }

        WriteSection("answerRRs", message, DnsSection.Answer);
        WriteSection("authorityRRs", message, DnsSection.Authority);
        WriteSection("additionalRRs", message, DnsSection.Additional);
        WriteEdns(message);
        _json.WriteString("messageOctetsHEX", Convert.ToHexString(message.Octets));
        if (message.Problem is { } problem)
            _json.WriteString("malformed", problem);
    }

    private void WriteFlag(string name, DnsHeader header, DnsFlags flag) => _json.WriteNumber(name, (header.Flags & flag) != 0 ? 1 : 0);

    private void WriteSection(string name, DigMessage message, DnsSection section)
    {
        bool isAny = false;
        DnsRecordReader records = message.View.ReadRecords();
        for (int i = 0; i < message.Records; i++)
        {
            _ = records.Read();
            if (records.Section != section)
                continue;
            if (!isAny)
                _json.WriteStartArray(name);
            isAny = true;
            WriteRecord(records.Current);
        }

        if (isAny)
            _json.WriteEndArray();
    }

    private void WriteRecord(DnsRecord record)
    {
        _json.WriteStartObject();
        _json.WriteString("NAME", record.Owner.ToString());
        _json.WriteNumber("TYPE", (ushort)record.Type);
        _json.WriteString("TYPEname", record.Type.Mnemonic);
        _json.WriteNumber("CLASS", (ushort)record.Class);
        if (record.Type is not DnsRecordType.OPT)
        {
            _json.WriteString("CLASSname", record.Class.Mnemonic);
            _json.WriteNumber("TTL", record.TimeToLiveSeconds);
            var text = new ArrayBufferWriter<byte>();
            DnsRecordText.WriteData(record, DnsTextStyle.Default, text);
            _json.WriteString($"rdata{record.Type.Mnemonic}", Encoding.UTF8.GetString(text.WrittenSpan));
        }

        _json.WriteNumber("RDLENGTH", record.Data.Length);
        _json.WriteString("RDATAHEX", Convert.ToHexString(record.Data));
        _json.WriteEndObject();
    }

    // Beyond RFC 8427, which leaves EDNS as a record of octets.
    private void WriteEdns(DigMessage message)
    {
        if (!message.TryReadEdns(out DnsEdns edns))
            return;
        _json.WriteStartObject("EDNS");
        _json.WriteNumber("version", edns.Version);
        _json.WriteNumber("flags", edns.Flags);
        _json.WriteNumber("payloadSize", edns.PayloadSize);
        _json.WriteStartArray("options");
        int offset = 0;
        while (edns.ReadOption(ref offset, out DnsOptionCode code, out ReadOnlySpan<byte> value) is OperationStatus.Done)
        {
            _json.WriteStartObject();
            _json.WriteNumber("code", (ushort)code);
            _json.WriteString("name", code.Mnemonic);
            _json.WriteString("valueHEX", Convert.ToHexString(value));
            if (code is DnsOptionCode.ExtendedError && DnsExtendedError.Read(value, out DnsExtendedError error) is OperationStatus.Done)
            {
                _json.WriteString("error", string.Create(CultureInfo.InvariantCulture, $"{(ushort)error.Code} {error.Code.Mnemonic}"));
                _json.WriteString("text", Encoding.UTF8.GetString(error.Text));
            }

            _json.WriteEndObject();
        }

        _json.WriteEndArray();
        _json.WriteEndObject();
    }
}
