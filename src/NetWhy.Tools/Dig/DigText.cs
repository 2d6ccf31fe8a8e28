using System.Buffers;
using System.Globalization;
using NetWhy.Wire.Dns;

namespace NetWhy.Tools.Dig;

/// <summary>Prints messages as dig does.</summary>
/// <param name="settings">What holds for all.</param>
/// <param name="console">Where to.</param>
internal sealed class DigText(DigSettings settings, DigConsole console)
{
    private static readonly string[] Titles = ["QUESTION", "ANSWER", "AUTHORITY", "ADDITIONAL"];
    private static readonly string[] UpdateTitles = ["ZONE", "PREREQUISITE", "UPDATE", "ADDITIONAL"];

    private static readonly (DnsFlags Flag, string Name)[] FlagNames =
    [
        (DnsFlags.Response, " qr"), (DnsFlags.AuthoritativeAnswer, " aa"), (DnsFlags.Truncated, " tc"), (DnsFlags.RecursionDesired, " rd"),
        (DnsFlags.RecursionAvailable, " ra"), (DnsFlags.AuthenticData, " ad"), (DnsFlags.CheckingDisabled, " cd"),
    ];

    /// <summary>How records of a lookup are printed.</summary>
    /// <param name="lookup">The lookup.</param>
    internal DnsTextStyle StyleOf(DigLookup lookup) => new()
    {
        Multiline = lookup.IsMultiline,
        SplitWidth = settings.SplitWidth,
        OmitCrypto = lookup.OmitsCrypto,
        Comments = lookup.HasRecordComments,
        UnknownFormat = lookup.IsUnknownFormat,
        TimeUnits = lookup.HasTimeUnits,
        OmitTimeToLive = lookup.OmitsTimeToLive,
        OmitClass = lookup.OmitsClass,
        ExpandAddresses = lookup.ExpandsAddresses,
        International = lookup.PrintsInternational,
        Now = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds(),
    };

    /// <summary>The name of a response code, as dig's header has it.</summary>
    /// <param name="code">The code.</param>
    /// <param name="unknownPrefix">What stands before the number of a code without a name.</param>
    internal static string NameOf(DnsResponseCode code, string unknownPrefix) => code switch
    {
        >= (DnsResponseCode)11 and <= (DnsResponseCode)15 => string.Create(CultureInfo.InvariantCulture, $"RESERVED{(int)code}"),
        > (DnsResponseCode)15 and not (DnsResponseCode.BadVersion or DnsResponseCode.BadCookie) => string.Create(CultureInfo.InvariantCulture, $"{unknownPrefix}{(int)code}"),
        _ => code.Mnemonic,
    };

    /// <summary>The names of the flags that are set, each behind a blank.</summary>
    /// <param name="flags">The flags.</param>
    internal static string NamesOf(DnsFlags flags)
    {
        string names = "";
        foreach ((DnsFlags flag, string name) in FlagNames)
            names += (flags & flag) != 0 ? name : "";
        return names;
    }

    /// <summary>The title of a section.</summary>
    /// <param name="message">Its message: updates call them otherwise.</param>
    /// <param name="section">0 for the question, then in their order.</param>
    internal static string TitleOf(DigMessage message, int section) =>
        (message.Header.Opcode == (int)DnsOpcode.Update ? UpdateTitles : Titles)[section];

    /// <summary>Prints the head of a lookup's output, once.</summary>
    /// <param name="lookup">The lookup.</param>
    internal void PrintBanner(DigLookup lookup)
    {
        if (!settings.IsShort && !lookup.IsPrefixSearch && settings.ShowsCommand)
            console.Print(lookup.Banner);
        lookup.Banner = "";
    }

    /// <summary>Prints a message.</summary>
    /// <param name="exchange">How it came, or went.</param>
    /// <param name="message">The message.</param>
    /// <param name="isQuery">Whether it is the query.</param>
    internal void Print(DigExchange exchange, DigMessage message, bool isQuery)
    {
        DigLookup lookup = exchange.Lookup;
        if (console.Json is { } json)
        {
            if (!isQuery)
                json.Add(exchange, message);
            return;
        }

        PrintBanner(lookup);
        bool isLong = !settings.IsShort && !lookup.IsPrefixSearch;
        if (settings.IsYaml)
        {
            new DigYaml(settings, console).Print(exchange, message, isQuery, isLong);
            if (!isLong)
                PrintShort(exchange, message);
            return;
        }

        if (!isLong)
        {
            PrintShort(exchange, message);
            return;
        }

        if (lookup.ShowsComments)
        {
            PrintHeader(lookup, message, isQuery);
            console.Print("\n");
            DigOptionText.Print(message, console, isUnpadded: isQuery && lookup.Padding > 0);
        }

        DnsTextStyle style = StyleOf(lookup);
        if (lookup.ShowsQuestion)
            PrintQuestions(lookup, message, style, isQuery);
        if (lookup.ShowsAnswer)
            PrintSection(exchange, message, DnsSection.Answer, style);
        if (lookup.ShowsAuthority)
            PrintSection(exchange, message, DnsSection.Authority, style);
        if (lookup.ShowsAdditional)
        {
            PrintSection(exchange, message, DnsSection.Additional, style);
            PrintSignature(lookup, message, style);
        }
    }

