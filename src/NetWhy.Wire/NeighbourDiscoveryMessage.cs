using System.Buffers;
using System.Buffers.Binary;

namespace NetWhy.Wire;

/// <summary>
/// A message of neighbour discovery viewed where it lies: router solicitation (133) and advertisement (134), neighbour
/// solicitation (135) and advertisement (136), redirect (137).
/// </summary>
/// <remarks>
/// A member that belongs to another type, or that was not captured, is 0, false or empty. Source: RFC 4861, section 4.
/// </remarks>
public readonly ref struct NeighbourDiscoveryMessage
{
    /// <summary>Type of a router solicitation.</summary>
    public const byte RouterSolicitation = 133;

    /// <summary>Type of a router advertisement.</summary>
    public const byte RouterAdvertisement = 134;

    /// <summary>Type of a neighbour solicitation.</summary>
    public const byte NeighbourSolicitation = 135;

    /// <summary>Type of a neighbour advertisement.</summary>
    public const byte NeighbourAdvertisement = 136;

    /// <summary>Type of a redirect.</summary>
    public const byte Redirect = 137;

    private const int AddressSize = 16;
    private const int HeaderSize = 8;

    private readonly ReadOnlySpan<byte> _octets;

    private NeighbourDiscoveryMessage(ReadOnlySpan<byte> octets) => _octets = octets;

    /// <summary>Type of the ICMPv6 message.</summary>
    public byte Type => _octets[0];

    /// <summary>Hop limit that hosts shall use; 0 if the router says none.</summary>
    public byte CurrentHopLimit => Type == RouterAdvertisement ? _octets[4] : (byte)0;

    /// <summary>Whether addresses are to be had by DHCPv6.</summary>
    public bool IsManaged => Type == RouterAdvertisement && (_octets[5] & 0x80) != 0;

    /// <summary>Whether other settings are to be had by DHCPv6.</summary>
    public bool HasOtherConfiguration => Type == RouterAdvertisement && (_octets[5] & 0x40) != 0;

    /// <summary>How long the router may be used as default, in seconds; 0 for not at all.</summary>
    public ushort RouterLifetime => Type == RouterAdvertisement ? BinaryPrimitives.ReadUInt16BigEndian(_octets[6..]) : (ushort)0;

    /// <summary>How long a neighbour counts as reachable, in milliseconds; 0 if the router says nothing.</summary>
    public uint ReachableTime => Type == RouterAdvertisement && _octets.Length >= 12 ? BinaryPrimitives.ReadUInt32BigEndian(_octets[8..]) : 0;

    /// <summary>Time between solicitations, in milliseconds; 0 if the router says nothing.</summary>
    public uint RetransmitTimer => Type == RouterAdvertisement && _octets.Length >= 16 ? BinaryPrimitives.ReadUInt32BigEndian(_octets[12..]) : 0;

    /// <summary>Whether the sender of a neighbour advertisement is a router.</summary>
    public bool IsRouter => Type == NeighbourAdvertisement && (_octets[4] & 0x80) != 0;

    /// <summary>Whether a neighbour advertisement answers a solicitation.</summary>
    public bool IsSolicited => Type == NeighbourAdvertisement && (_octets[4] & 0x40) != 0;

    /// <summary>Whether a neighbour advertisement replaces what is known.</summary>
    public bool IsOverride => Type == NeighbourAdvertisement && (_octets[4] & 0x20) != 0;

    /// <summary>The address asked for, told, or to be used in place of the router: sixteen octets.</summary>
    public ReadOnlySpan<byte> Target => Address(HeaderSize, Type is NeighbourSolicitation or NeighbourAdvertisement or Redirect);

    /// <summary>The destination that a redirect is about: sixteen octets.</summary>
    public ReadOnlySpan<byte> Destination => Address(HeaderSize + AddressSize, Type is Redirect);

    /// <summary>The options.</summary>
    public NeighbourOptions Options => new(_octets[Math.Min(FixedSize(Type), _octets.Length)..]);

    /// <summary>Views the message.</summary>
    /// <param name="octets">The ICMPv6 message: the payload of an IPv6 packet.</param>
    /// <param name="message">The view, valid as long as <paramref name="octets"/> is.</param>
    /// <returns>
    /// <see cref="OperationStatus.Done"/>, <see cref="OperationStatus.NeedMoreData"/> if the first eight octets are cut short,
    /// or <see cref="OperationStatus.InvalidData"/> if it is another message.
    /// </returns>
    public static OperationStatus Read(ReadOnlySpan<byte> octets, out NeighbourDiscoveryMessage message)
    {
        message = default;
        if (octets.IsEmpty)
            return OperationStatus.NeedMoreData;
        if (octets[0] is < RouterSolicitation or > Redirect)
            return OperationStatus.InvalidData;
        if (octets.Length < HeaderSize)
            return OperationStatus.NeedMoreData;

        message = new NeighbourDiscoveryMessage(octets);
        return OperationStatus.Done;
    }

    private static int FixedSize(byte type) => type switch
    {
        RouterSolicitation => HeaderSize,
        RouterAdvertisement => 16,
        Redirect => HeaderSize + (2 * AddressSize),
        _ => HeaderSize + AddressSize,
    };

    private ReadOnlySpan<byte> Address(int at, bool isThere) => isThere && _octets.Length >= at + AddressSize ? _octets.Slice(at, AddressSize) : default;
}

