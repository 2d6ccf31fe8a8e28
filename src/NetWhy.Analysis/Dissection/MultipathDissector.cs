using NetWhy.Analysis.Fields;

namespace NetWhy.Analysis.Dissection;

/// <summary>Options of Multipath TCP. Sources: RFC 6824 (version 0), RFC 8684 (version 1).</summary>
internal static class MultipathDissector
{
    private static MultipathFields Fields => TcpFields.Multipath;

    /// <summary>Reads an option.</summary>
    /// <param name="dissection">The packet.</param>
    /// <param name="offset">Where it begins.</param>
    /// <param name="size">How long it is.</param>
    internal static void Read(ref Dissection dissection, int offset, int size)
    {
        Field protocol = MultipathFields.Group.Protocol;
        dissection.Fields.AddAt(2, protocol, 0, offset);
        dissection.Fields.AddLayer(protocol.Name);
        dissection.Summary?.SetProtocol("MPTCP"u8);
        int line = dissection.Fields.IsWanted(protocol) ? dissection.Fields.Last : -1;
        dissection.Number(TcpFields.OptionKind, offset, 1);
        dissection.Number(TcpFields.OptionLength, offset + 1, 1);
        if (size < 3)
            return;
        int subtype = dissection.U8(offset + 2) >> 4;
        if (MultipathFields.Subtypes.TryGetValue((ulong)subtype, out string? name))
            dissection.Fields.SayMoreOf(line, $": {name}");
        else
            dissection.Fields.SayMoreOf(line, $": Unknown ({subtype})");
        dissection.Bits(Fields.Subtype, offset + 2, 1);
        switch (subtype)
        {
            case 0:
                ReadCapable(ref dissection, offset, size);
                break;
            case 1:
                ReadJoin(ref dissection, offset, size);
                break;
            case 2:
                ReadData(ref dissection, offset, size);
                break;
            case 3:
                ReadAddress(ref dissection, offset, size);
                break;
            case 4:
                for (int at = 3; at < size; at++)
                    dissection.Number(Fields.AddressId, offset + at, 1);
                break;
            case 5:
                ReadBackup(ref dissection, offset + 2);
                if (size == 4)
                    dissection.Number(Fields.AddressId, offset + 3, 1);
                break;
            case 6 or 7:
                if (size < 4)
                    break;
                dissection.Bits(Fields.Reserved, offset + 2, 2);
                if (size >= 12)
                    dissection.Number(subtype == 6 ? Fields.DataSequence : Fields.ReceiverKey, offset + 4, 8);
                break;
            case 8:
                ReadReset(ref dissection, offset, size);
                break;
        }
    }

    private static void ReadCapable(ref Dissection dissection, int offset, int size)
    {
        int version = dissection.U8(offset + 2) & 0xf;
        dissection.Bits(Fields.Version, offset + 2, 1);
        if (size < 4)
            return;
        dissection.Number(Fields.Flags, offset + 3, 1);
        dissection.Bits(Fields.ChecksumRequired, offset + 3, 1);
        dissection.Bits(Fields.Extensibility, offset + 3, 1);
        if (version == 1)
        {
            byte reserved = (byte)((dissection.U8(offset + 3) >> 1) & 0xf); // without the bit that version 1 has a use for
            dissection.Bits(Fields.NoMoreSubflows, offset + 3, 1);
            dissection.Bits(Fields.Sha256, offset + 3, 1);
            dissection.Fields.Add(Fields.ReservedFlags, reserved, offset + 3, 1);
            dissection.Fields.Say($"...{reserved >> 3:b1} {reserved & 7:b3}. = {Fields.ReservedFlags.Label}: 0x{reserved:x1}");
        }
        else
        {
            dissection.Bits(Fields.Sha1, offset + 3, 1);
            dissection.Bits(Fields.ReservedFlags, offset + 3, 1);
        }

        if (size is not (12 or 20 or 22 or 24))
            return;
        dissection.Number(Fields.SenderKey, offset + 4, 8);
        if (size >= 20)
            dissection.Number(Fields.ReceiverKey, offset + 12, 8);
        if (size >= 22)
            dissection.Number(Fields.DataLength, offset + 20, 2);
        if (size == 24)
            dissection.Number(Fields.Checksum, offset + 22, 2);
    }

