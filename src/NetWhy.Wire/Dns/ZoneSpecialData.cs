namespace NetWhy.Wire.Dns;

/// <summary>Reads data that few types have, as zone files write it.</summary>
internal static class ZoneSpecialData
{
    // Source: IANA, "Service Name and Transport Protocol Port Number Registry": those that are older than WKS.
    private static readonly (string Name, ushort Number)[] ServiceNames =
    [
        ("echo", 7), ("discard", 9), ("systat", 11), ("daytime", 13), ("netstat", 15), ("qotd", 17), ("chargen", 19), ("ftp-data", 20), ("ftp", 21),
        ("ssh", 22), ("telnet", 23), ("smtp", 25), ("time", 37), ("nameserver", 42), ("whois", 43), ("tacacs", 49), ("domain", 53), ("bootps", 67),
        ("bootpc", 68), ("tftp", 69), ("gopher", 70), ("finger", 79), ("http", 80), ("www", 80), ("kerberos", 88), ("hostname", 101), ("pop2", 109),
        ("pop3", 110), ("sunrpc", 111), ("auth", 113), ("sftp", 115), ("nntp", 119), ("ntp", 123), ("imap", 143), ("imap2", 143), ("snmp", 161),
        ("snmp-trap", 162), ("bgp", 179), ("irc", 194), ("https", 443),
    ];

    // Source: IANA, "Protocol Numbers".
    private static readonly (string Name, ushort Number)[] ProtocolNames =
        [("icmp", 1), ("igmp", 2), ("ggp", 3), ("st", 5), ("tcp", 6), ("egp", 8), ("igp", 9), ("udp", 17), ("hmp", 20), ("rdp", 27), ("sctp", 132)];

    internal static bool TryAddNsap(ZoneFileTokenizer tokens, scoped ref DnsBufferWriter writer)
    {
        if (!ZoneDataParser.TryTake(tokens, "expected an address of OSI", out ZoneFileToken token))
            return false;

        ReadOnlySpan<byte> text = tokens.TextOf(token);
        if (text.Length < 3 || text[0] != '0' || (text[1] | 0x20) != 'x')
            return tokens.Fail(token, "expected an address of OSI, such as 0x47.0005");

        return TryAddDotted(tokens, token, text[2..], ref writer);
    }

    internal static bool TryAddAtma(ZoneFileTokenizer tokens, scoped ref DnsBufferWriter writer)
    {
        if (!ZoneDataParser.TryTake(tokens, "expected an address of ATM", out ZoneFileToken token))
            return false;

        ReadOnlySpan<byte> text = tokens.TextOf(token);
        bool isTelephone = text.Length > 1 && text[0] == '+';
        writer.Add(isTelephone ? (byte)1 : (byte)0);
        if (!isTelephone)
            return text.Length > 0 ? TryAddDotted(tokens, token, text, ref writer) : tokens.Fail(token, "expected an address of ATM");

        foreach (byte octet in text[1..])
        {
            if (octet == '.')
                continue;
            if (!char.IsAsciiDigit((char)octet))
                return tokens.Fail(token, "expected digits behind the +");

            writer.Add(octet);
        }

        return true;
    }

    internal static bool TryAddOldBitmap(ZoneFileTokenizer tokens, scoped ref DnsBufferWriter writer)
    {
        const int MostType = 127; // RFC 2535, section 5.2

        Span<byte> bits = stackalloc byte[(MostType + 1) / 8];
        bits.Clear();
        ZoneFileToken token = tokens.Next();
        for (; !token.IsEnd; token = tokens.Next())
        {
            if (token.Kind is not ZoneFileTokenKind.Word
                || (!ZoneDataParser.TryReadType(tokens.TextOf(token), out DnsRecordType type) && !TryParsePlain(tokens.TextOf(token), out type))
                || (ushort)type > MostType)
            {
                return tokens.Fail(token, "expected a type of at most 127");
            }

            bits[(ushort)type / 8] |= (byte)(0x80 >> ((ushort)type % 8));
        }

        tokens.PushBack(token);
        writer.Add(bits.TrimEnd((byte)0));
        return true;
    }

