using System.Buffers;
using System.Text.Json;
using NetWhy.Tools.Tcpdump.Printing;
using NetWhy.Wire.Dns;

namespace NetWhy.Tools.Tcpdump.Json;

/// <summary>Writes DNS messages: questions and records, the first 32 of each kind.</summary>
/// <param name="json">Where to.</param>
/// <param name="scratch">Room for text.</param>
internal sealed class DnsJson(Utf8JsonWriter json, PacketText scratch)
{
    private const int Most = 32;

    private static readonly (DnsFlags Flag, string Name)[] Flags =
    [
        (DnsFlags.AuthoritativeAnswer, "AA"), (DnsFlags.Truncated, "TC"), (DnsFlags.RecursionDesired, "RD"), (DnsFlags.RecursionAvailable, "RA"),
        (DnsFlags.AuthenticData, "AD"), (DnsFlags.CheckingDisabled, "CD"),
    ];

    /// <summary>Writes a message, if it is one.</summary>
    /// <param name="octets">What was captured of it.</param>
    internal void Write(ReadOnlySpan<byte> octets)
    {
        if (DnsMessage.Read(octets, out DnsMessage message) is not OperationStatus.Done)
            return;
        json.WriteStartObject("dns"u8);
        json.WriteNumber("id"u8, message.Header.Id);
        json.WriteBoolean("response"u8, message.Header.IsResponse);
        json.WriteNumber("opcode"u8, message.Header.Opcode);
        json.WriteStartArray("flags"u8);
        foreach ((DnsFlags flag, string name) in Flags)
        {
            if (message.Header.Flags.HasFlag(flag))
                json.WriteStringValue(name);
        }

        json.WriteEndArray();
        json.WriteNumber("responseCode"u8, (ushort)message.Header.ResponseCode);
        bool isWhole = WriteQuestions(message);
        isWhole = WriteRecords(message) && isWhole;
        json.WriteIfTrue("broken"u8, !isWhole);
        json.WriteEndObject();
    }

    /// <summary>Writes the first message of a segment, if one begins there: it has a question that can be read.</summary>
    /// <param name="octets">What was captured of the data.</param>
    internal void WriteFirst(ReadOnlySpan<byte> octets)
    {
        const int LengthSize = 2; // RFC 1035, section 4.2.2
        if (octets.Length <= LengthSize)
            return;
        ReadOnlySpan<byte> first = octets[LengthSize..];
        first = first[..Math.Min(first.Length, octets[0] << 8 | octets[1])];
        if (DnsMessage.Read(first, out DnsMessage message) is OperationStatus.Done && message.ReadQuestion(out _) is OperationStatus.Done)
            Write(first);
    }

    private bool WriteQuestions(DnsMessage message)
    {
        json.WriteStartArray("questions"u8);
        DnsQuestionReader questions = message.ReadQuestions();
        for (int count = 0; count < Most && questions.Read() is OperationStatus.Done; count++)
        {
            json.WriteStartObject();
            json.WriteString("name"u8, questions.Current.Name.ToString());
            json.WriteNumber("type"u8, (ushort)questions.Current.Type);
            json.WriteNumber("class"u8, (ushort)questions.Current.Class);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        return questions.IsComplete;
    }

    private bool WriteRecords(DnsMessage message)
    {
        DnsRecordReader records = message.ReadRecords();
        DnsSection section = DnsSection.Answer;
        int count = 0;
        json.WriteStartArray("answers"u8);
        while (records.Read() is OperationStatus.Done)
        {
            for (; section != records.Section; section++, count = 0)
            {
                json.WriteEndArray();
                json.WriteStartArray(section is DnsSection.Answer ? "authorities"u8 : "additionals"u8);
            }

            if (count++ < Most)
                WriteRecord(records.Current);
        }

        json.WriteEndArray();
        return records.IsComplete;
    }

    private void WriteRecord(DnsRecord record)
    {
        json.WriteStartObject();
        json.WriteString("name"u8, record.Owner.ToString());
        json.WriteNumber("type"u8, (ushort)record.Type);
        if (record.Type is DnsRecordType.OPT && record.ReadEdns(out DnsEdns edns) is OperationStatus.Done)
        {
            json.WriteNumber("payloadSize"u8, edns.PayloadSize);
            json.WriteBoolean("dnssecOk"u8, edns.DnssecOk);
        }
        else
        {
            json.WriteNumber("class"u8, (ushort)record.Class);
            json.WriteNumber("timeToLive"u8, (long)record.TimeToLive.TotalSeconds);
            WriteData(record);
        }

        json.WriteEndObject();
    }

    private void WriteData(DnsRecord record)
    {
        if (record.Type is DnsRecordType.A or DnsRecordType.AAAA && record.Data.Length is 4 or 16)
            json.WriteAddress("address"u8, record.Data, scratch);
        else if (record.ReadName(out DnsName name) is OperationStatus.Done)
            json.WriteString("target"u8, name.ToString());
        else if (record.ReadMailExchange(out ushort preference, out DnsName exchange) is OperationStatus.Done)
            json.WriteString("exchange"u8, $"{preference} {exchange.ToString()}");
        else
            json.WriteHexadecimal("data"u8, record.Data);
    }
}
