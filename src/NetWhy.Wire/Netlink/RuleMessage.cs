using System.Buffers;
using System.Globalization;
using System.Net;
using System.Runtime.InteropServices;
using System.Text;

namespace NetWhy.Wire.Netlink;

/// <summary>The fixed part of messages about policy routing rules.</summary>
/// <remarks>Source: <c>struct fib_rule_hdr</c> in linux/fib_rules.h.</remarks>
/// <param name="Family"><c>AF_INET</c> or <c>AF_INET6</c>.</param>
/// <param name="DestinationLength">Length of the destination prefix, in bits; 0 for any.</param>
/// <param name="SourceLength">Length of the source prefix, in bits; 0 for any.</param>
/// <param name="TypeOfService">Type of service; 0 for any.</param>
/// <param name="Table">Table, if it is below 256.</param>
/// <param name="Reserved1">Always 0.</param>
/// <param name="Reserved2">Always 0.</param>
/// <param name="Action">FR_ACT_ number: 1 look up, 2 go to, 6 blackhole, 7 unreachable, 8 prohibit.</param>
/// <param name="Flags">Flags; 2 inverts the selector.</param>
[StructLayout(LayoutKind.Sequential, Pack = 1, Size = Size)]
public readonly record struct RuleHeader(
    byte Family,
    byte DestinationLength,
    byte SourceLength,
    byte TypeOfService,
    byte Table,
    byte Reserved1,
    byte Reserved2,
    byte Action,
    uint Flags)
{
    /// <summary>Length of the fixed part, in octets.</summary>
    public const int Size = 12;
}

/// <summary>One policy routing rule, as <c>RTM_NEWRULE</c> describes it.</summary>
/// <remarks>Source: linux/fib_rules.h, FRA_; ip-rule(8).</remarks>
/// <param name="Header">The fixed part.</param>
public sealed record RuleMessage(RuleHeader Header)
{
    private const uint Inverted = 2; // FIB_RULE_INVERT

    /// <summary>Preference: lower is looked at first.</summary>
    public uint Priority { get; private init; }

    /// <summary>Table that is looked up; 0 if the action is another.</summary>
    public int Table { get; private init; }

    /// <summary>Destination prefix; null for any.</summary>
    public IPAddress? Destination { get; private init; }

    /// <summary>Source prefix; null for any.</summary>
    public IPAddress? Source { get; private init; }

    /// <summary>Firewall mark; null for any.</summary>
    public uint? Mark { get; private init; }

    /// <summary>Bits of the mark that count.</summary>
    public uint MarkMask { get; private init; } = uint.MaxValue;

    /// <summary>Interface that the packet came in by; <c>lo</c> for packets of this machine, null for any.</summary>
    public string? InputInterface { get; private init; }

    /// <summary>Interface that the socket is bound to; null for any.</summary>
    public string? OutputInterface { get; private init; }

    /// <summary>Protocol number; null for any.</summary>
    public byte? Protocol { get; private init; }

    /// <summary>First and last destination port; null for any.</summary>
    public (int First, int Last)? DestinationPorts { get; private init; }

    /// <summary>First and last source port; null for any.</summary>
    public (int First, int Last)? SourcePorts { get; private init; }

    /// <summary>First and last user id; null for any.</summary>
    public (uint First, uint Last)? Users { get; private init; }

    /// <summary>Routes with a prefix of this length or shorter are ignored; null for none.</summary>
    public int? SuppressedPrefixLength { get; private init; }

    /// <summary>Whether the selector is turned round.</summary>
    public bool IsInverted => (Header.Flags & Inverted) != 0;

    /// <summary>Whether the rule takes packets that this machine sends: it asks for no arrival by a real interface.</summary>
    public bool AppliesToOwnPackets => InputInterface is null or "lo";

    /// <summary>What the rule does, as ip-rule(8) names it.</summary>
    public string ActionName => Header.Action switch
    {
        1 => "lookup",
        2 => "goto",
        3 => "nop",
        6 => "blackhole",
        7 => "unreachable",
        8 => "prohibit",
        var other => other.ToString(CultureInfo.InvariantCulture),
    };

