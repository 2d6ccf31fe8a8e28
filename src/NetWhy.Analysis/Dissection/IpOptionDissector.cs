using System.Globalization;
using System.Text;
using NetWhy.Analysis.Fields;

namespace NetWhy.Analysis.Dissection;

/// <summary>Options of IPv4. Sources: RFC 791, section 3.1; IANA, "IP Option Numbers", and the standards named there.</summary>
internal static class IpOptionDissector
{
    private const int HeadLength = 20;

    private static IpOptionFields Fields => IpFields.Options;

    /// <summary>Reads the options of a header.</summary>
    /// <param name="dissection">The packet.</param>
    /// <param name="header">Where the header begins.</param>
    /// <param name="length">How long it is.</param>
    internal static void Read(ref Dissection dissection, int header, int length)
    {
        int offset = header + HeadLength;
        if (length <= HeadLength || !dissection.Need(offset, length - HeadLength))
            return;
        dissection.Fields.AddText(FrameFields.Text, $"Options: ({length - HeadLength} bytes)");
        int head = dissection.Fields.IsWanted(FrameFields.Text) ? dissection.Fields.Last : -1;
        int end = header + length;
        int nops = 0;
        while (offset < end)
        {
            byte type = dissection.U8(offset);
            nops += type == 1 ? 1 : 0;
            if (type == 1 && nops == 4)
                RemarkUnder(ref dissection, head, Fields.FourNops, offset, Fields.FourNops.Label);
            int size = type < 2 ? 1 : offset + 1 < end ? dissection.U8(offset + 1) : 0;
            if (type >= 2 && (size < 2 || offset + size > end))
            {
                RemarkLength(ref dissection, offset, type, offset + 1 < end ? size : -1);
                return;
            }

            if (type >= 2 && FieldOf(type) is { } option)
                dissection.Fields.SayMoreOf(head, $", {option.Label}");
            ReadOption(ref dissection, header, offset, type, size);
            if (type == 0)
                return;
            offset += size;
        }
    }

    private static void RemarkUnder(ref Dissection dissection, int head, Field finding, int offset, string message)
    {
        if (head >= 0)
            dissection.Fields.RemarkOf(head, finding, offset, $"{message}");
        else
            dissection.Fields.Remark(finding, offset, $"{message}");
    }

    // Where no length can be trusted, nothing that follows can be read.
    private static void RemarkLength(ref Dissection dissection, int offset, byte type, int size)
    {
        if (!dissection.Fields.IsWanted(Fields.InvalidLength) && !dissection.Fields.IsWanted(ExpertFields.Message) && !dissection.Fields.IsWanted(ExpertFields.Head))
            return;
        string name = FieldOf(type)?.Label ?? $"Unknown (0x{type:x2})";
        string problem = size switch
        {
            < 0 => "length byte past end of options",
            < 2 => $"with too-short option length = {size} byte{(size == 1 ? "" : "s")}",
            _ => $"option length = {size} bytes says option goes past end of options",
        };
        byte depth = dissection.Fields.Depth;
        dissection.Fields.Depth = 2;
        dissection.Label($"{name} ({problem})");
        dissection.Fields.Depth = depth;
        dissection.Fields.Remark(Fields.InvalidLength, offset, $"{name} ({problem})");
    }

    private static Field? FieldOf(byte type) => type switch
    {
        0x00 => Fields.End,
        0x01 => Fields.Nop,
        0x07 => Fields.RecordRoute,
        0x0b => Fields.MtuProbe,
        0x0c => Fields.MtuReply,
        0x19 => Fields.QuickStart,
        0x44 => Fields.TimeStamp,
        0x52 => Fields.Traceroute,
        0x82 => Fields.Security,
        0x83 => Fields.LooseRoute,
        0x85 => Fields.ExtendedSecurity,
        0x86 => Fields.Cipso,
        0x88 => Fields.StreamId,
        0x89 => Fields.StrictRoute,
        0x94 => Fields.RouterAlert,
        0x95 => Fields.DirectedBroadcast,
        _ => null,
    };