    /// <summary>Prints when, from whom and how much came.</summary>
    /// <param name="exchange">The exchange.</param>
    /// <param name="length">Octets of the message.</param>
    internal void PrintReceived(DigExchange exchange, int length)
    {
        DigLookup lookup = exchange.Lookup;
        if (settings.IsShort || settings.IsYaml)
            return;
        long microseconds = (long)exchange.Elapsed.TotalMicroseconds;
        string server = string.Create(CultureInfo.InvariantCulture, $"{exchange.Server.Text}#{exchange.Port}({exchange.Server.Word})");
        if (lookup.ShowsStatistics)
        {
            console.Print(lookup.UsesMicroseconds
                ? string.Create(CultureInfo.InvariantCulture, $";; Query time: {microseconds} usec\n")
                : string.Create(CultureInfo.InvariantCulture, $";; Query time: {microseconds / 1000} msec\n"));
            console.Print($";; SERVER: {server} ({lookup.TransportName})\n");
            console.Print($";; WHEN: {DigClock.Now()}\n");
            console.Print(lookup.IsTransfer
                ? string.Create(CultureInfo.InvariantCulture, $";; XFR size: {exchange.Records} records (messages {exchange.Messages}, bytes {exchange.Octets})\n")
                : string.Create(CultureInfo.InvariantCulture, $";; MSG SIZE  rcvd: {length}\n"));
            if (exchange.HasUnverified)
                console.Print(";; WARNING -- Some TSIG could not be validated\n");
            if (exchange.HasUnusedKey)
                console.Print(";; WARNING -- TSIG key was not used.\n");
            console.Print("\n");
        }
        else if (lookup.Identifies)
        {
            long size = lookup.IsTransfer ? exchange.Octets : length;
            console.Print(string.Create(CultureInfo.InvariantCulture, $";; Received {size} bytes from {server} in {(lookup.UsesMicroseconds ? microseconds : microseconds / 1000)} {(lookup.UsesMicroseconds ? "us" : "ms")}\n\n"));
        }
    }

    private void PrintHeader(DigLookup lookup, DigMessage message, bool isQuery)
    {
        DnsHeader header = message.Header;
        console.Print(isQuery ? ";; Sending:\n" : ";; Got answer:\n");
        if (IsLocal(message))
        {
            console.Print(";; WARNING: .local is reserved for Multicast DNS\n;; You are currently testing what happens when an mDNS query is leaked to DNS\n");
        }

        string status = NameOf(message.ResponseCode, "?");
        console.Print(string.Create(CultureInfo.InvariantCulture, $";; ->>HEADER<<- opcode: {DigPlusReader.NameOfOpcode(header.Opcode)}, status: {status}, id: {(ushort)header.Id}\n"));
        console.Print($";; flags:{NamesOf(header.Flags)}{(message.HasReservedBit ? "; MBZ: 0x4" : "")}");
        console.Print(string.Create(CultureInfo.InvariantCulture, $"; QUERY: {(ushort)header.Questions}, ANSWER: {(ushort)header.Answers}, AUTHORITY: {(ushort)header.Authorities}, ADDITIONAL: {(ushort)header.Additionals}\n"));
        if (isQuery)
            return;
        if ((header.Flags & (DnsFlags.RecursionDesired | DnsFlags.RecursionAvailable)) == DnsFlags.RecursionDesired)
            console.Print(";; WARNING: recursion requested but not available\n");
        if (lookup.EdnsVersion is not null && message.EdnsIndex < 0 && message.ResponseCode is DnsResponseCode.FormatError or DnsResponseCode.NotImplemented)
            console.Print($"\n;; WARNING: EDNS query returned status {status} - retry with '{(lookup.IsDnssecOk ? "+nodnssec " : "")}+noedns'\n");
        if (message.ExtraOctets > 0)
            console.Print(string.Create(CultureInfo.InvariantCulture, $";; WARNING: Message has {message.ExtraOctets} extra bytes at end\n"));
    }

