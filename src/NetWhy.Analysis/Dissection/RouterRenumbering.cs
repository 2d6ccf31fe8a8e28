using NetWhy.Analysis.Fields;

namespace NetWhy.Analysis.Dissection;

/// <summary>Renumbering of routers. Source: RFC 2894.</summary>
internal static class RouterRenumbering
{
    internal static readonly FieldGroup Group = new(Icmpv6Dissector.Group);
    private static readonly Field SequenceNumber = Group.Unsigned("rr.sequence_number", "Sequence Number", 32);
    private static readonly Field SegmentNumber = Group.Unsigned("rr.segment_number", "Segment Number", 8);
    private static readonly Field Flags = Group.Hexadecimal("rr.flag", "Flags", 8);
    private static readonly Field IsTest = Group.Flag("rr.flag.t", "Test Command", 8, 0x80, level: 2);
    private static readonly Field WantsResult = Group.Flag("rr.flag.r", "Result requested", 8, 0x40, level: 2);
    private static readonly Field IsForAll = Group.Flag("rr.flag.a", "All Interfaces", 8, 0x20, level: 2);
    private static readonly Field IsOfSite = Group.Flag("rr.flag.s", "Site-specific", 8, 0x10, level: 2);
    private static readonly Field WasProcessed = Group.Flag("rr.flag.p", "Processed previously", 8, 0x8, level: 2);
    private static readonly Field FlagsReserved = Group.Unsigned("rr.flag.rsv", "Reserved", 8).Masked(0x7, level: 2);
    private static readonly Field LongestDelay = Group.Unsigned("rr.maxdelay", "Max Delay", 16);
    private static readonly Field Match = Group.None("rr.pco.mp", "Match-Prefix Part");
    private static readonly Field Operation = Group.Unsigned("rr.pco.mp.opcode", "OpCode", 8, Icmpv6Names.RenumberingOperation).At(2);
    private static readonly Field OperationLength = Group.Unsigned("rr.pco.mp.oplength", "OpLength", 8).At(2);
    private static readonly Field Ordinal = Group.Hexadecimal("rr.pco.mp.ordinal", "Ordinal", 8).At(2);
    private static readonly Field MatchLength = Group.Unsigned("rr.pco.mp.matchlen", "MatchLen", 8).At(2);
    private static readonly Field LeastLength = Group.Unsigned("rr.pco.mp.minlen", "MinLen", 8).At(2);
    private static readonly Field MostLength = Group.Unsigned("rr.pco.mp.maxlen", "MaxLen", 8).At(2);
    private static readonly Field MatchPrefix = Group.Ipv6Address("rr.pco.mp.matchprefix", "MatchPrefix").At(2);
    private static readonly Field Use = Group.None("rr.pco.up", "Use-Prefix Part");
    private static readonly Field UseLength = Group.Unsigned("rr.pco.up.uselen", "UseLen", 8).At(2);
    private static readonly Field KeptLength = Group.Unsigned("rr.pco.up.keeplen", "KeepLen", 8).At(2);
    private static readonly Field FlagMask = Group.Hexadecimal("rr.pco.up.flagmask", "FlagMask", 8).At(2);
    private static readonly Field OnLink = Group.Flag("rr.pco.up.flagmask.l", "On-link flag(L)", 8, 0x80, level: 3);
    private static readonly Field Autonomous = Group.Flag("rr.pco.up.flagmask.a", "Autonomous address-configuration flag(A)", 8, 0x40, level: 3);
    private static readonly Field MaskReserved = Group.Unsigned("rr.pco.up.flagmask.reserved", "Reserved", 8).Masked(0x3f, level: 3);
    private static readonly Field RouterFlags = Group.Hexadecimal("rr.pco.up.raflags", "RAFlags", 8).At(2);
    private static readonly Field ValidLifetime = Group.Unsigned("rr.pco.up.validlifetime", "Valid Lifetime", 32, Icmpv6Names.Lifetime).At(2).SpecialNames();
    private static readonly Field PreferredLifetime = Group.Unsigned("rr.pco.up.preferredlifetime", "Preferred Lifetime", 32, Icmpv6Names.Lifetime).At(2).SpecialNames();
    private static readonly Field UseFlags = Group.Hexadecimal("rr.pco.up.flag", "Flags", 32).At(2);
    private static readonly Field DecrementsValid = Group.Flag("rr.pco.up.flag.v", "Decrement valid lifetime", 32, 0x80000000, level: 3);
    private static readonly Field DecrementsPreferred = Group.Flag("rr.pco.up.flag.p", "Decrement preferred lifetime", 32, 0x40000000, level: 3);
    private static readonly Field UseReserved = Group.Unsigned("rr.pco.up.flag.reserved", "Reserved", 32).Masked(0x3fffffff, level: 3);
    private static readonly Field UsePrefix = Group.Ipv6Address("rr.pco.up.useprefix", "UsePrefix").At(2);
    private static readonly Field Result = Group.None("rr.rm", "Result Message");
    private static readonly Field ResultFlags = Group.Hexadecimal("rr.rm.flag", "Flags", 16).At(2);
    private static readonly Field ResultReserved = Group.Unsigned("rr.rm.flag.reserved", "Reserved", 16).Masked(0xfffc, level: 3);
    private static readonly Field IsOutOfBounds = Group.Flag("rr.rm.flag.b", "Bounds", 16, 0x2, level: 3);
    private static readonly Field IsForbidden = Group.Flag("rr.rm.flag.f", "Forbidden", 16, 0x1, level: 3);
    private static readonly Field ResultOrdinal = Group.Hexadecimal("rr.rm.ordinal", "Ordinal", 8).At(2);
    private static readonly Field MatchedLength = Group.Unsigned("rr.rm.matchedlen", "MatchedLen", 8).At(2);
    private static readonly Field Interface = Group.Unsigned("rr.rm.interfaceindex", "InterfaceIndex", 32).At(2);
    private static readonly Field MatchedPrefix = Group.Ipv6Address("rr.rm.matchedprefix", "MatchedPrefix").At(2);
    private static readonly Field MatchTooLong = Group.Finding("rr.pco.mp.matchlen.gt128", "MatchLen is greater than 128", Severity.Warning, ExpertGroup.Protocol);
    private static readonly Field MatchedTooLong = Group.Finding("rr.pco.mp.matchedlen.gt128", "MatchedLen is greater than 128", Severity.Warning, ExpertGroup.Protocol);

