using System.Buffers;
using System.Buffers.Binary;

namespace NetWhy.Wire;

/// <summary>What an interface has to do with the packet that an ICMP error is about. Source: RFC 5837, section 4.1.</summary>
public enum IcmpInterfaceRole
{
    /// <summary>The packet came in by it.</summary>
    Incoming = 0,

    /// <summary>A part of that interface.</summary>
    IncomingPart = 1,

    /// <summary>The packet would have left by it.</summary>
    Outgoing = 2,

    /// <summary>The next hop.</summary>
    NextHop = 3,
}

/// <summary>What a router tells of one of its interfaces in the extensions of an ICMP error, viewed where it lies.</summary>
/// <remarks>
/// <see cref="Read"/> makes the only checks; after <see cref="OperationStatus.Done"/> no member can throw. The type says which of
/// index, address, name and MTU follow, in this order. Source: RFC 5837, section 4.
/// </remarks>
public readonly ref struct IcmpInterface
{
    private const int HasIndex = 8, HasAddress = 4, HasName = 2, HasMtu = 1; // bits of the type

    private IcmpInterface(IcmpInterfaceRole role, uint? index, ReadOnlySpan<byte> address, ReadOnlySpan<byte> name, uint? mtu)
    {
        Role = role;
        Index = index;
        AddressOctets = address;
        NameOctets = name;
        Mtu = mtu;
    }

    /// <summary>What the interface has to do with the packet.</summary>
    public IcmpInterfaceRole Role { get; }

    /// <summary>Its number, as in SNMP; null if the router does not tell.</summary>
    public uint? Index { get; }

    /// <summary>Its address, four or sixteen octets; none if the router does not tell.</summary>
    public ReadOnlySpan<byte> AddressOctets { get; }

    /// <summary>Its name in UTF-8, zeros at the end left out; none if the router does not tell.</summary>
    public ReadOnlySpan<byte> NameOctets { get; }

    /// <summary>Its MTU, in octets; null if the router does not tell.</summary>
    public uint? Mtu { get; }

    /// <summary>Views an object of class <see cref="IcmpExtensionObject.InterfaceInformation"/>.</summary>
    /// <param name="octets">Its value.</param>
    /// <param name="type">Its type.</param>
    /// <param name="information">The view, valid as long as <paramref name="octets"/> is.</param>
    /// <returns>
    /// <see cref="OperationStatus.Done"/>; <see cref="OperationStatus.NeedMoreData"/> if it ends before what its type announces;
    /// <see cref="OperationStatus.InvalidData"/> if an address is of no known family or a name longer than it may be.
    /// </returns>
    public static OperationStatus Read(ReadOnlySpan<byte> octets, byte type, out IcmpInterface information)
    {
        information = default;
        uint? index = null, mtu = null;
        ReadOnlySpan<byte> address = default, name = default;
        if ((type & HasIndex) != 0)
        {
            if (!BinaryPrimitives.TryReadUInt32BigEndian(octets, out uint number))
                return OperationStatus.NeedMoreData;
            index = number;
            octets = octets[sizeof(uint)..];
        }

        if ((type & HasAddress) != 0)
        {
            if (octets.Length < sizeof(uint))
                return OperationStatus.NeedMoreData;
            int size = BinaryPrimitives.ReadUInt16BigEndian(octets) switch { 1 => 4, 2 => 16, _ => 0 }; // IANA, address families
            if (size == 0)
                return OperationStatus.InvalidData;
            if (octets.Length < sizeof(uint) + size)
                return OperationStatus.NeedMoreData;
            address = octets.Slice(sizeof(uint), size);
            octets = octets[(sizeof(uint) + size)..];
        }

        if ((type & HasName) != 0)
        {
            if (octets.IsEmpty)
                return OperationStatus.NeedMoreData;
            int length = octets[0]; // its own octet counts
            if (length is < 1 or > 64)
                return OperationStatus.InvalidData;
            if (octets.Length < length)
                return OperationStatus.NeedMoreData;
            name = octets[1..length].TrimEnd((byte)0);
            octets = octets[length..];
        }

        if ((type & HasMtu) != 0)
        {
            if (!BinaryPrimitives.TryReadUInt32BigEndian(octets, out uint size))
                return OperationStatus.NeedMoreData;
            mtu = size;
        }

        information = new IcmpInterface((IcmpInterfaceRole)(type >> 6), index, address, name, mtu);
        return OperationStatus.Done;
    }
}