    /// <summary>The rule as ip-rule(8) writes it, without the preference.</summary>
    public string ToText()
    {
        var text = new StringBuilder(IsInverted ? "not from " : "from ");
        text.Append(Source is null ? "all" : $"{Source}/{Header.SourceLength}");
        if (Destination is not null)
            text.Append(CultureInfo.InvariantCulture, $" to {Destination}/{Header.DestinationLength}");
        if (Header.TypeOfService != 0)
            text.Append(CultureInfo.InvariantCulture, $" tos 0x{Header.TypeOfService:x2}");
        if (Mark is { } mark)
            text.Append(CultureInfo.InvariantCulture, $" fwmark 0x{mark:x}");
        if (Mark is not null && MarkMask != uint.MaxValue)
            text.Append(CultureInfo.InvariantCulture, $"/0x{MarkMask:x}");
        if (InputInterface is not null)
            text.Append(CultureInfo.InvariantCulture, $" iif {InputInterface}");
        if (OutputInterface is not null)
            text.Append(CultureInfo.InvariantCulture, $" oif {OutputInterface}");
        if (Users is { } users)
            text.Append(CultureInfo.InvariantCulture, $" uidrange {users.First}-{users.Last}");
        if (Protocol is { } protocol)
            text.Append(" ipproto ").Append(protocol switch { 1 => "icmp", 6 => "tcp", 17 => "udp", _ => $"{protocol}" });
        if (SourcePorts is { } sourcePorts)
            text.Append(" sport ").Append(Range(sourcePorts));
        if (DestinationPorts is { } ports)
            text.Append(" dport ").Append(Range(ports));
        text.Append(' ').Append(ActionName);
        if (Header.Action == 1)
            text.Append(CultureInfo.InvariantCulture, $" {Table}");
        if (SuppressedPrefixLength is { } length)
            text.Append(CultureInfo.InvariantCulture, $" suppress_prefixlength {length}");
        return text.ToString();
    }

    /// <summary>Reads the payload of an <c>RTM_NEWRULE</c>.</summary>
    /// <param name="payload">The octets after the netlink header.</param>
    /// <param name="rule">The rule; null if the payload is cut short.</param>
    public static OperationStatus Read(ReadOnlySpan<byte> payload, out RuleMessage? rule)
    {
        rule = null;
        if (payload.Length < RuleHeader.Size)
            return OperationStatus.NeedMoreData;

        RuleHeader header = MemoryMarshal.Read<RuleHeader>(payload);
        var found = new RuleMessage(header) { Table = header.Table };
        var attributes = new NetlinkAttributes(payload[RuleHeader.Size..]);
        while (attributes.Read())
        {
            found = attributes.Type switch
            {
                1 => found with { Destination = attributes.Address }, // FRA_DST
                2 => found with { Source = attributes.Address }, // FRA_SRC
                3 => found with { InputInterface = attributes.Text }, // FRA_IIFNAME
                6 => found with { Priority = attributes.Number }, // FRA_PRIORITY
                10 => found with { Mark = attributes.Number }, // FRA_FWMARK
                14 => found with { SuppressedPrefixLength = (int)attributes.Number is >= 0 and var n ? n : null },
                15 => found with { Table = (int)attributes.Number }, // FRA_TABLE
                16 => found with { MarkMask = attributes.Number }, // FRA_FWMASK
                17 => found with { OutputInterface = attributes.Text }, // FRA_OIFNAME
                20 => found with { Users = ReadPair(attributes.Value) }, // FRA_UID_RANGE
                22 => found with { Protocol = attributes.Octet }, // FRA_IP_PROTO
                23 => found with { SourcePorts = ReadPorts(attributes.Value) }, // FRA_SPORT_RANGE
                24 => found with { DestinationPorts = ReadPorts(attributes.Value) }, // FRA_DPORT_RANGE
                _ => found,
            };
        }

        rule = found;
        return OperationStatus.Done;
    }

    private static (uint First, uint Last)? ReadPair(ReadOnlySpan<byte> octets) =>
        octets.Length < 8 ? null : (MemoryMarshal.Read<uint>(octets), MemoryMarshal.Read<uint>(octets[4..]));

    private static (int First, int Last)? ReadPorts(ReadOnlySpan<byte> octets) =>
        octets.Length < 4 ? null : (MemoryMarshal.Read<ushort>(octets), MemoryMarshal.Read<ushort>(octets[2..]));

    private static string Range((int First, int Last) ports) => ports.First == ports.Last
        ? ports.First.ToString(CultureInfo.InvariantCulture)
        : string.Create(CultureInfo.InvariantCulture, $"{ports.First}-{ports.Last}");
}
