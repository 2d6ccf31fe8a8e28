using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Unicode;
using NetWhy.Wire.Dns;

namespace NetWhy.Tools.Dig;

/// <summary>Prints messages as <c>dig +yaml</c> does.</summary>
/// <param name="settings">What holds for all.</param>
/// <param name="console">Where to.</param>
internal sealed class DigYaml(DigSettings settings, DigConsole console)
{
    private const string Indent = "      ";
    private const int ColumnsOfRecord = 4, ColumnsOfQuestion = 2; // gaps between them

    /// <summary>Prints a message.</summary>
    /// <param name="exchange">How it came, or went.</param>
    /// <param name="message">The message.</param>
    /// <param name="isQuery">Whether it is the query.</param>
    /// <param name="hasSections">Whether its sections are printed.</param>
    internal void Print(DigExchange exchange, DigMessage message, bool isQuery, bool hasSections)
    {
        DigLookup lookup = exchange.Lookup;
        DnsFlags flags = message.Header.Flags;
        bool isRecursive = (flags & DnsFlags.RecursionDesired) != 0 && (isQuery || (flags & DnsFlags.RecursionAvailable) != 0);
        console.Print($"- type: MESSAGE\n  message:\n    type: {(isRecursive ? "RECURSIVE" : "AUTH")}_{(isQuery ? "QUERY" : "RESPONSE")}\n");
        console.Print($"    query_time: !!timestamp {DigClock.Iso(exchange.Sent, lookup.UsesMicroseconds)}\n");
        if (!isQuery)
            console.Print($"    response_time: !!timestamp {DigClock.Iso(exchange.Received, lookup.UsesMicroseconds)}\n");
        console.Print(string.Create(CultureInfo.InvariantCulture, $"    message_size: {message.Octets.Length}b\n"));
        console.Print($"    socket_family: {(exchange.Server.Address.AddressFamily is AddressFamily.InterNetworkV6 ? "INET6" : "INET")}\n");
        console.Print($"    socket_protocol: {(lookup.UsesTcp ? "TCP" : "UDP")}\n");
        console.Print(string.Create(CultureInfo.InvariantCulture, $"    response_address: \"{TextOf(exchange.Server.Address)}\"\n    response_port: {exchange.Port}\n"));
        console.Print(string.Create(CultureInfo.InvariantCulture, $"    query_address: \"{TextOf(exchange.LocalAddress)}\"\n    query_port: {exchange.LocalPort}\n"));
        console.Print($"    {(isQuery ? "query" : "response")}_message_data:\n");
        PrintHeader(message);
        if (!hasSections)
            return;
        if (lookup.ShowsComments)
            PrintOptions(message);
        DnsTextStyle style = new()
        {
            SplitWidth = settings.SplitWidth,
            International = lookup.PrintsInternational,
            Now = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds(),
        };
        if (lookup.ShowsQuestion)
            PrintQuestions(message, style, isQuery && lookup.IsHeaderOnly);
        if (lookup.ShowsAnswer)
            PrintSection(exchange, message, DnsSection.Answer, style);
        if (lookup.ShowsAuthority)
            PrintSection(exchange, message, DnsSection.Authority, style);
        if (lookup.ShowsAdditional)
        {
            PrintSection(exchange, message, DnsSection.Additional, style);
            PrintSignature(message, style);
        }
    }

    private static string TextOf(IPAddress address) => address.Equals(IPAddress.IPv6Any) ? "::0" : address.ToString();

    private void PrintHeader(DigMessage message)
    {
        DnsHeader header = message.Header;
        bool isUpdate = header.Opcode == (int)DnsOpcode.Update;
        var text = new StringBuilder();
        Line($"opcode: {DigPlusReader.NameOfOpcode(header.Opcode)}");
        Line($"status: {DigText.NameOf(message.ResponseCode, "")}");
        Line(string.Create(CultureInfo.InvariantCulture, $"id: {(ushort)header.Id}"));
        Line($"flags:{DigText.NamesOf(header.Flags)}");
        if (message.HasReservedBit)
            Line("MBZ: 0x4");
        Line(string.Create(CultureInfo.InvariantCulture, $"{(isUpdate ? "ZONE" : "QUESTION")}: {(ushort)header.Questions}"));
        Line(string.Create(CultureInfo.InvariantCulture, $"{(isUpdate ? "PREREQ" : "ANSWER")}: {(ushort)header.Answers}"));
        Line(string.Create(CultureInfo.InvariantCulture, $"{(isUpdate ? "UPDATE" : "AUTHORITY")}: {(ushort)header.Authorities}"));
        Line(string.Create(CultureInfo.InvariantCulture, $"ADDITIONAL: {(ushort)header.Additionals}"));
        console.Print(text.ToString());

        void Line(string line) => text.Append(Indent).Append(line).Append('\n');
    }

    private void PrintOptions(DigMessage message)
    {
        const string Inner = Indent + "    ";
        if (!message.TryReadEdns(out DnsEdns edns))
            return;
        console.Print(string.Create(CultureInfo.InvariantCulture, $"{Indent}OPT_PSEUDOSECTION:\n{Indent}  EDNS:\n{Inner}version: {edns.Version}\n{Inner}flags:{DigOptionText.FlagsOf(edns)}\n"));
        if (DigOptionText.UnknownFlags(edns) is var unknown and not 0)
            console.Print(string.Create(CultureInfo.InvariantCulture, $"{Inner}MBZ: 0x{unknown:x4}\n"));
        console.Print(string.Create(CultureInfo.InvariantCulture, $"{Inner}udp: {edns.PayloadSize}\n"));
        int offset = 0;
        while (edns.ReadOption(ref offset, out DnsOptionCode code, out ReadOnlySpan<byte> value) is OperationStatus.Done)
        {
            console.Print($"{Inner}{DigOptionText.NameOf(code)}:");
            PrintValue(code, value, message, Inner);
            console.Print("\n");
        }
    }