    internal static bool TryAddServices(ZoneFileTokenizer tokens, scoped ref DnsBufferWriter writer)
    {
        if (!ZoneDataParser.TryTake(tokens, "expected a protocol", out ZoneFileToken token))
            return false;
        if (!TryParseNamed(ProtocolNames, tokens.TextOf(token), out ushort protocol) || protocol > byte.MaxValue)
            return tokens.Fail(token, "expected a protocol, such as tcp, or its number");

        writer.Add((byte)protocol);
        byte[] bits = new byte[(ushort.MaxValue + 1) / 8];
        for (token = tokens.Next(); !token.IsEnd; token = tokens.Next())
        {
            if (token.Kind is not ZoneFileTokenKind.Word || !TryParseNamed(ServiceNames, tokens.TextOf(token), out ushort service))
                return tokens.Fail(token, "expected a service, such as smtp, or its port");

            bits[service / 8] |= (byte)(0x80 >> (service % 8));
        }

        tokens.PushBack(token);
        writer.Add(bits.AsSpan().TrimEnd((byte)0));
        return true;
    }

    internal static bool TryAddPrefixes(ZoneFileTokenizer tokens, scoped ref DnsBufferWriter writer)
    {
        Span<byte> address = stackalloc byte[16];
        ZoneFileToken token = tokens.Next();
        for (; !token.IsEnd; token = tokens.Next())
        {
            const string Expected = "expected a prefix, such as 1:192.0.2.0/24 or !2:2001:db8::/32";
            if (token.Kind is not ZoneFileTokenKind.Word)
                return tokens.Fail(token, Expected);

            ReadOnlySpan<byte> text = tokens.TextOf(token);
            bool isNegated = text.Length > 0 && text[0] == '!';
            text = isNegated ? text[1..] : text;
            int slash = text.LastIndexOf((byte)'/');
            if (text.Length < 3 || text[1] != ':' || slash < 2)
                return tokens.Fail(token, Expected);

            bool isIPv4 = text[0] == '1', isIPv6 = text[0] == '2';
            ReadOnlySpan<byte> place = text[2..slash], prefixText = text[(slash + 1)..];
            if (!(isIPv4 && ZoneDataParser.TryParseIPv4(place, address)) && !(isIPv6 && ZoneDataParser.TryParseIPv6(place, address)))
                return tokens.Fail(token, Expected);
            if (prefixText.IsEmpty || prefixText.IndexOfAnyExceptInRange((byte)'0', (byte)'9') >= 0 || !byte.TryParse(prefixText, out byte prefix) || prefix > (isIPv4 ? 32 : 128))
                return tokens.Fail(token, Expected);

            ReadOnlySpan<byte> part = address[..(isIPv4 ? 4 : 16)].TrimEnd((byte)0);
            ZoneDataParser.AddUInt16(ref writer, isIPv4 ? 1u : 2u);
            writer.Add(prefix);
            writer.Add((byte)(part.Length | (isNegated ? 0x80 : 0)));
            writer.Add(part);
            if (writer.Length > ushort.MaxValue)
                return tokens.Fail(token, "the data is more than 65535 octets");
        }

        tokens.PushBack(token);
        return true;
    }

    internal static bool TryAddA6(ZoneFileTokenizer tokens, ReadOnlySpan<byte> origin, scoped ref DnsBufferWriter writer)
    {
        const int MostBits = 128;

        if (!ZoneDataParser.TryReadNumber(tokens, MostBits, out ulong prefix))
            return false;

        writer.Add((byte)prefix);
        if (prefix != MostBits)
        {
            int start = writer.Length;
            if (!ZoneDataParser.TryReadIPv6(tokens, ref writer))
                return false;

            // The octets before the prefix's end are not sent, and its bits in the last of them are 0.
            Span<byte> suffix = stackalloc byte[16];
            int skipped = (int)prefix / 8;
            writer.Written[(start + skipped)..].CopyTo(suffix);
            suffix[0] &= (byte)(0xff >> ((int)prefix % 8));
            writer.Length = start;
            writer.Add(suffix[..(16 - skipped)]);
        }

        return prefix == 0 || ZoneDataParser.TryAddName(tokens, origin, ref writer);
    }

