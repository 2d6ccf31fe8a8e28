using System.Buffers.Binary;

namespace NetWhy.Wire.Dns;

/// <summary>Reads the parameters of SVCB and HTTPS records as zone files write them. Source: RFC 9460, section 2.1 and appendix A.</summary>
internal static class ZoneServiceParameters
{
    internal static bool TryAdd(ZoneFileTokenizer tokens, scoped ref DnsBufferWriter writer)
    {
        var parameters = new SortedDictionary<ushort, byte[]>(); // they stand in rising order of their keys
        ZoneFileToken token = tokens.Next(isPair: true);
        for (; !token.IsEnd; token = tokens.Next(isPair: true))
        {
            if (token.Kind is not ZoneFileTokenKind.Word)
                return tokens.Fail(token, "expected a parameter, such as port=443");

            ReadOnlySpan<byte> text = tokens.TextOf(token);
            int equals = text.IndexOf((byte)'=');
            ReadOnlySpan<byte> name = equals < 0 ? text : text[..equals];
            ReadOnlySpan<byte> value = equals < 0 ? [] : text[(equals + 1)..];
            if (value.Length > 1 && value[0] == '"')
                value = value[1..^1];
            if (!TryParseKey(name, out DnsServiceParameterKey key))
                return tokens.Fail(token, "expected a parameter, such as port=443, or one as key123");

            var octets = new DnsBufferWriter();
            bool isRead = TryAddValue(tokens, token, key, value, ref octets);
            bool isNew = isRead && octets.Length <= ushort.MaxValue && parameters.TryAdd((ushort)key, octets.Written.ToArray());
            octets.Dispose();
            if (!isRead)
                return tokens.Fail(token, "this value cannot be");
            if (!isNew)
                return tokens.Fail(token, "the parameter is there twice, or too long");
        }

        tokens.PushBack(token);
        if (parameters.TryGetValue((ushort)DnsServiceParameterKey.Mandatory, out byte[]? mandatory))
        {
            for (int i = 0; i < mandatory.Length; i += sizeof(ushort))
            {
                if (!parameters.ContainsKey(BinaryPrimitives.ReadUInt16BigEndian(mandatory.AsSpan(i))))
                    return tokens.Fail(token, "a mandatory parameter is missing");
            }
        }

        foreach ((ushort key, byte[] value) in parameters)
        {
            ZoneDataParser.AddUInt16(ref writer, key);
            ZoneDataParser.AddUInt16(ref writer, (ushort)value.Length);
            writer.Add(value);
            if (writer.Length > ushort.MaxValue)
                return tokens.Fail(token, "the data is more than 65535 octets");
        }

        return true;
    }

    private static bool TryParseKey(ReadOnlySpan<byte> name, out DnsServiceParameterKey key)
    {
        for (key = DnsServiceParameterKey.Mandatory; key.KnownMnemonic is { } known; key++)
        {
            if (System.Text.Ascii.EqualsIgnoreCase(name, known))
                return true;
        }

        key = default;
        if (!name.StartsWith("key"u8) || name.Length == 3 || name[3..].IndexOfAnyExceptInRange((byte)'0', (byte)'9') >= 0
            || (name.Length > 4 && name[3] == '0') || !ushort.TryParse(name[3..], out ushort number))
        {
            return false;
        }

        key = (DnsServiceParameterKey)number;
        return true;
    }

    private static bool TryAddValue(
        ZoneFileTokenizer tokens, ZoneFileToken token, DnsServiceParameterKey key, ReadOnlySpan<byte> text, scoped ref DnsBufferWriter octets)
    {
        if (!ZoneDataParser.TryAddUnescaped(tokens, token, text, ref octets))
            return false;

        byte[] value = octets.Written.ToArray();
        switch (key)
        {
            case DnsServiceParameterKey.Mandatory:
                octets.Length = 0;
                return TryAddMandatory(value, ref octets);
            case DnsServiceParameterKey.Protocols or DnsServiceParameterKey.TlsSupportedGroups when value.Length == 0:
                return false;
            case DnsServiceParameterKey.Protocols:
                octets.Length = 0;
                return TryAddList(value, ref octets);
            case DnsServiceParameterKey.NoDefaultProtocol or DnsServiceParameterKey.ObliviousHttp:
                return value.Length == 0;
            case DnsServiceParameterKey.Port or DnsServiceParameterKey.TlsSupportedGroups:
                octets.Length = 0;
                return TryAddNumbers(value, most: key is DnsServiceParameterKey.Port ? 1 : int.MaxValue, ref octets);
            case DnsServiceParameterKey.IPv4Hint or DnsServiceParameterKey.IPv6Hint:
                octets.Length = 0;
                return TryAddAddresses(value, isIPv4: key is DnsServiceParameterKey.IPv4Hint, ref octets);
            case DnsServiceParameterKey.EncryptedHello:
                octets.Length = 0;
                return value.Length > 0 && ZoneDataParser.TryAddBase64(tokens, token, value, ref octets);
            default:
                return true;
        }
    }

    private static bool TryAddMandatory(ReadOnlySpan<byte> value, scoped ref DnsBufferWriter octets)
    {
        var keys = new SortedSet<ushort>();
        foreach (Range part in value.Split((byte)','))
        {
            if (!TryParseKey(value[part], out DnsServiceParameterKey key) || key is DnsServiceParameterKey.Mandatory || !keys.Add((ushort)key))
                return false;
        }

        foreach (ushort key in keys)
            ZoneDataParser.AddUInt16(ref octets, key);
        return true;
    }

    // Commas divide, unless a backslash stands before them.
    private static bool TryAddList(ReadOnlySpan<byte> value, scoped ref DnsBufferWriter octets)
    {
        int start = 0;
        octets.Add(0);
        for (int i = 0; i <= value.Length; i++)
        {
            if (i == value.Length || value[i] == ',')
            {
                int length = octets.Length - start - 1;
                if (length is 0 or > byte.MaxValue)
                    return false;

                octets.SetAt(start, (byte)length);
                start = octets.Length;
                if (i < value.Length)
                    octets.Add(0);
                continue;
            }

            if (value[i] == '\\' && ++i == value.Length)
                return false;

            octets.Add(value[i]);
        }

        return true;
    }

    private static bool TryAddNumbers(ReadOnlySpan<byte> value, int most, scoped ref DnsBufferWriter octets)
    {
        int count = 0;
        foreach (Range part in value.Split((byte)','))
        {
            if (++count > most || value[part].IndexOfAnyExceptInRange((byte)'0', (byte)'9') >= 0 || !ushort.TryParse(value[part], out ushort number))
                return false;

            ZoneDataParser.AddUInt16(ref octets, number);
        }

        return true;
    }

    private static bool TryAddAddresses(ReadOnlySpan<byte> value, bool isIPv4, scoped ref DnsBufferWriter octets)
    {
        Span<byte> address = stackalloc byte[16];
        foreach (Range part in value.Split((byte)','))
        {
            if (isIPv4 ? !ZoneDataParser.TryParseIPv4(value[part], address) : !ZoneDataParser.TryParseIPv6(value[part], address))
                return false;

            octets.Add(address[..(isIPv4 ? 4 : 16)]);
        }

        return true;
    }
}
