using NetWhy.Analysis.Fields;

namespace NetWhy.Analysis.Dissection;

/// <summary>Messages of mobile nodes and of certification paths. Sources: RFC 6275, sections 6.5 to 6.8; RFC 5568, section 6.2; RFC 3971, section 6.4.</summary>
internal static class MobilityMessages
{
    internal static readonly FieldGroup Group = new(Icmpv6Dissector.Group);
    private static readonly Field Identifier = Group.Unsigned("mip6.identifier", "Identifier", 16);
    private static readonly Field HomeAgent = Group.Ipv6Address("mip6.home_agent_address", "Home Agent Address");
    private static readonly Field Flags = Group.Hexadecimal("mip6.flag", "Flags", 16);
    private static readonly Field IsManaged = Group.Flag("mip6.flag.m", "Managed address configuration", 16, 0x8000, level: 2);
    private static readonly Field HasOther = Group.Flag("mip6.flag.o", "Other configuration", 16, 0x4000, level: 2);
    private static readonly Field FlagsReserved = Group.Unsigned("mip6.flag.rsv", "Reserved", 16).Masked(0x3fff, level: 2);
    private static readonly Field Handover = Group.Unsigned("fmip6.subtype", "Subtype", 8, Icmpv6Names.HandoverMessage);
    private static readonly Field HandoverFlags = Group.Hexadecimal("fmip6.hi.flag", "Flag", 8);
    private static readonly Field IsAssigned = Group.Flag("fmip6.hi.flag.s", "Assigned address configuration", 8, 0x80, level: 2);
    private static readonly Field Buffers = Group.Flag("fmip6.hi.flag.a", "Buffer", 8, 0x40, level: 2);
    private static readonly Field HandoverReserved = Group.Unsigned("fmip6.hi.flag.reserved", "Reserved", 8).Masked(0x3f, level: 2);
    private static readonly Field HandoverIdentifier = Group.Unsigned("fmip6.identifier", "Identifier", 16);
    private static readonly Field PathIdentifier = Group.Unsigned("send.identifier", "Identifier", 16);
    private static readonly Field Components = Group.Unsigned("send.all_components", "All Components", 16);
    private static readonly Field Component = Group.Unsigned("send.component", "Component", 16);

    private const int AddressLength = 16;
    private static readonly Field[] FlagParts = [IsManaged, HasOther, FlagsReserved];
    private static readonly Field[] HandoverParts = [IsAssigned, Buffers, HandoverReserved];

    // By message and code.
    private static readonly Dictionary<(byte Message, byte Code), string> HandoverCodes = new()
    {
        [(3, 0)] = "MN should use AP-ID, AR-info tuple",
        [(3, 1)] = "Network Initiated Handover trigger",
        [(3, 2)] = "No new router information",
        [(3, 3)] = "Limited new router information",
        [(3, 4)] = "Unsolicited",
        [(4, 0)] = "FBU sent from previous link",
        [(4, 1)] = "FBU sent from new link",
        [(5, 0)] = "Handover Accepted, NCoA valid",
        [(5, 1)] = "Handover Accepted, NCoA not valid",
        [(5, 2)] = "Handover Accepted, NCoA in use",
        [(5, 3)] = "Handover Accepted, NCoA assigned",
        [(5, 4)] = "Handover Accepted, NCoA not assigned",
        [(5, 128)] = "Handover Not Accepted, reason unspecified",
        [(5, 129)] = "Administratively prohibited",
        [(5, 130)] = "Insufficient resources",
    };

    /// <summary>Reads how home agents are looked for, or prefixes asked for.</summary>
    /// <param name="dissection">The packet; nothing can be read behind the message.</param>
    /// <param name="offset">Where the message begins.</param>
    /// <param name="end">Where it ends.</param>
    internal static void Read(ref Dissection dissection, int offset, int end)
    {
        ulong identifier = dissection.Number(Identifier, offset + 4, 2);
        if (dissection.IsShort)
            return;
        dissection.Fields.SayMore($" (0x{identifier:x4})");
        byte type = dissection.U8(offset);
        if (type == 147)
        {
            dissection.Flags(Flags, offset + 6, FlagParts);
            NeighborOptions.Read(ref dissection, offset, offset + 8, end);
            return;
        }

        dissection.Part(Icmpv6Dissector.Reserved, offset + 6, 2);
        if (type != 145)
            return;
        for (int at = offset + 8; at < end && !dissection.IsShort; at += AddressLength)
            dissection.Part(HomeAgent, at, AddressLength);
    }

    /// <summary>What a code of a handover says; null if its message has none.</summary>
    /// <param name="message">Which message of handovers it is.</param>
    /// <param name="code">The code.</param>
    internal static string? HandoverCodeOf(byte message, byte code) =>
        HandoverCodes.GetValueOrDefault((message, code)) ?? (message is 3 or 4 or 5 ? $"Unknown {code}" : null);

    /// <summary>Reads a message of fast handovers.</summary>
    /// <param name="dissection">The packet; nothing can be read behind the message.</param>
    /// <param name="offset">Where the message begins.</param>
    /// <param name="end">Where it ends.</param>
    internal static void ReadHandover(ref Dissection dissection, int offset, int end)
    {
        byte message = (byte)dissection.Number(Handover, offset + 4, 1);
        if (message == 4)
            dissection.Flags(HandoverFlags, offset + 5, HandoverParts);
        else if (message is 2 or 3 or 5)
            dissection.Part(Icmpv6Dissector.Reserved, offset + 5, 1);
        ulong identifier = dissection.Number(HandoverIdentifier, offset + 6, 2);
        if (dissection.IsShort)
            return;
        dissection.Fields.SayMore($" (0x{identifier:x4})");
        NeighborOptions.Read(ref dissection, offset, offset + 8, end);
    }

    /// <summary>Reads how a certification path is asked for, or sent.</summary>
    /// <param name="dissection">The packet; nothing can be read behind the message.</param>
    /// <param name="offset">Where the message begins.</param>
    /// <param name="end">Where it ends.</param>
    internal static void ReadPath(ref Dissection dissection, int offset, int end)
    {
        int at = offset + 6;
        dissection.Number(PathIdentifier, offset + 4, 2);
        bool isSent = dissection.U8(offset) == 149;
        if (isSent)
        {
            dissection.Number(Components, at, 2);
            at += 2;
        }

        dissection.Number(Component, at, 2);
        at += 2;
        if (isSent)
        {
            dissection.Part(Icmpv6Dissector.Reserved, at, 2);
            at += 2;
        }

        if (!dissection.IsShort)
            NeighborOptions.Read(ref dissection, offset, at, end);
    }
}