    private void PrintValue(DnsOptionCode code, ReadOnlySpan<byte> value, DigMessage message, string indent)
    {
        if (DigOptionText.NumbersOf(code, value) is { } text)
        {
            console.Print(text);
            return;
        }

        bool isText = false;
        if (code is DnsOptionCode.ClientSubnet)
            console.Print("\n");
        if (code is DnsOptionCode.ExtendedError && value.Length >= 2)
        {
            console.Print($"\n{indent}  INFO-CODE:{DigOptionText.ErrorOf(BinaryPrimitives.ReadUInt16BigEndian(value))}\n"); // without a text, dig leaves an empty line
            value = value[2..];
            isText = !value.IsEmpty;
            if (isText)
                console.Print($"{indent}  EXTRA-TEXT:");
        }

        if (value.IsEmpty)
            return;
        bool isUtf8 = isText && Utf8.IsValid(value);
        console.Print(" ");
        if (!isUtf8)
            console.Print(DigOptionText.Hex(value, code is DnsOptionCode.Cookie ? "" : " "));
        if (code is DnsOptionCode.Cookie)
            console.Print(DigOptionText.CookieVerdict(message, value.Length));
        else if (code is not DnsOptionCode.ClientSubnet)
            console.Print(isText ? $"\"{DigOptionText.Shown(value, isUtf8)}\"" : $"(\"{DigOptionText.Shown(value, isUtf8)}\")");
    }

    private void PrintQuestions(DigMessage message, DnsTextStyle style, bool hasTitle)
    {
        if (message.Questions == 0 && !hasTitle)
            return;
        console.Print($"{Indent}{DigText.TitleOf(message, 0)}_SECTION:\n");
        DnsQuestionReader questions = message.View.ReadQuestions();
        for (int i = 0; i < message.Questions; i++)
        {
            _ = questions.Read();
            var text = new ArrayBufferWriter<byte>();
            DnsRecordText.WriteQuestion(questions.Current, style, text);
            PrintQuoted(text.WrittenSpan, ColumnsOfQuestion);
        }
    }

    private void PrintSection(DigExchange exchange, DigMessage message, DnsSection section, DnsTextStyle style)
    {
        bool isAny = false, hasStart = false;
        DnsRecordReader records = message.View.ReadRecords();
        for (int i = 0; i < message.Records; i++)
        {
            _ = records.Read();
            if (records.Section != section || i == message.EdnsIndex || i == message.SignatureIndex)
                continue;
            if (!isAny)
                console.Print($"{Indent}{DigText.TitleOf(message, (int)section + 1)}_SECTION:\n");
            isAny = true;
            if (section is DnsSection.Answer && records.Current.Type is DnsRecordType.SOA && exchange.Lookup is { HasOneStart: true, Type: DnsRecordType.AXFR })
            {
                if (exchange.Messages > 0 || hasStart)
                    continue;
                hasStart = true;
            }

            PrintRecord(records.Current, style, 1);
        }
    }

    private void PrintSignature(DigMessage message, DnsTextStyle style)
    {
        if (message.SignatureIndex < 0)
            return;
        console.Print($"{Indent}TSIG_PSEUDOSECTION:\n");
        DnsRecordReader records = message.View.ReadRecords();
        for (int i = 0; i <= message.SignatureIndex; i++)
            _ = records.Read();
        PrintRecord(records.Current, style, 0);
        console.Print("\n");
    }

    private void PrintRecord(DnsRecord record, DnsTextStyle style, int depth)
    {
        var text = new ArrayBufferWriter<byte>();
        DigRecordText.Write(record, style, text);
        PrintQuoted(HasAddress(record.Type) ? EndInDigits(text.WrittenSpan) : text.WrittenSpan, ColumnsOfRecord, depth);
    }

    private static bool HasAddress(DnsRecordType type) =>
        type is DnsRecordType.AAAA or DnsRecordType.A6 or DnsRecordType.AMTRELAY or DnsRecordType.IPSECKEY or DnsRecordType.APL;

    // A colon at the end of a word is something else in YAML, so that dig ends addresses in a digit.
    private static byte[] EndInDigits(ReadOnlySpan<byte> record)
    {
        string text = Encoding.ASCII.GetString(record).Replace(":: ", "::0 ", StringComparison.Ordinal).Replace("::/", "::0/", StringComparison.Ordinal);
        return Encoding.ASCII.GetBytes(text.EndsWith("::", StringComparison.Ordinal) ? text + "0" : text);
    }

    // What stands in columns elsewhere is one blank apart here; names have no blanks that are not escaped.
    private static string OneBlankApart(string text, int columns)
    {
        for (int i = 0, at = 0; i < columns; i++)
        {
            int start = text.AsSpan(at).IndexOfAny(' ', '\t') + at;
            if (start < at)
                break;
            int blanks = text.AsSpan(start).IndexOfAnyExcept(' ', '\t');
            int end = blanks < 0 ? text.Length : start + blanks;
            text = $"{text[..start]} {text[end..]}";
            at = start + 1;
        }

        return text;
    }

    private void PrintQuoted(ReadOnlySpan<byte> text, int columns, int depth = 1)
    {
        console.Print(depth == 0 ? $"{Indent}- '" : $"{Indent}  - '");
        console.Print(OneBlankApart(Encoding.UTF8.GetString(text), columns).Replace("'", "''", StringComparison.Ordinal));
        console.Print("'\n");
    }
}
