using NetWhy.Analysis.Fields;

namespace NetWhy.Analysis.Dissection;

/// <summary>Routers that announce themselves, and what they offer to mobile nodes. Sources: RFC 1256, RFC 5944, RFC 4721.</summary>
internal static class MobileIpAdvertisement
{
    internal static readonly FieldGroup Group = new(IcmpDissector.Group);
    private static readonly Field Count = Group.Unsigned("num_addrs", "Number of addresses", 8);
    private static readonly Field EntrySize = Group.Unsigned("addr_entry_size", "Address entry size", 8);
    private static readonly Field Lifetime = Group.Unsigned("lifetime", "Lifetime", 16);
    private static readonly Field Router = Group.Ipv4Address("router_address", "Router address");
    private static readonly Field Preference = Group.Signed("pref_level", "Preference level", 32);
    private static readonly Field Type = Group.Unsigned("mip.type", "Extension Type", 8, IcmpNames.MobilityExtension).At(2);
    private static readonly Field Length = Group.Unsigned("mip.length", "Length", 8).At(2);
    private static readonly Field PrefixLength = Group.Unsigned("mip.prefixlength", "Prefix Length", 8).At(2);
    private static readonly Field Sequence = Group.Unsigned("mip.seq", "Sequence Number", 16).At(2);
    private static readonly Field RegistrationLifetime = Group.Unsigned("mip.life", "Registration Lifetime", 16).At(2);
    private static readonly Field Flags = Group.Hexadecimal("mip.flags", "Flags", 16).At(2);
    private static readonly Field NeedsRegistration = Group.Boolean("mip.r", "Registration Required", 16).Masked(0x8000, level: 3);
    private static readonly Field IsBusy = Group.Boolean("mip.b", "Busy", 16).Masked(0x4000, level: 3);
    private static readonly Field IsHomeAgent = Group.Boolean("mip.h", "Home Agent", 16).Masked(0x2000, level: 3);
    private static readonly Field IsForeignAgent = Group.Boolean("mip.f", "Foreign Agent", 16).Masked(0x1000, level: 3);
    private static readonly Field EncapsulatesMinimally = Group.Boolean("mip.m", "Minimal Encapsulation", 16).Masked(0x800, level: 3);
    private static readonly Field EncapsulatesGenerically = Group.Boolean("mip.g", "GRE", 16).Masked(0x400, level: 3);
    private static readonly Field CompressesHeaders = Group.Boolean("mip.v", "VJ Comp", 16).Masked(0x200, level: 3);
    private static readonly Field TunnelsBack = Group.Boolean("mip.rt", "Reverse tunneling", 16).Masked(0x100, level: 3);
    private static readonly Field TunnelsUdp = Group.Boolean("mip.u", "UDP tunneling", 16).Masked(0x80, level: 3);
    private static readonly Field Revokes = Group.Boolean("mip.x", "Revocation support", 16).Masked(0x40, level: 3);
    private static readonly Field FlagsReserved = Group.Hexadecimal("mip.reserved", "Reserved", 16).Masked(0x3f, level: 3);
    private static readonly Field CareOfAddress = Group.Ipv4Address("mip.coa", "Care-Of-Address").At(2);
    private static readonly Field Challenge = Group.Octets("mip.challenge", "Challenge").At(2);
    private static readonly Field Content = Group.Octets("mip.content", "Content").At(2);

    private static readonly Field[] FlagParts =
        [NeedsRegistration, IsBusy, IsHomeAgent, IsForeignAgent, EncapsulatesMinimally, EncapsulatesGenerically, CompressesHeaders, TunnelsBack, TunnelsUdp, Revokes, FlagsReserved];

