using NetWhy.Analysis.Fields;

namespace NetWhy.Analysis.Dissection;

/// <summary>Messages of networks of low power, and of nodes with several locators. Sources: RFC 6775, section 4.4; RFC 7731, section 6.2; RFC 6743.</summary>
internal static class LowPowerMessages
{
    internal static readonly FieldGroup Group = new(Icmpv6Dissector.Group);
    private static readonly Field Status = Group.Unsigned("6lowpannd.da.status", "Status", 8, Icmpv6Names.RegistrationStatus);
    private static readonly Field StatusReserved = Group.Unsigned("6lowpannd.da.rsv", "Reserved", 8);
    private static readonly Field Lifetime = Group.Unsigned("6lowpannd.da.lifetime", "Lifetime", 16);
    private static readonly Field Interface = Group.Octets("6lowpannd.da.eui64", "EUI-64").SeparatedBy((byte)':');
    private static readonly Field Registered = Group.Ipv6Address("6lowpannd.da.reg_addr", "Registered Address");
    private static readonly Field LeastSequence = Group.Unsigned("mpl.seed_info.min_sequence", "MinSequence", 8).At(2);
    private static readonly Field MessagesLength = Group.Unsigned("mpl.seed_info.bm_len", "Buffered Messages Length", 8).Masked(0xfc, level: 2);
    private static readonly Field SeedLength = Group.Unsigned("mpl.seed_info.s", "Seed ID Length", 8, Icmpv6Names.SeedLength).Masked(0x3, level: 2);
    private static readonly Field Seed = Group.Text("mpl.seed_info.seed_id", "Seed ID").At(2);
    private static readonly Field Sequence = Group.Unsigned("mpl.seed_info.sequence", "Sequence", 8).At(3);
    private static readonly Field LocatorCount = Group.Unsigned("ilnp.nb_locs", "Num of Locs", 8);
    private static readonly Field Locator = Group.Hexadecimal("ilnp.nb_locator", "Locator", 64);
    private static readonly Field LocatorPreference = Group.Unsigned("ilnp.nb_preference", "Preference", 32);
    private static readonly Field LocatorLifetime = Group.Unsigned("ilnp.nb_lifetime", "Lifetime", 32);

    /// <summary>Reads a question whether an address is in use, or its answer.</summary>
    /// <param name="dissection">The packet.</param>
    /// <param name="offset">Where the message begins.</param>
    internal static void ReadDuplicate(ref Dissection dissection, int offset)
    {
        const int InterfaceLength = 8;
        dissection.Number(Status, offset + 4, 1);
        dissection.Number(StatusReserved, offset + 5, 1);
        dissection.Number(Lifetime, offset + 6, 2);
        dissection.Part(Interface, offset + 8, InterfaceLength);
        if (dissection.Need(offset + 8, InterfaceLength))
            dissection.Fields.SayMore($" ({dissection.Octets.Slice(offset + 8, InterfaceLength):mac})");
        dissection.Part(Registered, offset + 16, 16);
    }

    /// <summary>Reads where a node can be reached.</summary>
    /// <param name="dissection">The packet.</param>
    /// <param name="offset">Where the message begins.</param>
    internal static void ReadLocators(ref Dissection dissection, int offset)
    {
        const int LocatorLength = 12; // Wireshark reads preference and lifetime from two octets each
        int count = (int)dissection.Number(LocatorCount, offset + 4, 1);
        dissection.Part(Icmpv6Dissector.Reserved, offset + 5, 1);
        dissection.Part(Icmpv6Dissector.Reserved, offset + 6, 2);
        for (int at = offset + 8; count > 0 && !dissection.IsShort; count--, at += LocatorLength)
        {
            dissection.Number(Locator, at, 8);
            dissection.Number(LocatorPreference, at + 8, 2);
            dissection.Number(LocatorLifetime, at + 10, 2);
        }
    }

    /// <summary>Reads which messages a forwarder of multicast keeps.</summary>
    /// <param name="dissection">The packet; nothing can be read behind the message.</param>
    /// <param name="offset">Where the message begins.</param>
    /// <param name="end">Where it ends.</param>
    internal static void ReadSeeds(ref Dissection dissection, int offset, int end)
    {
        int number = 0;
        for (int at = offset + 4; at < end && !dissection.IsShort;)
        {
            number++;
            dissection.Fields.AddText(FrameFields.Text, $"MPL Seed Info: [{number}]");
            at = ReadSeed(ref dissection, at, end);
        }
    }

    private static int ReadSeed(ref Dissection dissection, int offset, int end)
    {
        byte least = (byte)dissection.Number(LeastSequence, offset, 1);
        dissection.Bits(MessagesLength, offset + 1, 1);
        dissection.Bits(SeedLength, offset + 1, 1);
        byte lengths = dissection.U8(offset + 1);
        if (dissection.IsShort)
            return offset;
        int length = lengths >> 2;
        int seed = (lengths & 3) switch { 0 => 0, 1 => 2, 2 => 8, _ => 16 };
        offset += 2;
        if (end - offset < seed)
            return ReadRest(ref dissection, offset, end, "Seed ID", seed);
        AddSeed(ref dissection, offset, seed);
        offset += seed;
        if (end - offset < length)
            return ReadRest(ref dissection, offset, end, "Buffered Messages", length);
        if (length == 0 || !dissection.Need(offset, length))
            return offset;
        dissection.Fields.Depth = 2;
        dissection.Label("Buffered Messages");
        dissection.Fields.Depth = 0;
        for (int bit = 0; bit < length * 8; bit++)
        {
            if ((dissection.U8(offset + (bit / 8)) & (0x80 >> (bit % 8))) != 0)
                dissection.Fields.Add(Sequence, (byte)(least + bit), offset + (bit / 8), 1);
        }

        return offset + length;
    }

    // The source of the packet, a number, or an address.
    private static void AddSeed(ref Dissection dissection, int offset, int length)
    {
        if (!dissection.Fields.IsWanted(Seed))
            return;
        switch (length)
        {
            case 0:
                Span<byte> address = stackalloc byte[16];
                dissection.Source.Address.Write(address);
                AddAddress(ref dissection, address);
                break;
            case 16:
                if (dissection.Need(offset, length))
                    AddAddress(ref dissection, dissection.Octets.Slice(offset, length));
                break;
            default:
                if (dissection.Need(offset, length))
                    dissection.Fields.AddMade(Seed, Hexadecimal(dissection.Octets.Slice(offset, length)));
                break;
        }
    }

    private static void AddAddress(ref Dissection dissection, scoped ReadOnlySpan<byte> address) =>
        dissection.Fields.AddMade(Seed, System.Text.Encoding.ASCII.GetBytes(new System.Net.IPAddress(address).ToString()));

    // A short one is a number, a long one has colons.
    private static byte[] Hexadecimal(ReadOnlySpan<byte> octets)
    {
        string text = Convert.ToHexStringLower(octets);
        return System.Text.Encoding.ASCII.GetBytes(octets.Length == 2 ? text : string.Join(':', text.Chunk(2).Select(pair => new string(pair))));
    }

    private static int ReadRest(ref Dissection dissection, int offset, int end, string part, int length)
    {
        dissection.Fields.Depth = 2;
        dissection.Part(Icmpv6Dissector.UnknownData, offset, end - offset);
        dissection.Fields.Depth = 0;
        if (!dissection.IsShort)
            dissection.Fields.Remark(Icmpv6Dissector.UnknownRemark, offset, $"Remaining data, {end - offset} bytes, is too short for {part} of {length} bytes");
        return end;
    }
}