    // The only length it may have; 0 for others.
    private static int LengthOf(byte type) => type switch
    {
        0x0b or 0x0c or 0x88 or 0x94 => 4,
        0x19 => 8,
        0x52 => 12,
        _ => 0,
    };

    private static void ReadOption(ref Dissection dissection, int header, int offset, byte type, int size)
    {
        if (FieldOf(type) is not { } option)
        {
            byte depth = dissection.Fields.Depth;
            dissection.Fields.Depth = 2;
            dissection.Fields.AddText(FrameFields.Text, $"Unknown (0x{type:x2}) ({size} bytes)");
            dissection.Fields.Depth = depth;
            return;
        }

        int expected = LengthOf(type);
        dissection.Protocol(option, offset, size);
        dissection.Fields.Say($"IP Option - {option.Label}");
        if (type >= 2)
            dissection.Fields.SayMore($" ({(expected > 0 ? expected : size)} bytes)");
        int line = dissection.Fields.IsWanted(option) ? dissection.Fields.Last : -1;
        dissection.Number(Fields.Type, offset, 1);
        dissection.Bits(Fields.IsCopied, offset, 1);
        dissection.Bits(Fields.Class, offset, 1);
        dissection.Bits(Fields.Number, offset, 1);
        if (type < 2)
            return;
        dissection.Number(Fields.Length, offset + 1, 1);
        if (expected > 0 && expected != size)
            dissection.Fields.Remark(Fields.InvalidLength, offset + 1, $"{option.Label} (with option length = {size} bytes; should be {expected})");
        ReadParts(ref dissection, header, line, offset, type, size);
    }

    private static void ReadParts(ref Dissection dissection, int header, int line, int offset, byte type, int size)
    {
        switch (type)
        {
            case 0x07:
                ReadRoute(ref dissection, offset, size, isSource: false);
                break;
            case 0x83 or 0x89:
                ReadRoute(ref dissection, offset, size, isSource: true);
                break;
            case 0x0b or 0x0c when size >= 4:
                dissection.Number(Fields.Mtu, offset + 2, 2);
                break;
            case 0x19 when size > 2:
                Fields.QuickStartParts.Read(ref dissection, line, offset + 2, size - 2, dissection.U8(header + 8), saysFunction: true);
                break;
            case 0x44:
                ReadStamps(ref dissection, offset, size);
                break;
            case 0x52:
                ReadTraceroute(ref dissection, offset, size);
                break;
            case 0x82:
                ReadSecurity(ref dissection, offset, size);
                break;
            case 0x85:
                if (size > 2)
                    dissection.Number(Fields.SecurityFormat, offset + 2, 1);
                if (size > 3)
                    dissection.Part(Fields.SecurityInfo, offset + 3, size - 3);
                break;
            case 0x86 when size >= 6:
                dissection.Number(Fields.CipsoDomain, offset + 2, 4);
                ReadCipso(ref dissection, offset + 6, offset + size);
                break;
            case 0x88 when size >= 4:
                dissection.Number(Fields.StreamIdValue, offset + 2, 2);
                break;
            case 0x94 when size >= 4:
                ReadAlert(ref dissection, line, offset + 2);
                break;
            case 0x95:
                ReadBroadcast(ref dissection, offset, size);
                break;
        }
    }

    private static void ReadAlert(ref Dissection dissection, int line, int offset)
    {
        ulong value = dissection.Number(Fields.Alert, offset, 2);
        string name = value == 0 ? "Router shall examine packet" : "Reserved";
        dissection.Fields.Say($"{Fields.Alert.Label}: {name} ({value})");
        dissection.Fields.SayMoreOf(line, $": {name} ({value})");
    }

    private static void ReadBroadcast(ref Dissection dissection, int offset, int size)
    {
        int at = 2;
        for (; at + 4 <= size; at += 4)
            dissection.Ipv4(Fields.BroadcastAddress, offset + at);
        if (at < size)
            dissection.Part(Fields.Padding, offset + at, size - at);
    }