    /// <summary>Reads an advertisement.</summary>
    /// <param name="dissection">The packet; nothing can be read behind the message.</param>
    /// <param name="offset">Where the message begins.</param>
    /// <param name="end">Where it ends.</param>
    internal static void Read(ref Dissection dissection, int offset, int end)
    {
        const ulong RightEntrySize = 2; // in units of four octets
        int count = (int)dissection.Number(Count, offset + 4, 1);
        ulong entrySize = dissection.Number(EntrySize, offset + 5, 1);
        ulong lifetime = dissection.Number(Lifetime, offset + 6, 2);
        if (dissection.IsShort)
            return;
        SayDuration(ref dissection, lifetime);
        if (entrySize != RightEntrySize)
            return;
        int at = offset + 8;
        for (; count > 0 && !dissection.IsShort; count--, at += 8)
        {
            dissection.Ipv4(Router, at);
            if (dissection.Need(at + 4, 4))
                dissection.Fields.Add(Preference, (ulong)(int)dissection.U32(at + 4), at + 4, 4);
        }

        if (dissection.U8(offset + 1) is not (0 or 16))
            return;
        while (at < end && !dissection.IsShort)
            at = ReadExtension(ref dissection, at);
    }

    private static void SayDuration(ref Dissection dissection, ulong seconds)
    {
        if (dissection.Fields.AreTextsWanted)
            dissection.Fields.SayMore($" ({IcmpTimes.Describe(seconds * 1000, hasFraction: false)})");
    }

    private static int ReadExtension(ref Dissection dissection, int offset)
    {
        const int AddressLength = 4;
        if (!dissection.Need(offset, 1))
            return offset;
        byte type = dissection.U8(offset);
        int length = type == 0 ? 0 : dissection.U8(offset + 1);
        dissection.Fields.AddText(FrameFields.Text, $"Ext: {IcmpNames.MobilityExtension.GetValueOrDefault(type) ?? $"Unknown ext {type}"}");
        dissection.Number(Type, offset, 1);
        if (type == 0)
            return offset + 1;
        dissection.Number(Length, offset + 1, 1);
        int at = offset + 2;
        int end = at + length;
        switch (type)
        {
            case 16:
                dissection.Number(Sequence, at, 2);
                dissection.Number(RegistrationLifetime, at + 2, 2);
                dissection.Flags(Flags, at + 4, FlagParts);
                for (at += 6; at < end && !dissection.IsShort; at += AddressLength)
                    dissection.Ipv4(CareOfAddress, at);
                break;
            case 19:
                for (; at < end && !dissection.IsShort; at++)
                    dissection.Number(PrefixLength, at, 1);
                break;
            case 24:
                dissection.Part(Challenge, at, length);
                break;
            default:
                dissection.Part(Content, at, length);
                break;
        }

        return end;
    }
}

/// <summary>Lengths of time in words. The wording is Wireshark's.</summary>
internal static class IcmpTimes
{
    private const ulong Second = 1000;
    private const ulong Minute = 60 * Second;
    private const ulong Hour = 60 * Minute;
    private const ulong Day = 24 * Hour;

    /// <summary>Days, hours, minutes and seconds; those that are none are left out.</summary>
    /// <param name="milliseconds">The time.</param>
    /// <param name="hasFraction">Whether seconds have one.</param>
    internal static string Describe(ulong milliseconds, bool hasFraction)
    {
        var parts = new List<string>();
        Add(parts, milliseconds / Day, "day");
        Add(parts, milliseconds % Day / Hour, "hour");
        Add(parts, milliseconds % Hour / Minute, "minute");
        ulong rest = milliseconds % Minute;
        if (hasFraction && rest > 0)
            parts.Add(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{rest / Second}.{rest % Second:d3} seconds"));
        else if (!hasFraction || parts.Count == 0)
            Add(parts, rest / Second, "second", isZeroToo: parts.Count == 0);
        return string.Join(", ", parts);
    }

    private static void Add(List<string> parts, ulong count, string unit, bool isZeroToo = false)
    {
        if (count > 0 || isZeroToo)
            parts.Add(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{count} {unit}{(count == 1 ? "" : "s")}"));
    }
}
