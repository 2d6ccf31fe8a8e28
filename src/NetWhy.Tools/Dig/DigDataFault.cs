using System.Buffers;
using NetWhy.Wire.Dns;

namespace NetWhy.Tools.Dig;

/// <summary>Says what is wrong with names and data of messages, in BIND's words.</summary>
internal static class DigDataFault
{
    private const int PointerMask = 0xc0;

    /// <summary>What is wrong with a record's data; null if nothing is.</summary>
    /// <param name="record">The record.</param>
    /// <param name="message">Its message.</param>
    /// <param name="offset">Where in the message the data begins.</param>
    internal static string? Of(DnsRecord record, ReadOnlySpan<byte> message, int offset)
    {
        if (record.Type is DnsRecordType.OPT)
            return OfOptions(record);
        return record.IsDataSound || IsUnknownRelay(record) ? null : OfNames(record, message, offset) ?? OfData(record);
    }

    /// <summary>What is wrong with a name; null if nothing is.</summary>
    /// <param name="message">The message.</param>
    /// <param name="offset">Where the name begins.</param>
    internal static string? OfName(ReadOnlySpan<byte> message, int offset)
    {
        int length = 0, lowest = offset;
        while (true)
        {
            if (offset >= message.Length)
                return "unexpected end of input";
            int octet = message[offset];
            switch (octet & PointerMask)
            {
                case 0:
                    length += octet + 1;
                    if (length > DnsName.MaxLength)
                        return "name too long";
                    if (octet == 0)
                        return null;
                    offset += octet + 1;
                    break;
                case PointerMask:
                    if (offset + 1 >= message.Length)
                        return "unexpected end of input";
                    int target = ((octet & ~PointerMask) << 8) | message[offset + 1];
                    if (target >= lowest)
                        return "bad compression pointer";
                    (offset, lowest) = (target, target);
                    break;
                default:
                    return "bad label type";
            }
        }
    }

    /// <summary>Where a name ends.</summary>
    /// <param name="message">The message.</param>
    /// <param name="offset">Where it begins.</param>
    internal static int SkipName(ReadOnlySpan<byte> message, int offset)
    {
        while (offset < message.Length)
        {
            int octet = message[offset];
            if (octet == 0)
                return offset + 1;
            if ((octet & PointerMask) == PointerMask)
                return offset + 2;
            offset += octet + 1;
        }

        return offset;
    }

    // A relay of a type that nobody has defined is data without a form. Source: RFC 8777, section 4.2.3.
    private static bool IsUnknownRelay(DnsRecord record)
    {
        const int LastRelayType = 3, DiscoveryBit = 0x80;
        return record.Type is DnsRecordType.AMTRELAY && record.Data.Length >= 2 && (record.Data[1] & ~DiscoveryBit) > LastRelayType;
    }

    // Where the names of a type lie, the second behind the first; what is wrong with one of them is told by its kind.
    private static string? OfNames(DnsRecord record, ReadOnlySpan<byte> message, int offset)
    {
        (int first, int names) = record.Type switch
        {
            DnsRecordType.NS or DnsRecordType.CNAME or DnsRecordType.PTR or DnsRecordType.DNAME or DnsRecordType.NSEC => (0, 1),
            DnsRecordType.SOA or DnsRecordType.RP => (0, 2),
            DnsRecordType.MX or DnsRecordType.AFSDB or DnsRecordType.KX or DnsRecordType.SVCB or DnsRecordType.HTTPS => (2, 1),
            DnsRecordType.SRV => (6, 1),
            DnsRecordType.RRSIG => (18, 1),
            _ => (0, 0),
        };
        int at = offset + first;
        message = message[..(offset + record.Data.Length)];
        for (int i = 0; i < names; i++, at = SkipName(message, at))
        {
            if (OfName(message, at) is { } fault)
                return fault;
        }

        return null;
    }

    private static string OfData(DnsRecord record)
    {
        // What a known type lacks is missing at its end as a rule; more than it takes is left over.
        int length = record.Type switch { DnsRecordType.A when record.Class is DnsClass.Internet => 4, DnsRecordType.AAAA => 16, _ => -1 };
        return length >= 0 && record.Data.Length > length ? "extra input data" : "unexpected end of input";
    }

    private static string? OfOptions(DnsRecord record)
    {
        _ = record.ReadEdns(out DnsEdns edns);
        int offset = 0;
        OperationStatus status;
        while ((status = edns.ReadOption(ref offset, out DnsOptionCode code, out ReadOnlySpan<byte> value)) is OperationStatus.Done)
        {
            bool isOdd = code switch
            {
                DnsOptionCode.ClientSubnet => !IsSubnet(value),
                DnsOptionCode.Expire => value.Length is not (0 or 4),
                DnsOptionCode.Cookie => value.Length is not (8 or (>= 16 and <= 40)),
                DnsOptionCode.KeyTag => value.Length == 0 || value.Length % 2 != 0,
                DnsOptionCode.ExtendedError => value.Length < 2,
                DnsOptionCode.ClientTag or DnsOptionCode.ServerTag => value.Length != 2,
                _ => false,
            };
            if (isOdd)
                return "malformed OPT option";
        }

        return status is OperationStatus.NeedMoreData ? null : "unexpected end of input";
    }

    private static bool IsSubnet(ReadOnlySpan<byte> value)
    {
        const int HeadSize = 4, Bits = 8;
        if (value.Length < HeadSize)
            return false;
        int family = (value[0] << 8) | value[1], source = value[2], scope = value[3];
        int most = family switch { 0 => 0, 1 => 32, 2 => 128, _ => -1 };
        if (most < 0 || source > most || scope > most || value.Length - HeadSize != (source + Bits - 1) / Bits)
            return false;
        return source % Bits == 0 || (value[^1] & (0xff >> (source % Bits))) == 0;
    }
}
