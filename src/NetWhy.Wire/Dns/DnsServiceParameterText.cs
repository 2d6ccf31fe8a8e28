using System.Buffers;

namespace NetWhy.Wire.Dns;

/// <summary>Writes the parameters of SVCB and HTTPS records, each behind a space. Source: RFC 9460, section 2.1 and appendix A.</summary>
internal static class DnsServiceParameterText
{
    internal static void Write(scoped ref DnsBufferWriter writer, scoped ref DnsDataReader reader)
    {
        var parameters = new DnsServiceParameters(reader.Rest());
        while (parameters.Read() is OperationStatus.Done)
        {
            writer.Add((byte)' ');
            WriteKey(ref writer, parameters.Key);
            ReadOnlySpan<byte> value = parameters.Value;
            if (!TryWriteValue(ref writer, parameters.Key, value))
                reader.Fail();
        }

        if (!parameters.IsComplete)
            reader.Fail();
    }

    private static void WriteKey(scoped ref DnsBufferWriter writer, DnsServiceParameterKey key)
    {
        if (key.KnownMnemonic is { } name && key <= DnsServiceParameterKey.IPv6Hint) // those that BIND 9.18 knows
        {
            writer.Add(name);
            return;
        }

        writer.Add("key"u8);
        writer.AddNumber((ushort)key);
    }

    private static bool TryWriteValue(scoped ref DnsBufferWriter writer, DnsServiceParameterKey key, ReadOnlySpan<byte> value)
    {
        switch (key)
        {
            case DnsServiceParameterKey.Mandatory:
                if (value.IsEmpty || value.Length % 2 != 0)
                    return false;

                for (int i = 0; i < value.Length; i += 2)
                {
                    writer.Add(i == 0 ? (byte)'=' : (byte)',');
                    WriteKey(ref writer, (DnsServiceParameterKey)((value[i] << 8) | value[i + 1]));
                }

                return true;
            case DnsServiceParameterKey.Protocols:
                return TryWriteProtocols(ref writer, value);
            case DnsServiceParameterKey.NoDefaultProtocol:
                return value.IsEmpty;
            case DnsServiceParameterKey.Port:
                if (value.Length != sizeof(ushort))
                    return false;

                writer.Add((byte)'=');
                writer.AddNumber((ulong)((value[0] << 8) | value[1]));
                return true;
            case DnsServiceParameterKey.IPv4Hint or DnsServiceParameterKey.IPv6Hint:
                return TryWriteAddresses(ref writer, value, key is DnsServiceParameterKey.IPv4Hint ? 4 : 16);
            case DnsServiceParameterKey.EncryptedHello:
                if (value.IsEmpty)
                    return false;

                writer.Add((byte)'=');
                writer.AddBase64(value);
                return true;
            default:
                if (!value.IsEmpty)
                {
                    writer.Add((byte)'=');
                    DnsDataText.WriteQuoted(ref writer, value);
                }

                return true;
        }
    }

    private static bool TryWriteAddresses(scoped ref DnsBufferWriter writer, ReadOnlySpan<byte> value, int size)
    {
        if (value.IsEmpty || value.Length % size != 0)
            return false;

        for (int i = 0; i < value.Length; i += size)
        {
            writer.Add(i == 0 ? (byte)'=' : (byte)',');
            if (size == 4)
                DnsAddressText.WriteIPv4(ref writer, value.Slice(i, size));
            else
                DnsAddressText.WriteIPv6(ref writer, value.Slice(i, size));
        }

        return true;
    }

    // A comma within an identifier is escaped twice: as part of a list, and then as part of a string. A space is escaped, too.
    private static bool TryWriteProtocols(scoped ref DnsBufferWriter writer, ReadOnlySpan<byte> value)
    {
        writer.Add("=\""u8);
        bool isFirst = true;
        while (!value.IsEmpty)
        {
            int length = value[0];
            if (length == 0 || length >= value.Length)
                return false;

            if (!isFirst)
                writer.Add((byte)',');
            foreach (byte octet in value.Slice(1, length))
            {
                switch (octet)
                {
                    case (byte)',':
                        writer.Add("\\\\,"u8);
                        break;
                    case (byte)'\\':
                        writer.Add("\\\\\\\\"u8);
                        break;
                    case (byte)'"':
                        writer.Add("\\\""u8);
                        break;
                    case <= (byte)' ' or >= 0x7f:
                        writer.Add((byte)'\\');
                        writer.AddNumber(octet, 3);
                        break;
                    default:
                        writer.Add(octet);
                        break;
                }
            }

            value = value[(1 + length)..];
            isFirst = false;
        }

        writer.Add((byte)'"');
        return !isFirst;
    }
}
