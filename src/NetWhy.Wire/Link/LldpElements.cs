using System.Buffers;
using System.Buffers.Binary;

namespace NetWhy.Wire.Link;

/// <summary>An element of LLDP viewed where it lies: type, length and value.</summary>
/// <remarks>A member that belongs to another type, or was not captured, is null or empty. Source: IEEE 802.1AB, section 8.</remarks>
public readonly ref struct LldpElement
{
    /// <summary>The device.</summary>
    public const int ChassisId = 1;

    /// <summary>Its port.</summary>
    public const int PortId = 2;

    /// <summary>How long this holds.</summary>
    public const int TimeToLive = 3;

    /// <summary>The port in words.</summary>
    public const int PortDescription = 4;

    /// <summary>Name of the device.</summary>
    public const int SystemName = 5;

    /// <summary>The device in words.</summary>
    public const int SystemDescription = 6;

    /// <summary>What the device can do.</summary>
    public const int SystemCapabilities = 7;

    /// <summary>Where it is managed.</summary>
    public const int ManagementAddress = 8;

    /// <summary>What an organization defines.</summary>
    public const int Organization = 127;

    internal const int HeaderSize = 2;

    private readonly ReadOnlySpan<byte> _octets; // two at least

    internal LldpElement(ReadOnlySpan<byte> octets) => _octets = octets;

    /// <summary>What it is.</summary>
    public int Type => _octets[0] >> 1;

    /// <summary>Length of the value as sent, in octets.</summary>
    public int Length => BinaryPrimitives.ReadUInt16BigEndian(_octets) & 0x1ff;

    /// <summary>What was captured of the value.</summary>
    public ReadOnlySpan<byte> Value => _octets[HeaderSize..];

    /// <summary>Whether more of it was sent than captured.</summary>
    public bool IsTruncated => Value.Length < Length;

    /// <summary>Kind of the id of device or port: 4 (device) and 3 (port) are Ethernet addresses, 7 is a name given by hand.</summary>
    public byte? IdSubtype => Type is ChassisId or PortId && Value.Length > 0 ? Value[0] : null;

    /// <summary>Id of device or port.</summary>
    public ReadOnlySpan<byte> Id => IdSubtype is null ? default : Value[1..];

    /// <summary>How long this holds, in seconds; 0 if the port goes away.</summary>
    public ushort? Seconds => Type is TimeToLive && Value.Length >= 2 ? BinaryPrimitives.ReadUInt16BigEndian(Value) : null;

    /// <summary>Whose element it is: 0x0080c2 IEEE 802.1, 0x00120f IEEE 802.3.</summary>
    public int? OrganizationId => Type is Organization && Value.Length >= 4 ? Value[0] << 16 | Value[1] << 8 | Value[2] : null;

    /// <summary>What it is, in the numbers of its organization.</summary>
    public byte? OrganizationSubtype => OrganizationId is null ? null : Value[3];
}

/// <summary>Walks the elements of LLDP, forward only and in place.</summary>
/// <param name="octets">The payload of a frame.</param>
public ref struct LldpElements(ReadOnlySpan<byte> octets)
{
    private ReadOnlySpan<byte> _rest = octets;

    /// <summary>The element just read.</summary>
    public LldpElement Current { get; private set; }

    /// <summary>How the walk ended: <see cref="OperationStatus.NeedMoreData"/> if no element says that it is the end.</summary>
    public OperationStatus Status { get; private set; }

    /// <summary>The walk itself, for <c>foreach</c>.</summary>
    public readonly LldpElements GetEnumerator() => this;

    /// <summary>Moves to the next element; of the last one the end may be missing.</summary>
    /// <returns>False at the end; <see cref="Status"/> tells how it ended.</returns>
    public bool MoveNext()
    {
        if (Status is not OperationStatus.Done || _rest is [0, 0, ..])
            return false;
        if (_rest.Length < LldpElement.HeaderSize)
        {
            Status = OperationStatus.NeedMoreData;
            return false;
        }

        int length = LldpElement.HeaderSize + (BinaryPrimitives.ReadUInt16BigEndian(_rest) & 0x1ff);
        if (length > _rest.Length)
            Status = OperationStatus.NeedMoreData;
        int captured = Math.Min(length, _rest.Length);
        Current = new LldpElement(_rest[..captured]);
        _rest = _rest[captured..];
        return true;
    }
}