    internal static bool TryAddGateway(ZoneFileTokenizer tokens, DnsDataField field, ReadOnlySpan<byte> origin, scoped ref DnsBufferWriter writer)
    {
        ulong kind, number;
        if (field is DnsDataField.AmtRelay)
        {
            if (!ZoneDataParser.TryReadNumber(tokens, 1, out number) || !ZoneDataParser.TryReadNumber(tokens, 0x7f, out kind))
                return false;

            writer.Add((byte)((number << 7) | kind));
        }
        else
        {
            if (!ZoneDataParser.TryReadNumber(tokens, byte.MaxValue, out number) || !ZoneDataParser.TryReadNumber(tokens, byte.MaxValue, out kind)
                || !ZoneDataParser.TryReadNumber(tokens, byte.MaxValue, out ulong algorithm))
            {
                return false;
            }

            writer.Add((byte)number);
            writer.Add((byte)kind);
            writer.Add((byte)algorithm);
        }

        return kind switch
        {
            0 => ZoneDataParser.TryTake(tokens, "expected a dot", out ZoneFileToken dot)
                && (tokens.TextOf(dot).SequenceEqual("."u8) || tokens.Fail(dot, "expected a dot for no gateway")),
            1 => ZoneDataParser.TryReadIPv4(tokens, ref writer),
            2 => ZoneDataParser.TryReadIPv6(tokens, ref writer),
            3 => ZoneDataParser.TryAddName(tokens, origin, ref writer),
            _ => tokens.Fail(tokens.Next(), "expected a kind of gateway from 0 to 3"),
        };
    }

    internal static bool TryAddHip(ZoneFileTokenizer tokens, scoped ref DnsBufferWriter writer)
    {
        if (!ZoneDataParser.TryReadNumber(tokens, byte.MaxValue, out ulong algorithm))
            return false;

        int start = writer.Length;
        writer.Add(0);
        writer.Add((byte)algorithm);
        ZoneDataParser.AddUInt16(ref writer, 0);
        int tagStart = writer.Length;
        if (!ZoneDataParser.TryTake(tokens, "expected a host identity tag", out ZoneFileToken token)
            || !ZoneDataParser.TryAddHex(tokens, token, tokens.TextOf(token), ref writer))
        {
            return false;
        }

        int keyStart = writer.Length;
        if (keyStart - tagStart is 0 or > byte.MaxValue)
            return tokens.Fail(token, "expected a host identity tag of 1 to 255 octets");
        if (!ZoneDataParser.TryTake(tokens, "expected a key", out token) || !ZoneDataParser.TryAddBase64(tokens, token, tokens.TextOf(token), ref writer))
            return false;

        int keyLength = writer.Length - keyStart;
        if (keyLength is 0 or > ushort.MaxValue)
            return tokens.Fail(token, "expected a key of 1 to 65535 octets");

        writer.SetAt(start, (byte)(keyStart - tagStart));
        writer.SetAt(start + 2, (byte)(keyLength >> 8));
        writer.SetAt(start + 3, (byte)keyLength);
        return true;
    }

    private static bool TryAddDotted(ZoneFileTokenizer tokens, ZoneFileToken token, ReadOnlySpan<byte> text, scoped ref DnsBufferWriter writer)
    {
        var digits = new DnsBufferWriter();
        foreach (byte octet in text)
        {
            if (octet != '.')
                digits.Add(octet);
        }

        bool isRead = ZoneDataParser.TryAddHex(tokens, token, digits.Written, ref writer);
        digits.Dispose();
        return isRead;
    }

    private static bool TryParseNamed((string Name, ushort Number)[] names, ReadOnlySpan<byte> text, out ushort number)
    {
        foreach ((string name, ushort known) in names)
        {
            if (System.Text.Ascii.EqualsIgnoreCase(text, name))
            {
                number = known;
                return true;
            }
        }

        number = 0;
        return text.IndexOfAnyExceptInRange((byte)'0', (byte)'9') < 0 && ushort.TryParse(text, out number);
    }

    private static bool TryParsePlain(ReadOnlySpan<byte> text, out DnsRecordType type)
    {
        bool isNumber = text.IndexOfAnyExceptInRange((byte)'0', (byte)'9') < 0 & ushort.TryParse(text, out ushort number);
        type = (DnsRecordType)number;
        return isNumber;
    }
}
