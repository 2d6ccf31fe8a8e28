using NetWhy.Analysis.Fields;
using NetWhy.Analysis.Summaries;

namespace NetWhy.Analysis.Dissection;

/// <summary>ARP. Sources: RFC 826, RFC 903, RFC 1931, RFC 2390, RFC 5227.</summary>
internal static class ArpDissector
{
    internal static readonly FieldGroup Group = new("arp", "Address Resolution Protocol");

    /// <summary>The fields of a sender, or of the target.</summary>
    /// <param name="name">How their names go on.</param>
    /// <param name="label">Whose they are.</param>
    internal sealed class End(string name, string label)
    {
        internal Field Mac { get; } = Group.EthernetAddress($"{name}.hw_mac", $"{label} MAC address");

        internal Field Ax25 { get; } = Group.EthernetAddress($"{name}.hw_ax25", $"{label} AX.25 address");

        internal Field Hardware { get; } = Group.Octets($"{name}.hw", $"{label} hardware address");

        internal Field Ipv4 { get; } = Group.Ipv4Address($"{name}.proto_ipv4", $"{label} IP address");

        internal Field Protocol { get; } = Group.Octets($"{name}.proto", $"{label} protocol address");

        internal Field ProtocolSize { get; } = Group.Unsigned($"{name}.pln", $"{label} protocol size", 8);

        internal Field NumberType { get; } = AtmType($"{name}.htype", $"{label} ATM number type");

        internal Field NumberLength { get; } = Group.Unsigned($"{name}.hlen", $"{label} ATM number length", 8).Masked(0x3f, level: 2);

        internal Field SubaddressType { get; } = AtmType($"{name}.stype", $"{label} ATM subaddress type");

        internal Field SubaddressLength { get; } = Group.Unsigned($"{name}.slen", $"{label} ATM subaddress length", 8).Masked(0x3f, level: 2);

        internal Field E164 { get; } = Group.Text($"{name}.atm_num_e164", $"{label} ATM number (E.164)");

        internal Field Nsap { get; } = Group.Octets($"{name}.atm_num_nsap", $"{label} ATM number (NSAP)");

        internal Field Subaddress { get; } = Group.Octets($"{name}.atm_subaddr", $"{label} ATM subaddress");

        internal string Label { get; } = label;

        private static Field AtmType(string name, string label) => Group.Boolean(name, label, 8).Masked(0x40, level: 2).Saying("ATM Forum NSAPA", "E.164");
    }

    // RFC 1931.
    private static readonly Dictionary<ulong, string> DynamicErrors = new()
    {
        [1] = "restricted",
        [2] = "no address",
        [3] = "serverdown",
        [4] = "moved",
        [5] = "failure",
    };

    internal static readonly Field HardwareType = Group.Unsigned("hw.type", "Hardware type", 16, LinkNames.Hardware);
    internal static readonly Field ProtocolType = Group.Hexadecimal("proto.type", "Protocol type", 16, LinkNames.EtherType);
    private static readonly Field HardwareSize = Group.Unsigned("hw.size", "Hardware size", 8);
    private static readonly Field ProtocolSize = Group.Unsigned("proto.size", "Protocol size", 8);
    internal static readonly Field Opcode = Group.Unsigned("opcode", "Opcode", 16, ValueNames.ArpOpcode);
    private static readonly Field IsGratuitous = Group.Boolean("isgratuitous", "Is gratuitous").Generated();
    private static readonly Field IsProbe = Group.Boolean("isprobe", "Is probe").Generated();
    private static readonly Field IsAnnouncement = Group.Boolean("isannouncement", "Is announcement").Generated();
    internal static readonly End Sender = new("src", "Sender");
    internal static readonly End Target = new("dst", "Target");
    private static readonly Field DynamicError = Group.Unsigned("dst.drarp_error_status", "DRARP error status", 16, DynamicErrors);
    private static readonly Field Duplicate = Group.Finding("duplicate-address-detected", "Duplicate IP address configured", Severity.Warning);
    private static readonly Field DuplicateFrame = Group.FrameNumber("duplicate-address-frame", "Frame showing earlier use of IP address").Generated();
    private static readonly Field DuplicateSeconds = Group.Unsigned("seconds-since-duplicate-address-frame", "Seconds since earlier frame seen", 32).Generated();
    internal static readonly Field Storm = Group.Finding("packet-storm-detected", "ARP packet storm detected", Severity.Note); // looked for only by whoever sets a preference of Wireshark

    private const int HeadLength = 8;
    private const int LongestHead = 12; // of ATM
    private const int MacLength = 6;
    private const int AddressLength = 4;
    private const ushort Request = 1;
    private const ushort Reply = 2;
    private const ushort DynamicErrorOpcode = 7;

    /// <summary>How long a packet is.</summary>
    /// <param name="dissection">The packet.</param>
    /// <param name="offset">Where it begins: twelve octets were captured.</param>
    internal static int LengthOf(ref Dissection dissection, int offset) => dissection.U16(offset) == AtmArpDissector.HardwareType
        ? AtmArpDissector.LengthOf(ref dissection, offset)
        : HeadLength + (2 * (dissection.U8(offset + 4) + dissection.U8(offset + 5)));