    private static void ReadJoin(ref Dissection dissection, int offset, int size)
    {
        switch (size)
        {
            case 12:
                ReadBackup(ref dissection, offset + 2);
                dissection.Number(Fields.AddressId, offset + 3, 1);
                dissection.Number(Fields.ReceiverToken, offset + 4, 4);
                dissection.Number(Fields.SenderRandom, offset + 8, 4);
                break;
            case 16:
                ReadBackup(ref dissection, offset + 2);
                dissection.Number(Fields.AddressId, offset + 3, 1);
                dissection.Number(Fields.SenderShortMac, offset + 4, 8);
                dissection.Number(Fields.SenderRandom, offset + 12, 4);
                break;
            case 24:
                dissection.Bits(Fields.Reserved, offset + 2, 2);
                dissection.Part(Fields.SenderMac, offset + 4, 20);
                break;
        }
    }

    private static void ReadBackup(ref Dissection dissection, int offset)
    {
        dissection.Number(Fields.Flags, offset, 1);
        dissection.Bits(Fields.Backup, offset, 1);
    }

    private static void ReadData(ref Dissection dissection, int offset, int size)
    {
        if (size < 4)
            return;
        int flags = (int)dissection.Number(Fields.Flags, offset + 3, 1);
        dissection.Bits(Fields.DataFin, offset + 3, 1);
        dissection.Bits(Fields.LongSequence, offset + 3, 1);
        dissection.Bits(Fields.HasSequence, offset + 3, 1);
        dissection.Bits(Fields.LongAck, offset + 3, 1);
        dissection.Bits(Fields.HasAck, offset + 3, 1);
        int at = 4;
        if ((flags & 0x01) != 0)
        {
            int length = (flags & 0x02) != 0 ? 8 : 4;
            if (at + length > size)
                return;
            dissection.Number(Fields.DataAck, offset + at, length);
            at += length;
        }

        if ((flags & 0x04) == 0)
            return;
        int width = (flags & 0x08) != 0 ? 8 : 4;
        if (at + width > size)
            return;
        dissection.Number(Fields.DataSequence, offset + at, width);
        if (width == 4)
            dissection.Fields.SayMore($"  (32bits version)");
        at += width;
        if (at + 4 > size)
            return;
        dissection.Number(Fields.SubflowSequence, offset + at, 4);
        at += 4;
        if (at + 2 > size)
            return;
        dissection.Number(Fields.DataLength, offset + at, 2);
        at += 2;
        if (at + 2 <= size)
            dissection.Number(Fields.Checksum, offset + at, 2);
    }

    // Version 0 tells there which version the address has, version 1 whether it was heard of already; what follows is known by the length.
    private static void ReadAddress(ref Dissection dissection, int offset, int size)
    {
        dissection.Bits((dissection.U8(offset + 2) & 0xf) is 4 or 6 ? Fields.IpVersion : Fields.IsEcho, offset + 2, 1);
        if (size < 4)
            return;
        dissection.Number(Fields.AddressId, offset + 3, 1);
        int at = 4;
        if (size is 8 or 10 or 16 or 18)
        {
            dissection.Ipv4(Fields.Ipv4, offset + at);
            at += 4;
        }
        else if (size is 20 or 22 or 28 or 30)
        {
            dissection.Part(Fields.Ipv6, offset + at, 16);
            at += 16;
        }

        if (size is 10 or 18 or 22 or 30)
        {
            dissection.Number(Fields.Port, offset + at, 2);
            at += 2;
        }

        if (size is 16 or 18 or 28 or 30)
            dissection.Number(Fields.AddressMac, offset + at, 8);
    }

    private static void ReadReset(ref Dissection dissection, int offset, int size)
    {
        byte flags = dissection.U8(offset + 2);
        dissection.Number(Fields.Flags, offset + 2, 1);
        foreach (Field flag in Fields.ResetFlags)
        {
            if ((flags & flag.Mask) != 0)
                dissection.Fields.SayMore($", {flag.Label}");
        }

        foreach (Field flag in Fields.ResetFlags)
            dissection.Bits(flag, offset + 2, 1);
        if (size > 3)
            dissection.Number(Fields.ResetReason, offset + 3, 1);
    }
}
