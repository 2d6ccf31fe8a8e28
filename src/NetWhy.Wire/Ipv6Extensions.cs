using System.Buffers;
using System.Buffers.Binary;

namespace NetWhy.Wire;

/// <summary>An extension header of IPv6 viewed where it lies.</summary>
/// <remarks>Source: RFC 8200, section 4; RFC 4302, section 2 (authentication); RFC 6275, section 6.1 (mobility).</remarks>
public readonly ref struct Ipv6Extension
{
    private const int FragmentSize = 8;

    private Ipv6Extension(IPProtocol kind, int length, ReadOnlySpan<byte> octets)
    {
        Kind = kind;
        Length = length;
        Octets = octets;
    }

    /// <summary>What the header is.</summary>
    public IPProtocol Kind { get; }

    /// <summary>What follows it.</summary>
    public IPProtocol NextHeader => (IPProtocol)Octets[0];

    /// <summary>Length of the whole header as it says, in octets.</summary>
    public int Length { get; }

    /// <summary>What was captured of the whole header: at least two octets.</summary>
    public ReadOnlySpan<byte> Octets { get; }

    /// <summary>Whether it is a fragment header, whole.</summary>
    public bool IsFragment => Kind is IPProtocol.Fragment && Octets.Length >= FragmentSize;

    /// <summary>Where the fragment belongs, in octets; 0 if this is no fragment header.</summary>
    public int FragmentOffset => IsFragment ? BinaryPrimitives.ReadUInt16BigEndian(Octets[2..]) & 0xfff8 : 0;

    /// <summary>Whether fragments follow this one.</summary>
    public bool HasMoreFragments => IsFragment && (Octets[3] & 1) != 0;

    /// <summary>Number that fragments of one packet share; 0 if this is no fragment header.</summary>
    public uint FragmentIdentification => IsFragment ? BinaryPrimitives.ReadUInt32BigEndian(Octets[4..]) : 0;

    /// <summary>Kind of a routing header; null if this is none.</summary>
    public byte? RoutingType => Kind is IPProtocol.Routing && Octets.Length >= 4 ? Octets[2] : null;

    /// <summary>How many listed nodes are still to be visited; null if this is no routing header.</summary>
    public byte? SegmentsLeft => Kind is IPProtocol.Routing && Octets.Length >= 4 ? Octets[3] : null;

    /// <summary>Security parameters index of an authentication header; null if this is none.</summary>
    public uint? SecurityParametersIndex =>
        Kind is IPProtocol.AuthenticationHeader && Octets.Length >= 8 ? BinaryPrimitives.ReadUInt32BigEndian(Octets[4..]) : null;

    /// <summary>The options of hop-by-hop and destination options; none for other headers. Type 0 is a single octet.</summary>
    public TypeLengthValues Options => Kind is IPProtocol.HopByHopOptions or IPProtocol.DestinationOptions
        ? new TypeLengthValues(Octets[2..], Length - 2, typeSize: 1, lengthSize: 1, hasPadding: true)
        : default;

    /// <summary>Whether a number is that of an extension header that says how long it is.</summary>
    /// <remarks>Source: IANA, "IPv6 Extension Header Types"; ESP hides what follows.</remarks>
    /// <param name="kind">The number.</param>
    public static bool IsExtension(IPProtocol kind) => kind is IPProtocol.HopByHopOptions or IPProtocol.Routing or IPProtocol.Fragment
        or IPProtocol.AuthenticationHeader or IPProtocol.DestinationOptions or IPProtocol.Mobility or IPProtocol.HostIdentity
        or IPProtocol.Shim6;

    /// <summary>Views one extension header.</summary>
    /// <param name="kind">What it is: the header before it tells.</param>
    /// <param name="octets">What was captured from its first octet on.</param>
    /// <param name="announced">How many octets there are from its first one on, as the packet says.</param>
    /// <param name="extension">The view, valid as long as <paramref name="octets"/> is.</param>
    /// <returns>
    /// <see cref="OperationStatus.Done"/>, also if its end was not captured; <see cref="OperationStatus.NeedMoreData"/> if
    /// its length was not; <see cref="OperationStatus.InvalidData"/> if it is longer than the packet or no extension header.
    /// </returns>
    public static OperationStatus Read(IPProtocol kind, ReadOnlySpan<byte> octets, int announced, out Ipv6Extension extension)
    {
        extension = default;
        if (!IsExtension(kind) || announced < FragmentSize)
            return OperationStatus.InvalidData;
        if (octets.Length < 2)
            return OperationStatus.NeedMoreData;

        int length = kind switch
        {
            IPProtocol.Fragment => FragmentSize,
            IPProtocol.AuthenticationHeader => (octets[1] + 2) * 4,
            _ => (octets[1] + 1) * 8,
        };
        if (length > announced)
            return OperationStatus.InvalidData;
        extension = new Ipv6Extension(kind, length, octets[..Math.Min(length, octets.Length)]);
        return OperationStatus.Done;
    }
}

/// <summary>Walks the extension headers of a packet, forward only and in place; at most sixteen.</summary>
/// <remarks>Behind a fragment header that is not the first one's there are no headers: the walk ends.</remarks>
public ref struct Ipv6Extensions
{
    private const int Most = 16; // RFC 8200 knows seven kinds; more than twice that many is an attack

    private int _count;
    private bool _isAtEnd;

    internal Ipv6Extensions(IPProtocol first, ReadOnlySpan<byte> octets, int announced)
    {
        NextHeader = first;
        Rest = octets;
        RestLength = announced;
    }

    /// <summary>The header just read.</summary>
    public Ipv6Extension Current { get; private set; }

    /// <summary>What follows the headers read so far.</summary>
    public IPProtocol NextHeader { get; private set; }

    /// <summary>What was captured behind the headers read so far.</summary>
    public ReadOnlySpan<byte> Rest { get; private set; }

    /// <summary>How many octets there are behind the headers read so far, as the packet says.</summary>
    public int RestLength { get; private set; }

    /// <summary>
    /// How the walk ended: <see cref="OperationStatus.NeedMoreData"/> if the capture cuts it short,
    /// <see cref="OperationStatus.InvalidData"/> if a header is longer than the packet or the headers do not end.
    /// </summary>
    public OperationStatus Status { get; private set; }

    /// <summary>The walk itself, for <c>foreach</c>.</summary>
    public readonly Ipv6Extensions GetEnumerator() => this;

    /// <summary>Moves to the next header.</summary>
    /// <returns>False at the end; <see cref="Status"/> tells how it ended.</returns>
    public bool MoveNext()
    {
        if (_isAtEnd || !Ipv6Extension.IsExtension(NextHeader))
            return false;
        Status = Ipv6Extension.Read(NextHeader, Rest, RestLength, out Ipv6Extension extension);
        if (_count++ == Most)
            Status = OperationStatus.InvalidData;
        if (Status is not OperationStatus.Done)
        {
            _isAtEnd = true;
            return false;
        }

        Current = extension;
        NextHeader = extension.NextHeader;
        Rest = Rest[extension.Octets.Length..];
        RestLength -= extension.Length;
        _isAtEnd = extension.FragmentOffset > 0 || extension.Octets.Length < extension.Length;
        if (extension.Octets.Length < extension.Length)
            Status = OperationStatus.NeedMoreData;
        return true;
    }
}