    /// <summary>Reads a packet.</summary>
    /// <param name="dissection">The packet.</param>
    /// <param name="offset">Where it begins.</param>
    /// <param name="length">How much there is.</param>
    internal static void Read(ref Dissection dissection, int offset, int length)
    {
        dissection.Begin(Group.Protocol);
        dissection.Summary?.Begin("ARP"u8);
        if (!dissection.Need(offset, 2))
            return;
        int whole = dissection.Captured(offset, length) >= LongestHead ? LengthOf(ref dissection, offset) : length;
        dissection.Fields.Add(Group.Protocol, 0, offset, dissection.Captured(offset, Math.Min(length, whole)));
        int head = dissection.Fields.Last;
        if (dissection.U16(offset) == AtmArpDissector.HardwareType)
        {
            if (dissection.Captured(offset, length) >= LongestHead)
                AtmArpDissector.Read(ref dissection, offset, head);
            return;
        }

        dissection.Number(HardwareType, offset, 2);
        dissection.Number(ProtocolType, offset + 2, 2);
        dissection.Number(HardwareSize, offset + 4, 1);
        dissection.Number(ProtocolSize, offset + 5, 1);
        dissection.Number(Opcode, offset + 6, 2);
        if (!dissection.Need(offset, HeadLength) || !dissection.Need(offset, HeadLength + (2 * (dissection.U8(offset + 4) + dissection.U8(offset + 5)))) || dissection.IsShort)
            return;
        ushort opcode = dissection.U16(offset + 6);
        int hardware = dissection.U8(offset + 4);
        int protocol = dissection.U8(offset + 5);
        int sender = offset + HeadLength;
        int target = sender + hardware + protocol;
        bool isMac = IsMac(dissection.U16(offset), hardware);
        bool isIpv4 = IsIpv4(dissection.U16(offset + 2), protocol);
        ReadOnlySpan<byte> own = dissection.Octets.Slice(sender + hardware, protocol);
        ReadOnlySpan<byte> asked = dissection.Octets.Slice(target + hardware, protocol);
        bool asksNobody = !dissection.Octets.Slice(target, hardware).ContainsAnyExcept((byte)0);
        bool isProbe = opcode == Request && isIpv4 && asksNobody && !own.ContainsAnyExcept((byte)0);
        bool isGratuitous = opcode is Request or Reply && protocol > 0 && own.SequenceEqual(asked) && !(isIpv4 && !own.ContainsAnyExcept((byte)0));
        bool isAnnouncement = isGratuitous && opcode == Request && asksNobody;
        if (isMac && isIpv4)
            LinkSummary.WriteArp(ref dissection, offset, isProbe, isAnnouncement);
        if (isProbe)
            dissection.Fields.SayOf(head, $"{Group.Protocol.Label} (ARP Probe)");
        else if (isAnnouncement)
            dissection.Fields.SayOf(head, $"{Group.Protocol.Label} (ARP Announcement)");
        else
            SayOpcode(ref dissection, head, Group.Protocol.Label, opcode, ValueNames.ArpOpcode.GetValueOrDefault(opcode), isGratuitous ? "/gratuitous ARP" : "");
        if (isGratuitous)
            dissection.Fields.Add(IsGratuitous, 1, offset + 6, 0);
        if (isProbe)
            dissection.Fields.Add(IsProbe, 1, offset + 6, 0);
        if (isAnnouncement)
            dissection.Fields.Add(IsAnnouncement, 1, offset + 6, 0);
        AddHardware(ref dissection, Sender, dissection.U16(offset), sender, hardware);
        AddProtocol(ref dissection, Sender, dissection.U16(offset + 2), sender + hardware, protocol);
        AddHardware(ref dissection, Target, dissection.U16(offset), target, hardware);
        if (opcode != DynamicErrorOpcode)
            AddProtocol(ref dissection, Target, dissection.U16(offset + 2), target + hardware, protocol);
        else if (protocol > 0)
            dissection.Number(DynamicError, target + hardware, 1);
        if (isMac && isIpv4 && opcode is Request or Reply)
            FindDuplicates(ref dissection, sender, target, isReplyToOther: opcode == Reply && !isGratuitous);
    }

    /// <summary>Says what a packet is.</summary>
    /// <param name="dissection">The packet.</param>
    /// <param name="head">The place of the protocol.</param>
    /// <param name="label">What the protocol is called.</param>
    /// <param name="opcode">The operation.</param>
    /// <param name="name">What it is called; null for one that has no name.</param>
    /// <param name="more">What is said besides.</param>
    internal static void SayOpcode(ref Dissection dissection, int head, string label, ushort opcode, string? name, string more) =>
        dissection.Fields.SayOf(head, $"{label} ({name ?? $"opcode 0x{opcode:x4}"}{more})");

