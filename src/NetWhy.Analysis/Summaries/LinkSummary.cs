using NetWhy.Analysis.Fields;

namespace NetWhy.Analysis.Summaries;

/// <summary>What summaries say of links and of addresses. The wording is Wireshark's.</summary>
internal static class LinkSummary
{

    /// <summary>Says what a frame of Ethernet is, before it is known what it carries.</summary>
    /// <param name="dissection">The packet.</param>
    /// <param name="offset">Where the frame begins.</param>
    internal static void WriteEthernet(ref Dissection.Dissection dissection, int offset)
    {
        if (dissection.Summary is not { } summary || !dissection.Has(offset, 14))
            return;
        Span<byte> text = stackalloc byte[17];
        WriteMac(dissection.Octets.Slice(offset + 6, 6), text);
        summary.SetSource(text);
        WriteMac(dissection.Octets.Slice(offset, 6), text);
        summary.SetDestination(text);
        ushort type = dissection.U16(offset + 12);
        if (type is 0 or >= 0x0600)
            SetEtherType(summary, type);
    }

    /// <summary>Says which link address a packet came from.</summary>
    /// <param name="dissection">The packet.</param>
    /// <param name="offset">Where the address is.</param>
    internal static void WriteSource(ref Dissection.Dissection dissection, int offset)
    {
        if (dissection.Summary is not { } summary || !dissection.Has(offset, 6))
            return;
        Span<byte> text = stackalloc byte[17];
        WriteMac(dissection.Octets.Slice(offset, 6), text);
        summary.SetSource(text);
    }

    /// <summary>Says what is carried by a type of Ethernet that is not read further.</summary>
    /// <param name="summary">The summary.</param>
    /// <param name="type">The type.</param>
    internal static void SetEtherType(PacketSummary summary, ushort type)
    {
        Span<byte> text = stackalloc byte[6];
        _ = System.Text.Unicode.Utf8.TryWrite(text, System.Globalization.CultureInfo.InvariantCulture, $"0x{type:x4}", out int written);
        summary.Begin(text[..written]);
        summary.Append("Ethernet II"u8);
    }

    /// <summary>Says between which addresses a packet goes.</summary>
    /// <param name="dissection">The packet.</param>
    /// <param name="source">Where the source is.</param>
    /// <param name="destination">Where the destination is.</param>
    /// <param name="length">Octets of an address: 4 or 16.</param>
    internal static void WriteAddresses(ref Dissection.Dissection dissection, int source, int destination, int length)
    {
        if (dissection.Summary is not { } summary)
            return;
        Span<byte> text = stackalloc byte[AddressText.Longest];
        if (dissection.Has(source, length))
            summary.SetSource(text[..AddressText.Write(dissection.Octets.Slice(source, length), text)]);
        if (dissection.Has(destination, length))
            summary.SetDestination(text[..AddressText.Write(dissection.Octets.Slice(destination, length), text)]);
    }

    /// <summary>Adds an address.</summary>
    /// <param name="summary">The summary.</param>
    /// <param name="address">Its octets: 4 or 16.</param>
    internal static void AppendAddress(PacketSummary summary, ReadOnlySpan<byte> address)
    {
        Span<byte> text = stackalloc byte[AddressText.Longest];
        if (address.Length is 4 or 16)
            summary.Append(text[..AddressText.Write(address, text)]);
    }

    /// <summary>Adds an address of Ethernet.</summary>
    /// <param name="summary">The summary.</param>
    /// <param name="address">Its octets.</param>
    internal static void AppendMac(PacketSummary summary, ReadOnlySpan<byte> address)
    {
        Span<byte> text = stackalloc byte[17];
        WriteMac(address, text);
        summary.Append(text);
    }

    /// <summary>Says what ARP asks or answers.</summary>
    /// <param name="dissection">The packet.</param>
    /// <param name="offset">Where ARP for IPv4 over Ethernet begins.</param>
    /// <param name="isProbe">Whether a station asks whether it may use an address.</param>
    /// <param name="isAnnouncement">Whether it says that it does.</param>
    internal static void WriteArp(ref Dissection.Dissection dissection, int offset, bool isProbe, bool isAnnouncement)
    {
        if (dissection.Summary is not { } summary || !dissection.Has(offset, 28))
            return;
        ReadOnlySpan<byte> sender = dissection.Octets.Slice(offset + 14, 4);
        ReadOnlySpan<byte> target = dissection.Octets.Slice(offset + 24, 4);
        bool isOwn = sender.SequenceEqual(target) && dissection.U32(offset + 14) != 0;
        switch (dissection.U16(offset + 6))
        {
            case 1 when isAnnouncement:
                summary.Append("ARP Announcement for "u8);
                AppendAddress(summary, sender);
                break;
            case 1 when isOwn:
                summary.Append("Gratuitous ARP for "u8);
                AppendAddress(summary, sender);
                summary.Append(" (Request)"u8);
                break;
            case 1:
                summary.Append("Who has "u8);
                AppendAddress(summary, target);
                summary.Append("? "u8);
                summary.Append(isProbe ? "(ARP Probe)"u8 : "Tell "u8);
                if (!isProbe)
                    AppendAddress(summary, sender);
                break;
            case 2 when isOwn:
                summary.Append("Gratuitous ARP for "u8);
                AppendAddress(summary, sender);
                summary.Append(" (Reply)"u8);
                break;
            case 2:
                AppendAddress(summary, sender);
                summary.Append(" is at "u8);
                AppendMac(summary, dissection.Octets.Slice(offset + 8, 6));
                break;
        }
    }

    /// <summary>Says that two stations use an address.</summary>
    /// <param name="dissection">The packet.</param>
    /// <param name="address">The address.</param>
    internal static void WriteDuplicate(ref Dissection.Dissection dissection, uint address)
    {
        if (dissection.Summary is not { } summary)
            return;
        Span<byte> octets = stackalloc byte[4];
        System.Buffers.Binary.BinaryPrimitives.WriteUInt32BigEndian(octets, address);
        summary.Append(" (duplicate use of "u8);
        AppendAddress(summary, octets);
        summary.Append(" detected!)"u8);
    }

    private static void WriteMac(ReadOnlySpan<byte> address, Span<byte> text)
    {
        for (int index = 0; index < 6; index++)
        {
            _ = address[index].TryFormat(text[(index * 3)..], out _, "x2", System.Globalization.CultureInfo.InvariantCulture);
            if (index < 5)
                text[(index * 3) + 2] = (byte)':';
        }
    }
}