/// <summary>An option of neighbour discovery viewed where it lies.</summary>
/// <remarks>Source: RFC 4861, section 4.6; RFC 8106 (resolvers); IANA, "IPv6 Neighbor Discovery Option Formats".</remarks>
public readonly ref struct NeighbourOption
{
    /// <summary>Address of the sender on the link.</summary>
    public const byte SourceLinkLayerAddress = 1;

    /// <summary>Address of the target on the link.</summary>
    public const byte TargetLinkLayerAddress = 2;

    /// <summary>A prefix.</summary>
    public const byte PrefixInformation = 3;

    /// <summary>The packet that led to a redirect.</summary>
    public const byte RedirectedHeader = 4;

    /// <summary>MTU of the link.</summary>
    public const byte LinkMtu = 5;

    /// <summary>Resolvers.</summary>
    public const byte RecursiveDnsServer = 25;

    private const int PrefixSize = 32;
    private const int HeaderSize = 2;

    private readonly ReadOnlySpan<byte> _octets; // eight at least

    internal NeighbourOption(ReadOnlySpan<byte> octets, int length)
    {
        _octets = octets;
        Length = length;
    }

    /// <summary>What it is.</summary>
    public byte Kind => _octets[0];

    /// <summary>Length of the whole option as sent, in octets.</summary>
    public int Length { get; }

    /// <summary>What was captured behind kind and length: six octets or more.</summary>
    public ReadOnlySpan<byte> Value => _octets[HeaderSize..];

    /// <summary>Whether more of the option was sent than captured.</summary>
    public bool IsTruncated => _octets.Length < Length;

    /// <summary>MTU of the link, in octets; null if it is another option.</summary>
    public uint? Mtu => Kind == LinkMtu ? BinaryPrimitives.ReadUInt32BigEndian(_octets[4..]) : null;

    /// <summary>How many bits of <see cref="Prefix"/> count; null if it is another option.</summary>
    public byte? PrefixLength => IsPrefix ? _octets[2] : null;

    /// <summary>Whether addresses with the prefix are on the link.</summary>
    public bool IsOnLink => IsPrefix && (_octets[3] & 0x80) != 0;

    /// <summary>Whether hosts may make addresses of the prefix.</summary>
    public bool IsAutonomous => IsPrefix && (_octets[3] & 0x40) != 0;

    /// <summary>How long the prefix is valid, in seconds; 4 294 967 295 for ever.</summary>
    public uint ValidLifetime => IsPrefix ? BinaryPrimitives.ReadUInt32BigEndian(_octets[4..]) : 0;

    /// <summary>How long addresses of the prefix are preferred, in seconds; 4 294 967 295 for ever.</summary>
    public uint PreferredLifetime => IsPrefix ? BinaryPrimitives.ReadUInt32BigEndian(_octets[8..]) : 0;

    /// <summary>The prefix: sixteen octets, or none if it is another option.</summary>
    public ReadOnlySpan<byte> Prefix => IsPrefix ? _octets[16..PrefixSize] : default;

    /// <summary>Addresses of resolvers, sixteen octets each, one behind the other; none if it is another option.</summary>
    public ReadOnlySpan<byte> Resolvers => Kind == RecursiveDnsServer ? _octets[8..(8 + ((_octets.Length - 8) / 16 * 16))] : default;

    private bool IsPrefix => Kind == PrefixInformation && _octets.Length >= PrefixSize;
}

/// <summary>Walks the options of a message of neighbour discovery, forward only and in place.</summary>
public ref struct NeighbourOptions
{
    private const int Unit = 8;

    private ReadOnlySpan<byte> _rest;

    internal NeighbourOptions(ReadOnlySpan<byte> octets) => _rest = octets;

    /// <summary>The option just read.</summary>
    public NeighbourOption Current { get; private set; }

    /// <summary>
    /// How the walk ended: <see cref="OperationStatus.NeedMoreData"/> within an option,
    /// <see cref="OperationStatus.InvalidData"/> at one without length.
    /// </summary>
    public OperationStatus Status { get; private set; }

    /// <summary>The walk itself, for <c>foreach</c>.</summary>
    public readonly NeighbourOptions GetEnumerator() => this;

    /// <summary>Moves to the next option; of the last one the end may be missing.</summary>
    /// <returns>False at the end; <see cref="Status"/> tells how it ended.</returns>
    public bool MoveNext()
    {
        if (_rest.IsEmpty || Status is not OperationStatus.Done)
            return false;
        if (_rest.Length < Unit)
        {
            Status = OperationStatus.NeedMoreData;
            return false;
        }

        int length = _rest[1] * Unit;
        if (length == 0)
        {
            Status = OperationStatus.InvalidData;
            return false;
        }

        if (length > _rest.Length)
            Status = OperationStatus.NeedMoreData;
        int captured = Math.Min(length, _rest.Length);
        Current = new NeighbourOption(_rest[..captured], length);
        _rest = _rest[captured..];
        return true;
    }
}