    private static bool IsLocal(DigMessage message)
    {
        int offset = 0;
        _ = DnsName.Read("\u0005local\0"u8, ref offset, out DnsName local);
        DnsQuestionReader questions = message.View.ReadQuestions();
        for (int i = 0; i < message.Questions; i++)
        {
            if (questions.Read() is OperationStatus.Done && questions.Current.Name.IsWithin(local))
                return true;
        }

        return false;
    }

    private void PrintQuestions(DigLookup lookup, DigMessage message, DnsTextStyle style, bool isQuery)
    {
        // Of a query without a question, dig prints the name that it has in mind: nothing, under a title.
        if (message.Questions == 0 && !(isQuery && lookup.IsHeaderOnly))
            return;
        if (lookup.ShowsComments)
            console.Print($";; {TitleOf(message, 0)} SECTION:\n");
        // A question has its class whatever is left out of records, in the columns that these have then.
        if (style.OmitClass)
            style = style with { OmitClass = false, Multiline = style.Multiline || style.OmitTimeToLive, OmitTimeToLive = true };
        DnsQuestionReader questions = message.View.ReadQuestions();
        for (int i = 0; i < message.Questions; i++)
        {
            _ = questions.Read();
            console.Print(";");
            DnsRecordText.WriteQuestion(questions.Current, style, console.Writer);
            console.Print("\n");
        }

        if (lookup.ShowsComments)
            console.Print("\n");
    }

    private void PrintSection(DigExchange exchange, DigMessage message, DnsSection section, DnsTextStyle style)
    {
        DigLookup lookup = exchange.Lookup;
        bool isAny = false, hasStart = false;
        DnsRecordReader records = message.View.ReadRecords();
        for (int i = 0; i < message.Records; i++)
        {
            _ = records.Read();
            if (records.Section != section || i == message.EdnsIndex || i == message.SignatureIndex)
                continue;
            if (!isAny && lookup.ShowsComments)
                console.Print($";; {TitleOf(message, (int)section + 1)} SECTION:\n");
            isAny = true;
            if (section is DnsSection.Answer && records.Current.Type is DnsRecordType.SOA && lookup is { HasOneStart: true, Type: DnsRecordType.AXFR })
            {
                if (exchange.Messages > 0 || hasStart)
                    continue;
                hasStart = true;
            }

            DigRecordText.Write(records.Current, style, console.Writer);
            console.Print("\n");
        }

        if (isAny && lookup.ShowsComments)
            console.Print("\n");
    }

    private void PrintSignature(DigLookup lookup, DigMessage message, DnsTextStyle style)
    {
        if (message.SignatureIndex < 0)
            return;
        if (lookup.ShowsComments)
            console.Print(";; TSIG PSEUDOSECTION:\n");
        DnsRecordReader records = message.View.ReadRecords();
        for (int i = 0; i <= message.SignatureIndex; i++)
            _ = records.Read();
        DigRecordText.Write(records.Current, style, console.Writer);
        console.Print(lookup.ShowsComments ? "\n\n" : "\n");
    }

    private void PrintShort(DigExchange exchange, DigMessage message)
    {
        DigLookup lookup = exchange.Lookup;
        if (!lookup.ShowsAnswer)
            return;
        if (lookup.IsPrefixSearch)
        {
            foreach (string prefix in DigPrefixes.Of(message))
                console.Print($"{prefix}\n");
            return;
        }

        // Every record on a line of its own, whatever is said of several lines.
        DnsTextStyle style = StyleOf(lookup) with { Multiline = false, Comments = lookup.HasRecordComments is true, International = false };
        DnsRecordReader records = message.View.ReadRecords();
        for (int i = 0; i < message.Records; i++)
        {
            _ = records.Read();
            if (records.Section is not DnsSection.Answer)
                break;
            if (i == message.EdnsIndex)
                continue;
            if (lookup.IsTrace || lookup.IsAuthoritySearch)
                console.Print($"{records.Current.Type.Mnemonic} ");
            DnsRecordText.WriteData(records.Current, style, console.Writer);
            if (lookup.Identifies)
            {
                long microseconds = (long)exchange.Elapsed.TotalMicroseconds;
                console.Print(string.Create(CultureInfo.InvariantCulture, $" from server {exchange.Server.Text} in {(lookup.UsesMicroseconds ? microseconds : microseconds / 1000)} {(lookup.UsesMicroseconds ? "us" : "ms")}."));
            }

            console.Print("\n");
        }
    }
}