    private static void ReadTraceroute(ref Dissection dissection, int offset, int size)
    {
        if (size >= 4)
            dissection.Number(Fields.TraceId, offset + 2, 2);
        if (size >= 6)
            dissection.Number(Fields.OutboundHops, offset + 4, 2);
        if (size >= 8)
            dissection.Number(Fields.ReturnHops, offset + 6, 2);
        if (size >= 12)
            dissection.Ipv4(Fields.Originator, offset + 8);
    }

    // Addresses before the pointer were passed; a route that its sender chose ends with the destination.
    private static void ReadRoute(ref Dissection dissection, int offset, int size, bool isSource)
    {
        const int First = 4; // the pointer counts from 1
        if (size < 3)
            return;
        int pointer = (byte)dissection.Number(Fields.Pointer, offset + 2, 1);
        if (pointer < First)
            dissection.Remark(Fields.PointsBefore, offset + 2);
        else if (pointer % 4 != 0)
            dissection.Remark(Fields.PointsBetween, offset + 2);
        if (pointer < First || pointer % 4 != 0)
            return;
        if ((size - 3) % 4 != 0)
            dissection.Remark(Fields.CutPart, offset + 2);
        for (int at = First; at + 3 <= size; at += 4)
        {
            bool isLast = at + 7 > size;
            int place = offset + at - 1;
            if (pointer > at)
                AddRoute(ref dissection, place, Fields.Recorded, Fields.RecordedHost);
            else if (isSource && isLast && pointer < at)
                AddDestination(ref dissection, place);
            else if (isSource)
                AddRoute(ref dissection, place, Fields.Routed, Fields.RoutedHost);
            else
                AddRoute(ref dissection, place, Fields.Empty, Fields.EmptyHost);
            if (pointer == at)
                dissection.Fields.SayMore($" <- (next)");
        }
    }

    private static void AddRoute(ref Dissection dissection, int offset, Field address, Field host)
    {
        dissection.AddressText(host, offset, 4);
        dissection.Ipv4(address, offset);
    }

    private static void AddDestination(ref Dissection dissection, int offset)
    {
        byte depth = dissection.Fields.Depth;
        dissection.Fields.Depth = 3;
        dissection.Ipv4(IpFields.Address, offset);
        dissection.AddressText(IpFields.DestinationHost, offset, 4);
        dissection.AddressText(IpFields.Host, offset, 4);
        dissection.Ipv4(IpFields.Destination, offset);
        dissection.Fields.Depth = depth;
    }

    private static void ReadStamps(ref Dissection dissection, int offset, int size)
    {
        const int First = 5; // the pointer counts from 1
        if (size < 3)
            return;
        int pointer = (byte)dissection.Number(Fields.Pointer, offset + 2, 1);
        if (dissection.Fields.IsWanted(Fields.Pointer))
            dissection.Fields.SayMore($"{(pointer < First ? " (points before first address)" : (pointer & 3) != 1 ? " (points to middle of field)" : "")}");
        if (size < 4)
            return;
        dissection.Bits(Fields.Overflow, offset + 3, 1);
        dissection.Bits(Fields.StampKind, offset + 3, 1);
        bool hasAddresses = (dissection.U8(offset + 3) & 0xf) is 1 or 3;
        int step = hasAddresses ? 8 : 4;
        int at = 4;
        for (; at + step <= size; at += step)
        {
            if (hasAddresses)
                dissection.Ipv4(Fields.StampAddress, offset + at);
            dissection.Number(Fields.Stamp, offset + at + step - 4, 4);
        }

        if (at >= size)
            return;
        byte depth = dissection.Fields.Depth;
        dissection.Fields.Depth = 3;
        dissection.Label(Fields.CutPart.Label);
        dissection.Fields.Depth = depth;
        dissection.Remark(Fields.CutPart, offset + at);
    }