    private const int LongestPrefix = 128;
    private const int PartLength = 24; // of a match, and of a result
    private const int UsePartLength = 32;

    private static readonly Field[] FlagParts = [IsTest, WantsResult, IsForAll, IsOfSite, WasProcessed, FlagsReserved];
    private static readonly Field[] RouterParts = [OnLink, Autonomous, MaskReserved];
    private static readonly Field[] UseParts = [DecrementsValid, DecrementsPreferred, UseReserved];
    private static readonly Field[] ResultParts = [ResultReserved, IsOutOfBounds, IsForbidden];

    /// <summary>Reads a message.</summary>
    /// <param name="dissection">The packet; nothing can be read behind the message.</param>
    /// <param name="offset">Where it begins.</param>
    /// <param name="end">Where it ends.</param>
    internal static void Read(ref Dissection dissection, int offset, int end)
    {
        const int HeadLength = 16;
        byte code = dissection.U8(offset + 1);
        dissection.Number(SequenceNumber, offset + 4, 4);
        dissection.Number(SegmentNumber, offset + 8, 1);
        dissection.Flags(Flags, offset + 9, FlagParts);
        dissection.Number(LongestDelay, offset + 10, 2);
        dissection.Part(Icmpv6Dissector.Reserved, offset + 12, 4);
        int at = offset + HeadLength;
        if (code == 0)
        {
            if (at < end && !dissection.IsShort)
                ReadMatch(ref dissection, at);
            for (at += PartLength; at < end && !dissection.IsShort; at += UsePartLength)
                ReadUse(ref dissection, at);
        }
        else if (code == 1)
        {
            for (; at < end && !dissection.IsShort; at += PartLength)
                ReadResult(ref dissection, at);
        }
    }

    private static void ReadMatch(ref Dissection dissection, int offset)
    {
        int head = dissection.Fields.Last + 1;
        dissection.Fields.Add(Match, 0, offset, PartLength);
        byte operation = (byte)dissection.Number(Operation, offset, 1);
        dissection.Number(OperationLength, offset + 1, 1);
        dissection.Number(Ordinal, offset + 2, 1);
        ReadLength(ref dissection, MatchLength, MatchTooLong, offset + 3);
        dissection.Number(LeastLength, offset + 4, 1);
        dissection.Number(MostLength, offset + 5, 1);
        dissection.Fields.Depth = 2;
        dissection.Part(Icmpv6Dissector.Reserved, offset + 6, 2);
        dissection.Fields.Depth = 0;
        dissection.Part(MatchPrefix, offset + 8, 16);
        if (dissection.Fields.AreTextsWanted && dissection.Has(offset, PartLength))
            dissection.Fields.SayMoreOf(head, $": {Icmpv6Names.RenumberingOperation.GetValueOrDefault(operation) ?? $"Unknown {operation}"} {dissection.Octets.Slice(offset + 8, 16):ip}/{dissection.U8(offset + 3)} ({dissection.U8(offset + 4)}-{dissection.U8(offset + 5)})");
    }

    private static void ReadLength(ref Dissection dissection, Field field, Field finding, int offset)
    {
        if (dissection.Number(field, offset, 1) > LongestPrefix)
            dissection.Remark(finding, offset);
    }

    private static void ReadUse(ref Dissection dissection, int offset)
    {
        int head = dissection.Fields.Last + 1;
        dissection.Fields.Add(Use, 0, offset, UsePartLength);
        dissection.Number(UseLength, offset, 1);
        dissection.Number(KeptLength, offset + 1, 1);
        dissection.Flags(FlagMask, offset + 2, RouterParts);
        dissection.Flags(RouterFlags, offset + 3, RouterParts);
        dissection.Number(ValidLifetime, offset + 4, 4);
        dissection.Number(PreferredLifetime, offset + 8, 4);
        dissection.Flags(UseFlags, offset + 12, UseParts);
        dissection.Part(UsePrefix, offset + 16, 16);
        if (dissection.Fields.AreTextsWanted && dissection.Has(offset, UsePartLength))
            dissection.Fields.SayMoreOf(head, $": {dissection.Octets.Slice(offset + 16, 16):ip}/{dissection.U8(offset)} (keep {dissection.U8(offset + 1)})");
    }

    private static void ReadResult(ref Dissection dissection, int offset)
    {
        int head = dissection.Fields.Last + 1;
        dissection.Fields.Add(Result, 0, offset, PartLength);
        dissection.Flags(ResultFlags, offset, ResultParts);
        dissection.Number(ResultOrdinal, offset + 2, 1);
        ReadLength(ref dissection, MatchedLength, MatchedTooLong, offset + 3);
        dissection.Number(Interface, offset + 4, 4);
        dissection.Part(MatchedPrefix, offset + 8, 16);
        if (dissection.Fields.AreTextsWanted && dissection.Has(offset, PartLength))
            dissection.Fields.SayMoreOf(head, $": {dissection.Octets.Slice(offset + 8, 16):ip}/{dissection.U8(offset + 3)} (interface {dissection.U32(offset + 4)})");
    }
}
