using System.Buffers;
using System.Buffers.Binary;

namespace NetWhy.Wire.Link;

/// <summary>A bridge protocol data unit of STP, RSTP or MSTP viewed where it lies.</summary>
/// <remarks>
/// A member that the unit does not have is 0 or false. Source: IEEE 802.1D-2004, section 9.3; IEEE 802.1Q, section 14.
/// </remarks>
public readonly ref struct SpanningTreeUnit
{
    private const int LeastSize = 4;
    private const int ConfigurationSize = 35;
    private const byte TopologyChangeNotification = 0x80;

    private readonly ReadOnlySpan<byte> _octets;

    private SpanningTreeUnit(ReadOnlySpan<byte> octets) => _octets = octets;

    /// <summary>0 STP, 2 RSTP, 3 MSTP, 4 shortest path bridging.</summary>
    public byte Version => _octets[2];

    /// <summary>0 configuration, 2 rapid or multiple, 0x80 topology change notification.</summary>
    public byte Type => _octets[3];

    /// <summary>Whether there is more than version and type.</summary>
    public bool IsConfiguration => Type != TopologyChangeNotification && _octets.Length >= ConfigurationSize;

    /// <summary>Flags: 0x01 topology change, 0x02 proposal, 0x0c role, 0x10 learning, 0x20 forwarding, 0x40 agreement, 0x80 acknowledgment.</summary>
    public byte Flags => IsConfiguration ? _octets[4] : (byte)0;

    /// <summary>Whether the topology has changed.</summary>
    public bool IsTopologyChange => Type == TopologyChangeNotification || (Flags & 1) != 0;

    /// <summary>The root: priority in the upper sixteen bits, then its address.</summary>
    public ulong Root => IsConfiguration ? BinaryPrimitives.ReadUInt64BigEndian(_octets[5..]) : 0;

    /// <summary>Cost of the way to the root.</summary>
    public uint RootPathCost => IsConfiguration ? BinaryPrimitives.ReadUInt32BigEndian(_octets[13..]) : 0;

    /// <summary>The bridge that sends: priority in the upper sixteen bits, then its address.</summary>
    public ulong Bridge => IsConfiguration ? BinaryPrimitives.ReadUInt64BigEndian(_octets[17..]) : 0;

    /// <summary>The port that sends: priority and number.</summary>
    public ushort Port => IsConfiguration ? BinaryPrimitives.ReadUInt16BigEndian(_octets[25..]) : (ushort)0;

    /// <summary>Age of what is told, in 1/256 s.</summary>
    public ushort MessageAge => Time(27);

    /// <summary>Age at which it is forgotten, in 1/256 s.</summary>
    public ushort MaximumAge => Time(29);

    /// <summary>Time between two units, in 1/256 s.</summary>
    public ushort HelloTime => Time(31);

    /// <summary>Time that a port listens and learns, in 1/256 s.</summary>
    public ushort ForwardDelay => Time(33);

    /// <summary>Views the unit.</summary>
    /// <param name="octets">The payload of an LLC packet for 0x42.</param>
    /// <param name="unit">The view, valid as long as <paramref name="octets"/> is.</param>
    /// <returns>
    /// <see cref="OperationStatus.Done"/>, <see cref="OperationStatus.NeedMoreData"/> if version and type are cut short, or
    /// <see cref="OperationStatus.InvalidData"/> if it is another protocol.
    /// </returns>
    public static OperationStatus Read(ReadOnlySpan<byte> octets, out SpanningTreeUnit unit)
    {
        unit = default;
        if (octets.Length < LeastSize)
            return OperationStatus.NeedMoreData;
        if (octets[0] != 0 || octets[1] != 0)
            return OperationStatus.InvalidData;
        unit = new SpanningTreeUnit(octets);
        return OperationStatus.Done;
    }

    private ushort Time(int at) => IsConfiguration ? BinaryPrimitives.ReadUInt16BigEndian(_octets[at..]) : (ushort)0;
}