    // As RFC 791 has it, with a fixed length, or as RFC 1108 does.
    private static void ReadSecurity(ref Dissection dissection, int offset, int size)
    {
        const int OfRfc791 = 11;
        if (size == OfRfc791 && (dissection.U16(offset + 2) == 0 || Fields.SecurityLevel.ValueNames!.ContainsKey(dissection.U16(offset + 2))))
        {
            dissection.Number(Fields.SecurityLevel, offset + 2, 2);
            dissection.Number(Fields.Compartments, offset + 4, 2);
            dissection.Part(Fields.Handling, offset + 6, 2);
            dissection.Part(Fields.TransmissionCode, offset + 8, 3);
            return;
        }

        if (size > 2)
            dissection.Number(Fields.Classification, offset + 2, 1);
        for (int at = 3; at < size; at++)
        {
            byte flags = (byte)dissection.Number(Fields.Authorities, offset + at, 1);
            if (dissection.Fields.AreTextsWanted)
                SayAuthorities(ref dissection, flags, isFirst: at == 3);
            if (at == 3)
            {
                foreach (Field flag in Fields.AuthorityFlags)
                    dissection.Bits(flag, offset + at, 1);
                dissection.Bits(Fields.AuthorityUnassigned, offset + at, 1);
            }
            else
            {
                dissection.Fields.Add(Fields.AuthorityUnassigned, (ulong)flags >> 1, offset + at, 1);
                dissection.Fields.Say($"{flags >> 4:b4} {(flags >> 1) & 7:b3}. = {Fields.AuthorityUnassigned.Label}: 0x{flags >> 1:x2}");
            }

            dissection.Bits(Fields.AuthorityGoesOn, offset + at, 1);
            if ((flags & 1) == 0)
                return;
        }
    }

    private static void SayAuthorities(ref Dissection dissection, byte flags, bool isFirst)
    {
        foreach (Field flag in Fields.AuthorityFlags)
        {
            if (isFirst && (flags & flag.Mask) != 0)
                dissection.Fields.SayMore($", {flag.Label}");
        }

        if ((flags & 1) != 0)
            dissection.Fields.SayMore($", {Fields.AuthorityGoesOn.Label}");
    }

    private static void ReadCipso(ref Dissection dissection, int offset, int end)
    {
        while (offset < end)
        {
            byte tag = dissection.U8(offset);
            int size = tag == 0 ? 1 : offset + 1 < end ? dissection.U8(offset + 1) : 0;
            dissection.Number(Fields.CipsoTag, offset, 1);
            if (tag == 0)
            {
                offset++;
                continue;
            }

            int least = tag is 1 or 2 or 5 ? 4 : 2;
            if (size < least || offset + size > end)
            {
                if (offset + 1 < end)
                    dissection.Remark(Fields.CipsoMalformed, offset);
                return;
            }

            if (tag is 6 or 7)
            {
                if (size > 2)
                    dissection.Part(Fields.CipsoData, offset + 2, size - 2);
            }
            else if (tag is 1 or 2 or 5)
            {
                dissection.Number(Fields.CipsoLevel, offset + 3, 1);
                AddCategories(ref dissection, tag, offset + 4, offset + size);
            }
            else
            {
                dissection.Fields.SayMore($" ({size} bytes)");
            }

            offset += size;
        }
    }

    // A bit each, from the highest on; a number each; or a range each, the upper end first, where the last lower end may be left out.
    private static void AddCategories(ref Dissection dissection, byte tag, int offset, int end)
    {
        if (!dissection.Fields.IsWanted(Fields.CipsoCategories) || !dissection.Need(offset, end - offset))
            return;
        ReadOnlySpan<byte> octets = dissection.Octets[offset..end];
        var text = new StringBuilder();
        if (tag == 1)
        {
            for (int bit = 0; bit < octets.Length * 8; bit++)
            {
                if ((octets[bit / 8] & (0x80 >> (bit % 8))) != 0)
                    text.Append(CultureInfo.InvariantCulture, $"{(text.Length > 0 ? "," : "")}{bit}");
            }
        }
        else
        {
            for (int at = offset; at + 2 <= end; at += tag == 2 ? 2 : 4)
            {
                text.Append(CultureInfo.InvariantCulture, $"{(text.Length > 0 ? "," : "")}{dissection.U16(at)}");
                if (tag == 5)
                    text.Append(CultureInfo.InvariantCulture, $"-{(at + 4 <= end ? dissection.U16(at + 2) : 0)}");
            }
        }

        dissection.Fields.AddMade(Fields.CipsoCategories, Encoding.UTF8.GetBytes(text.ToString()));
    }
}