    private static bool IsMac(ushort type, int size) => type is 1 or 6 && size == MacLength; // Ethernet, IEEE 802

    private static bool IsIpv4(ushort type, int size) => type is LinkDissector.Ipv4 or 0xcc && size == AddressLength; // and that over AX.25

    private static void AddHardware(ref Dissection dissection, End end, ushort type, int at, int size)
    {
        const int Ax25 = 3, Ax25Length = 7;
        if (size == 0)
            return;
        if (type == Ax25 && size == Ax25Length)
            AddStation(ref dissection, end.Ax25, at);
        else
            dissection.Part(IsMac(type, size) ? end.Mac : end.Hardware, at, size);
    }

    // The name of a station of amateur radio: letters with a bit behind each, and the number of the station. Source: AX.25, version 2.2, section 3.12.
    private static void AddStation(ref Dissection dissection, Field field, int at)
    {
        const int NameLength = 6;
        dissection.Part(field, at, NameLength + 1);
        if (!dissection.Fields.AreTextsWanted)
            return;
        Span<byte> text = stackalloc byte[NameLength + 3];
        int written = 0;
        foreach (byte octet in dissection.Octets.Slice(at, NameLength))
        {
            if (octet >> 1 != ' ')
                text[written++] = octet >> 1 is > 0x20 and < 0x7f ? (byte)(octet >> 1) : (byte)'.';
        }

        int number = (dissection.U8(at + NameLength) >> 1) & 0xf;
        if (number != 0)
        {
            text[written++] = (byte)'-';
            _ = number.TryFormat(text[written..], out int digits, default, System.Globalization.CultureInfo.InvariantCulture);
            written += digits;
        }

        dissection.Fields.Say($"{field.Label}: {(ReadOnlySpan<byte>)text[..written]}");
    }

    /// <summary>Adds an address that a protocol has.</summary>
    /// <param name="dissection">The packet.</param>
    /// <param name="end">Whose it is.</param>
    /// <param name="type">The protocol.</param>
    /// <param name="at">Where the address is.</param>
    /// <param name="size">How long it is; nothing is added for 0.</param>
    internal static void AddProtocol(ref Dissection dissection, End end, ushort type, int at, int size)
    {
        if (size == 0)
            return;
        if (IsIpv4(type, size))
            dissection.Ipv4(end.Ipv4, at);
        else
            dissection.Part(end.Protocol, at, size);
    }

    // Two stations that use one address.
    private static void FindDuplicates(ref Dissection dissection, int sender, int target, bool isReplyToOther)
    {
        PacketFields fields = dissection.Fields;
        if (dissection.Summary is null && !fields.IsWanted(Duplicate) && !fields.IsWanted(DuplicateFrame) && !fields.IsWanted(DuplicateSeconds) && !fields.IsWanted(ExpertFields.Message))
            return;
        uint found = FindDuplicate(ref dissection, sender);
        if (isReplyToOther && FindDuplicate(ref dissection, target) is not 0 and uint other)
            found = other;
        if (found != 0)
            LinkSummary.WriteDuplicate(ref dissection, found);
    }

    private static uint FindDuplicate(ref Dissection dissection, int at)
    {
        ulong mac = dissection.Integer(at, MacLength);
        uint address = dissection.U32(at + MacLength);
        if (address == 0 || mac is 0 or 0xffff_ffff_ffff)
            return 0;
        ArpOwner owner = dissection.Memory.Owners.Of(address);
        if (owner.Frame == 0 || owner.Mac == mac)
        {
            owner.Mac = mac;
            owner.Frame = dissection.FrameNumber;
            owner.Nanoseconds = dissection.Nanoseconds;
            return 0;
        }

        PacketFields fields = dissection.Fields;
        Span<byte> before = stackalloc byte[8];
        System.Buffers.Binary.BinaryPrimitives.WriteUInt64BigEndian(before, owner.Mac);
        fields.AddHeading(
            FrameFields.Text,
            $"Duplicate IP address detected for {dissection.Octets.Slice(at + MacLength, AddressLength):ip} ({dissection.Octets.Slice(at, MacLength):mac}) - also in use by {(ReadOnlySpan<byte>)before[2..]:mac} (frame {owner.Frame})");
        fields.Add(DuplicateFrame, owner.Frame, at, 0);
        fields.RemarkOf(fields.Last, Duplicate, at, $"{Duplicate.Label} ({dissection.Octets.Slice(at + MacLength, AddressLength):ip})");
        fields.Add(DuplicateSeconds, (ulong)Math.Max(0, (dissection.Nanoseconds / 1_000_000_000) - (owner.Nanoseconds / 1_000_000_000)), at, 0);
        return address;
    }
}

/// <summary>Who uses an address, as ARP said.</summary>
internal sealed class ArpOwner
{
    /// <summary>The station.</summary>
    internal ulong Mac { get; set; }

    /// <summary>The last packet that said so; 0 for none.</summary>
    internal uint Frame { get; set; }

    /// <summary>When that passed, in nanoseconds since 1970.</summary>
    internal long Nanoseconds { get; set; }
}
