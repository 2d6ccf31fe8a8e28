using System.Buffers;
using System.Buffers.Binary;
using NetWhy.Wire.Tunnels;

namespace NetWhy.Wire;

/// <summary>What a router adds to an ICMP error behind the packet that it quotes, such as MPLS labels: a list of objects.</summary>
/// <remarks>
/// <code>
/// +-------+-----------------------+-------------------------------+
/// |Version|       Reserved        |           Checksum            |
/// +-------+-----------------------+-------------------------------+
/// |            Length             |     Class     |     Type      |
/// +-------------------------------+---------------+---------------+
/// |                             Value                             |
/// </code>
/// <see cref="Read"/> makes the only checks; after <see cref="OperationStatus.Done"/> no member can throw.
/// Source: RFC 4884, section 7.
/// </remarks>
public ref struct IcmpExtensions
{
    /// <summary>Length of the header before the first object, in octets.</summary>
    public const int HeaderSize = 4;

    private const int Version = 2;
    private const int LeastQuote = 128; // octets of the original datagram before extensions; RFC 4884, section 5

    private ReadOnlySpan<byte> _rest;

    private IcmpExtensions(ReadOnlySpan<byte> objects) => _rest = objects;

    /// <summary>The object just read.</summary>
    public IcmpExtensionObject Current { get; private set; }

    /// <summary>The walk itself, for <c>foreach</c>.</summary>
    public readonly IcmpExtensions GetEnumerator() => this;

    /// <summary>Steps to the next object; one whose length is impossible ends the walk.</summary>
    public bool MoveNext()
    {
        if (_rest.Length < IcmpExtensionObject.HeaderSize)
            return false;
        int length = BinaryPrimitives.ReadUInt16BigEndian(_rest);
        if (length < IcmpExtensionObject.HeaderSize || length > _rest.Length)
            return false;
        Current = new IcmpExtensionObject(_rest[..length]);
        _rest = _rest[Math.Min((length + 3) & ~3, _rest.Length)..];
        return true;
    }

    /// <summary>Views extensions where they are known to begin.</summary>
    /// <param name="octets">From their header to the end of the message.</param>
    /// <param name="extensions">The view, valid as long as <paramref name="octets"/> is.</param>
    /// <returns>
    /// <see cref="OperationStatus.Done"/>; <see cref="OperationStatus.NeedMoreData"/> if the header is cut short;
    /// <see cref="OperationStatus.InvalidData"/> if the version is another or the checksum is wrong.
    /// </returns>
    public static OperationStatus Read(ReadOnlySpan<byte> octets, out IcmpExtensions extensions)
    {
        extensions = default;
        if (octets.Length < HeaderSize)
            return OperationStatus.NeedMoreData;
        bool hasChecksum = BinaryPrimitives.ReadUInt16BigEndian(octets[2..]) != 0; // 0: none was made
        if (octets[0] >> 4 != Version || octets.Length > ushort.MaxValue || (hasChecksum && InternetChecksum.Of(octets) != 0))
            return OperationStatus.InvalidData;
        extensions = new IcmpExtensions(octets[HeaderSize..]);
        return OperationStatus.Done;
    }

    /// <summary>Finds the extensions of an ICMP error.</summary>
    /// <param name="error">The error.</param>
    /// <param name="extensions">The view.</param>
    /// <returns>
    /// What <see cref="Read"/> says of them; <see cref="OperationStatus.NeedMoreData"/> if the message has none. Old routers
    /// tell no length and put them behind 128 octets: there only those with a right checksum count (RFC 4884, section 5.5).
    /// </returns>
    public static OperationStatus Find(in IcmpMessage error, out IcmpExtensions extensions)
    {
        extensions = default;
        bool canExtend = error.IsV6 ? error.Type is 1 or 3 : error.Type is 3 or 11 or 12;
        int length = error.IsV6 ? (int)(error.Rest >> 24) * 8 : (int)(error.Rest >> 16 & 0xff) * 4;
        if (!canExtend || error.Body.Length <= Math.Max(length, LeastQuote) || length is > 0 and < LeastQuote)
            return OperationStatus.NeedMoreData;
        return length > 0 ? Read(error.Body[length..], out extensions) : ReadUnannounced(error.Body[LeastQuote..], out extensions);
    }

    /// <summary>Views extensions where old routers put them without telling; only those with a right checksum count.</summary>
    /// <param name="octets">What lies there, to the end of the message.</param>
    /// <param name="extensions">The view.</param>
    /// <returns>What <see cref="Read"/> says, and <see cref="OperationStatus.InvalidData"/> where there is no checksum.</returns>
    public static OperationStatus ReadUnannounced(ReadOnlySpan<byte> octets, out IcmpExtensions extensions)
    {
        extensions = default;
        return octets.Length >= HeaderSize && BinaryPrimitives.ReadUInt16BigEndian(octets[2..]) == 0
            ? OperationStatus.InvalidData
            : Read(octets, out extensions);
    }
}

/// <summary>One object of the extensions of an ICMP error, viewed where it lies.</summary>
public readonly ref struct IcmpExtensionObject
{
    /// <summary>Class of a stack of MPLS labels. Source: RFC 4950.</summary>
    public const byte MplsStack = 1;

    /// <summary>Class of what is known of an interface. Source: RFC 5837.</summary>
    public const byte InterfaceInformation = 2;

    internal const int HeaderSize = 4;

    private readonly ReadOnlySpan<byte> _octets; // the header at least, if it is not the default

    internal IcmpExtensionObject(ReadOnlySpan<byte> octets) => _octets = octets;

    /// <summary>Class of the object. Source: IANA, "ICMP Extension Object Classes".</summary>
    public byte Class => _octets.Length < HeaderSize ? default : _octets[2];

    /// <summary>Type within the class.</summary>
    public byte Type => _octets.Length < HeaderSize ? default : _octets[3];

    /// <summary>The value.</summary>
    public ReadOnlySpan<byte> Value => _octets.Length < HeaderSize ? default : _octets[HeaderSize..];

    /// <summary>The labels, outermost first, if it is a stack of MPLS labels; else none. Source: RFC 4950, section 7.</summary>
    public ReadOnlySpan<MplsLabel> Labels
    {
        get
        {
            if (Class != MplsStack || Type != 1)
                return default;
            _ = MplsLabel.ReadStack(Value, out ReadOnlySpan<MplsLabel> stack);
            return stack;
        }
    }
}
